//! Amounts of money: exact decimals that the service sends as JSON numbers or as strings.

use rust_decimal::Decimal;
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::Number;

use crate::number_or_text::NumberOrText;

/// Serialization of a field of type `Decimal`.
pub(crate) mod required {
    use super::*;

    pub fn serialize<S: Serializer>(amount: &Decimal, serializer: S) -> Result<S::Ok, S::Error> {
        // Convert by way of a string, because a float would not be exact.
        let number: Number = amount.to_string().parse().map_err(S::Error::custom)?;
        number.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Decimal, D::Error> {
        let amount = NumberOrText::deserialize(deserializer)?.as_decimal();
        amount.ok_or_else(|| D::Error::custom("not an amount of money"))
    }
}

/// Serialization of a field of type `Option<Decimal>`. A string that is not a number, such as `NaN` or an empty string,
/// is read as `None`.
pub(crate) mod optional {
    use super::*;

    pub fn serialize<S: Serializer>(amount: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
        match amount {
            Some(amount) => required::serialize(amount, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
        Ok(Option::<NumberOrText>::deserialize(deserializer)?.and_then(|amount| amount.as_decimal()))
    }
}

#[cfg(test)]
mod tests {
    use crate::types::Wallet;

    #[test]
    fn amount_is_exact_in_every_format() {
        for (json, amount) in [
            ("64", Some("64")),
            ("64.25", Some("64.25")),
            ("\"64.25\"", Some("64.25")),
            ("0.1", Some("0.1")),
            ("12345678901.23", Some("12345678901.23")),
            ("\"NaN\"", None),
            ("\"\"", None),
            ("null", None),
        ] {
            let wallet: Wallet = serde_json::from_str(&format!("{{\"walletBalance\": {json}}}")).unwrap();
            assert_eq!(wallet.wallet_balance.map(|amount| amount.to_string()).as_deref(), amount, "{json}");
        }
    }

    #[test]
    fn amount_is_written_as_a_number() {
        let wallet: Wallet = serde_json::from_str(r#"{"walletBalance": "64.25"}"#).unwrap();
        assert_eq!(serde_json::to_string(&wallet).unwrap(), r#"{"walletBalance":64.25}"#);
    }
}
