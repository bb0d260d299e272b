//! Properties without a documented schema.

use std::collections::BTreeMap;
use std::collections::btree_map::{IntoIter, Iter};
use std::{fmt, iter};

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::redacted::is_redacting;
use crate::untyped::Untyped;

/// Properties that the document does not describe, by name.
///
/// Names and values may contain credentials, so `Debug` prints `[untyped]`, and [`Redacted`](crate::Redacted) omits
/// them.
///
/// ```
/// use zapmail_sdk::UntypedMap;
///
/// let more: UntypedMap = serde_json::from_str(r#"{"plan": "starter"}"#)?;
/// assert_eq!(format!("{more:?}"), "[untyped]");
/// assert_eq!(more.get("plan").map(|plan| plan.expose().clone()), Some("starter".into()));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schemars",
    derive(schemars::JsonSchema),
    schemars(description = "Properties without a documented schema.")
)]
#[serde(transparent)]
pub struct UntypedMap(BTreeMap<String, Untyped>);

impl UntypedMap {
    /// Returns the property with this name.
    pub fn get(&self, name: &str) -> Option<&Untyped> {
        self.0.get(name)
    }

    /// Sets a property and returns its previous value.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Untyped>) -> Option<Untyped> {
        self.0.insert(name.into(), value.into())
    }

    /// Returns the properties, ordered by name.
    pub fn iter(&self) -> Iter<'_, String, Untyped> {
        self.0.iter()
    }

    /// Returns the number of properties.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no properties.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for UntypedMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if is_redacting() {
            serializer.collect_map(iter::empty::<(&str, &str)>())
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl fmt::Debug for UntypedMap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[untyped]")
    }
}

impl<N: Into<String>> FromIterator<(N, Value)> for UntypedMap {
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(properties: I) -> Self {
        Self(properties.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl IntoIterator for UntypedMap {
    type Item = (String, Untyped);
    type IntoIter = IntoIter<String, Untyped>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a UntypedMap {
    type Item = (&'a String, &'a Untyped);
    type IntoIter = Iter<'a, String, Untyped>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
