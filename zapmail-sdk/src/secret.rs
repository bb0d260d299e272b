//! Secrets: credentials that cannot be printed by accident.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use zeroize::Zeroizing;

use crate::redacted::is_redacting;
use crate::tolerance;

/// A live credential, such as a password, a seed, a code or a signing secret.
///
/// It prints as `[redacted]` and is wiped from memory when it is dropped. Serializing it writes the actual value,
/// except inside [`Redacted`](crate::Redacted).
///
/// ```
/// let password = zapmail_sdk::Secret::from("not-a-real-password");
/// assert_eq!(format!("{password} {password:?}"), "[redacted] [redacted]");
/// assert_eq!(password.expose(), "not-a-real-password");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Returns the credential. Take care not to log it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self(Zeroizing::new(value))
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self::from(value.to_owned())
    }
}

impl FromStr for Secret {
    type Err = Infallible;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        Ok(Self::from(value))
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if is_redacting() { "[redacted]" } else { self.expose() })
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SecretVisitor)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Secret {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Secret".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "format": "password"})
    }
}

/// Accepts a string, or a number for a code without leading zeros. serde's own error for any other value would quote
/// the value, so all others are rejected with our own message.
struct SecretVisitor;

impl SecretVisitor {
    fn refuse<E: de::Error, T>() -> Result<T, E> {
        Err(E::custom("invalid credential, expected a string"))
    }
}

impl<'de> Visitor<'de> for SecretVisitor {
    type Value = Secret;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Secret, E> {
        Ok(Secret::from(value))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Secret, E> {
        Ok(Secret::from(value))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Secret, E> {
        Ok(Secret::from(value.to_string()))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Secret, E> {
        Self::refuse()
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Secret, E> {
        Self::refuse()
    }

    fn visit_bool<E: de::Error>(self, _: bool) -> Result<Secret, E> {
        Self::refuse()
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<Secret, A::Error> {
        tolerance::refuse_list(elements)
    }

    fn visit_map<A: MapAccess<'de>>(self, properties: A) -> Result<Secret, A::Error> {
        tolerance::refuse_object(properties)
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn other_json_types_are_rejected_without_quoting_them() {
        for json in ["-246043", "2460.43", "true", "[246043]", "{\"code\": 246043}"] {
            let message = serde_json::from_str::<Secret>(json).unwrap_err().to_string();
            assert!(!message.contains("2460") && !message.contains("true"), "{message}");
        }
    }

    #[test]
    fn secret_is_serialized_unchanged() {
        let secret: Secret = serde_json::from_str("\"aaaa bbbb\"").unwrap();
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"aaaa bbbb\"");
        assert_eq!(serde_json::from_str::<Secret>("246043").unwrap().expose(), "246043");
    }
}
