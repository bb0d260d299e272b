//! The newest of several rows with the same name: the older ones are irrelevant.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

/// The newest value by name; `None` for a name without a row.
#[derive(Debug)]
pub(crate) struct Newest<S>(BTreeMap<String, (Option<DateTime<Utc>>, Option<S>)>);

impl<S> Newest<S> {
    /// Creates a map of these names, which [`names`](crate::names) has normalized.
    pub fn of(names: impl IntoIterator<Item = String>) -> Self {
        Self(names.into_iter().map(|name| (name, (None, None))).collect())
    }

    /// Records a row. If two rows were created at the same time, the one that is recorded later counts.
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
