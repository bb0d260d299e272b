//! Numbers that the service sends as JSON numbers or as strings.

use std::fmt;
use std::str::FromStr;

use rust_decimal::Decimal;
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use crate::tolerance;

/// A number exactly as the service sent it: a JSON number, or a string that may not be numeric (`"NaN"`, `""`).
///
/// ```
/// use zapmail_sdk::NumberOrText;
///
/// let slots: NumberOrText = serde_json::from_str("\"30\"")?;
/// assert_eq!(slots.as_i64(), Some(30));
///
/// let price: NumberOrText = serde_json::from_str("\"NaN\"")?;
/// assert_eq!(price.as_decimal(), None);
/// assert_eq!(serde_json::to_string(&price)?, "\"NaN\"");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct NumberOrText(Format);

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
enum Format {
    Number(Number),
    Text(String),
}

impl NumberOrText {
    /// Returns the value as an integer; `None` if it is not a number, has a fractional part, or is out of range.
    pub fn as_i64(&self) -> Option<i64> {
        let value = self.as_decimal()?;
        i64::try_from(value.is_integer().then_some(value)?).ok()
    }

    /// Returns the value as a floating-point number; `None` if it is not a number. For money, use
    /// [`as_decimal`](Self::as_decimal).
    pub fn as_f64(&self) -> Option<f64> {
        let value = match &self.0 {
            Format::Number(number) => number.as_f64()?,
            Format::Text(text) => text.trim().parse().ok()?,
        };
        value.is_finite().then_some(value)
    }

    /// Returns the value as an exact decimal, for example for money; `None` if it is not a number or cannot be
    /// represented as a [`Decimal`].
    pub fn as_decimal(&self) -> Option<Decimal> {
        let text = self.to_string();
        let text = text.trim();
        Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()
    }
}

impl fmt::Display for NumberOrText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Format::Number(number) => number.fmt(formatter),
            Format::Text(text) => text.fmt(formatter),
        }
    }
}

impl From<i64> for NumberOrText {
    fn from(value: i64) -> Self {
        Self(Format::Number(value.into()))
    }
}

impl From<&str> for NumberOrText {
    fn from(value: &str) -> Self {
        Self(Format::Text(value.to_owned()))
    }
}

impl From<Decimal> for NumberOrText {
    fn from(value: Decimal) -> Self {
        match Number::from_str(&value.to_string()) {
            Ok(number) => Self(Format::Number(number)),
            Err(_) => Self(Format::Text(value.to_string())),
        }
    }
}

impl<'de> Deserialize<'de> for NumberOrText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberOrTextVisitor)
    }
}

/// Reads either form. serde's `untagged` would report errors without their position.
struct NumberOrTextVisitor;

impl<'de> Visitor<'de> for NumberOrTextVisitor {
    type Value = NumberOrText;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a number or a string")
    }

    fn visit_i64<E>(self, number: i64) -> Result<NumberOrText, E> {
        Ok(NumberOrText(Format::Number(number.into())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<NumberOrText, E> {
        Ok(NumberOrText(Format::Number(number.into())))
    }

    fn visit_f64<E>(self, number: f64) -> Result<NumberOrText, E> {
        let text = || Format::Text(number.to_string());
        Ok(NumberOrText(Number::from_f64(number).map_or_else(text, Format::Number)))
    }

    fn visit_str<E>(self, text: &str) -> Result<NumberOrText, E> {
        Ok(NumberOrText(Format::Text(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<NumberOrText, E> {
        Ok(NumberOrText(Format::Text(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<NumberOrText, A::Error> {
        tolerance::refuse_list(elements)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut properties: A) -> Result<NumberOrText, A::Error> {
        match tolerance::exact_number(&mut properties)? {
            Some(number) => Ok(NumberOrText(Format::Number(number))),
            None => tolerance::refuse_object(properties),
        }
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for NumberOrText {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NumberOrText".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"oneOf": [{"type": "number"}, {"type": "string"}]})
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde::de::value::MapDeserializer;

    use super::NumberOrText;

    fn number_or_text(json: &str) -> NumberOrText {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn number_in_every_format_is_converted() {
        let rows = [
            ("12", Some(12), Some(12.0), Some("12")),
            ("\"12\"", Some(12), Some(12.0), Some("12")),
            ("\" 12 \"", Some(12), Some(12.0), Some("12")),
            ("12.0", Some(12), Some(12.0), Some("12.0")),
            ("\"11.90\"", None, Some(11.9), Some("11.90")),
            ("1e3", Some(1000), Some(1000.0), Some("1000.0")),
            ("\"NaN\"", None, None, None),
            ("\"\"", None, None, None),
            ("\"soon\"", None, None, None),
            ("\"inf\"", None, None, None),
        ];
        for (json, whole, float, decimal) in rows {
            let value = number_or_text(json);
            assert_eq!(value.as_i64(), whole, "{json}");
            assert_eq!(value.as_f64(), float, "{json}");
            assert_eq!(value.as_decimal().map(|decimal| decimal.to_string()).as_deref(), decimal, "{json}");
        }
    }

    /// If a program enables the feature `arbitrary_precision` of serde_json, numbers with a fraction are read from an
    /// object.
    #[test]
    fn number_of_arbitrary_precision_is_read() {
        let read = |name: &'static str| {
            let object = MapDeserializer::<_, serde_json::Error>::new([(name, "64.25")].into_iter());
            NumberOrText::deserialize(object)
        };
        let number = read("$serde_json::private::Number").unwrap();
        assert_eq!((serde_json::to_string(&number).unwrap(), number.as_f64()), ("64.25".to_owned(), Some(64.25)));
        assert!(read("number").is_err());
    }

    #[test]
    fn other_json_types_are_rejected() {
        for json in ["true", "[]", "{}"] {
            assert!(serde_json::from_str::<NumberOrText>(json).is_err(), "{json}");
        }
    }

    proptest! {
        #[test]
        fn value_is_written_unchanged(number: i64, text: String) {
            for json in [number.to_string(), serde_json::to_string(&number.to_string()).unwrap(), serde_json::to_string(&text).unwrap()] {
                prop_assert_eq!(serde_json::to_string(&number_or_text(&json)).unwrap(), json);
            }
        }

        #[test]
        fn integer_is_read_exactly(number: i64) {
            prop_assert_eq!(number_or_text(&number.to_string()).as_i64(), Some(number));
            prop_assert_eq!(number_or_text(&format!("\"{number}\"")).as_i64(), Some(number));
        }
    }
}
