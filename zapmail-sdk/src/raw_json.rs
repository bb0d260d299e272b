//! JSON without a documented schema.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::redacted::is_redacting;
use crate::surrogates::replace_lone;

/// A JSON value without a documented schema.
///
/// It may contain credentials, so `Debug` and `Display` print `[untyped]`. Read it with [`expose`](Self::expose) or
/// [`to`](Self::to).
///
/// ```
/// use zapmail_sdk::RawJson;
///
/// let rows: RawJson = serde_json::from_str(r#"[{"password": "not-a-real-password"}]"#)?;
/// assert_eq!(format!("{rows} {rows:?}"), "[untyped] [untyped]");
/// assert_eq!(rows.expose()[0]["password"], "not-a-real-password");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(
    feature = "schemars",
    derive(schemars::JsonSchema),
    schemars(description = "JSON without a documented schema.")
)]
#[serde(transparent)]
pub struct RawJson(Value);

impl RawJson {
    /// Returns the JSON. Take care not to log it.
    pub fn expose(&self) -> &Value {
        &self.0
    }

    /// Returns the JSON by value. Take care not to log it.
    pub fn into_value(self) -> Value {
        self.0
    }

    /// Creates a value from a body: its JSON, or a string if it is not JSON.
    pub(crate) fn from_bytes(body: &[u8]) -> Self {
        Self(
            serde_json::from_slice(&replace_lone(body))
                .unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned().into()),
        )
    }
}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if is_redacting() { serializer.serialize_str("[untyped]") } else { self.0.serialize(serializer) }
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[untyped]")
    }
}

impl fmt::Display for RawJson {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[untyped]")
    }
}

impl From<Value> for RawJson {
    fn from(value: Value) -> Self {
        Self(value)
    }
}
