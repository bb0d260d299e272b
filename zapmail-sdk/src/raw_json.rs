//! JSON without a documented schema.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;

use crate::decode;
use crate::error::Result;
use crate::redacted::is_redacting;

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

    /// Decodes the JSON into a type of your own.
    ///
    /// ```
    /// use serde::Deserialize;
    ///
    /// #[derive(Deserialize)]
    /// struct Progress {
    ///     percent: u8,
    /// }
    ///
    /// let progress: zapmail_sdk::RawJson = serde_json::from_str(r#"{"percent": 40}"#)?;
    /// assert_eq!(progress.to::<Progress>()?.percent, 40);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Decode`](crate::ErrorKind::Decode) if the JSON does not match; the message names the path of the
    /// value, never the value itself.
    pub fn to<T: DeserializeOwned>(&self) -> Result<T> {
        // Decode from serialized JSON, because the location of a fault is derived from its position in the text.
        let text = serde_json::to_vec(&self.0).unwrap_or_default();
        decode::strict(&text).map_err(decode::Fault::into_error)
    }

    /// Creates a value from a body: its JSON, or a string if it is not JSON.
    pub(crate) fn from_bytes(body: &[u8]) -> Self {
        Self(serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into_owned().into()))
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
