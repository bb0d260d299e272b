//! The newest of several rows with one name: an old one says nothing of the one that is meant.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

/// Values by name; `None` is one that has not appeared.
#[derive(Debug)]
pub(crate) struct Newest<S>(BTreeMap<String, (Option<DateTime<Utc>>, Option<S>)>);

impl<S> Newest<S> {
    /// Of these names, in the form of [`names`](crate::names).
    pub fn of(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().map(|name| (name, (None, None))).collect())
    }

    /// Notes a row. Of two that were created at the same time, the later one counts.
    pub fn note(&mut self, name: &str, created_at: Option<DateTime<Utc>>, value: Option<S>) {
        let newest = self.0.get_mut(name);
        if let Some(newest) = newest.filter(|(known_at, known)| known.is_none() || *known_at <= created_at) {
            *newest = (created_at, value);
        }
    }

    pub fn into_map(self) -> BTreeMap<String, Option<S>> {
        self.0.into_iter().map(|(name, (_, value))| (name, value)).collect()
    }
}
