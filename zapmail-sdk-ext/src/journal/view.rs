//! Numbers that change when a purchase is made, for comparing them before and after.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zapmail_sdk::NumberOrText;

/// Numbers that change when a purchase is made, such as the number of subscriptions, or whether a domain is in the
/// account (1 or 0).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[non_exhaustive]
pub struct View {
    /// The numbers by name.
    #[serde(serialize_with = "write", deserialize_with = "read")]
    pub numbers: BTreeMap<String, Decimal>,
}

/// Writes numbers as text. The format of `Decimal` itself depends on the features that any part of a program enables,
/// and every program must be able to read the journal.
fn write<S: Serializer>(numbers: &BTreeMap<String, Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(numbers.iter().map(|(name, number)| (name, number.to_string())))
}

fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Decimal>, D::Error> {
    let numbers = BTreeMap::<String, NumberOrText>::deserialize(deserializer)?;
    let numbers = numbers.into_iter().map(|(name, number)| Some((name, number.as_decimal()?)));
    numbers.collect::<Option<_>>().ok_or_else(|| D::Error::custom("a value is not a number"))
}

#[cfg(test)]
mod tests {
    use super::View;

    #[test]
    fn numbers_are_written_as_text_and_read_in_every_format() {
        let view: View = serde_json::from_str(r#"{"acme.com": 1.5, "acme.io": "1"}"#).unwrap();
        assert_eq!(serde_json::to_string(&view).unwrap(), r#"{"acme.com":"1.5","acme.io":"1"}"#);
        assert!(serde_json::from_str::<View>(r#"{"acme.com": "many"}"#).is_err());
    }
}
