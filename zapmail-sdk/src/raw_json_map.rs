//! Properties without a documented schema.

use std::collections::BTreeMap;
use std::collections::btree_map::{IntoIter, Iter};
use std::{fmt, iter};

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::raw_json::RawJson;
use crate::redacted::is_redacting;

/// Properties that the document does not describe, by name.
///
/// Names and values may contain credentials, so `Debug` prints `[untyped]`, and [`Redacted`](crate::Redacted) omits
/// them.
///
/// ```
/// use zapmail_sdk::RawJsonMap;
///
/// let more: RawJsonMap = serde_json::from_str(r#"{"plan": "starter"}"#)?;
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
pub struct RawJsonMap(BTreeMap<String, RawJson>);

impl RawJsonMap {
    /// Returns the property with this name.
    pub fn get(&self, name: &str) -> Option<&RawJson> {
        self.0.get(name)
    }

    /// Sets a property and returns its previous value.
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<RawJson>) -> Option<RawJson> {
        self.0.insert(name.into(), value.into())
    }

    /// Returns the properties, ordered by name.
    pub fn iter(&self) -> Iter<'_, String, RawJson> {
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

impl Serialize for RawJsonMap {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if is_redacting() {
            serializer.collect_map(iter::empty::<(&str, &str)>())
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl fmt::Debug for RawJsonMap {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[untyped]")
    }
}

impl<N: Into<String>> FromIterator<(N, Value)> for RawJsonMap {
    fn from_iter<I: IntoIterator<Item = (N, Value)>>(properties: I) -> Self {
        Self(properties.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl IntoIterator for RawJsonMap {
    type Item = (String, RawJson);
    type IntoIter = IntoIter<String, RawJson>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a RawJsonMap {
    type Item = (&'a String, &'a RawJson);
    type IntoIter = Iter<'a, String, RawJson>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
