//! A part of an answer that nobody has described yet.

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// JSON that the document does not describe.
///
/// It may hold anything, credentials included, so it prints as `[untyped]`; read it through the [`Value`] inside.
///
/// ```
/// let rows: zapmail_sdk::Untyped = serde_json::from_str(r#"[{"password": "not-a-real-password"}]"#)?;
/// assert_eq!(format!("{rows:?}"), "[untyped]");
/// assert_eq!(rows[0]["password"], "not-a-real-password");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schemars",
    derive(schemars::JsonSchema),
    schemars(description = "JSON that the document does not describe.")
)]
#[serde(transparent)]
pub struct Untyped(Value);

impl Untyped {
    /// The JSON itself.
    pub fn into_value(self) -> Value {
        self.0
    }
}

impl fmt::Debug for Untyped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[untyped]")
    }
}

impl Deref for Untyped {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl DerefMut for Untyped {
    fn deref_mut(&mut self) -> &mut Value {
        &mut self.0
    }
}

impl From<Value> for Untyped {
    fn from(value: Value) -> Self {
        Self(value)
    }
}
