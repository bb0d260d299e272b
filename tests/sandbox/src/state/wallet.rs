//! The prepaid balance.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use crate::clock::Moment;

/// Money in US cents; a wallet must not lose any to rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Cents(pub(crate) u64);

impl Cents {
    /// An amount of dollars from a request; none if it is negative or out of reach.
    pub(crate) fn from_dollars(dollars: f64) -> Option<Self> {
        let cents = (dollars * 100.0).round();
        // 2^53: up to there a float tells every cent.
        (0.0..=9_007_199_254_740_992.0).contains(&cents).then_some(Self(cents as u64))
    }

    pub(crate) fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count))
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// The difference; nothing if the other is more.
    pub(crate) fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Dollars as a text without a symbol, as prices of domains come: 12.99.
    pub(crate) fn to_decimal(self) -> String {
        format!("{}.{:02}", self.0 / 100, self.0 % 100)
    }

    /// Dollars as a JSON number: 64 or 64.5.
    pub(crate) fn to_json(self) -> Value {
        if self.0.is_multiple_of(100) {
            return Value::from(self.0 / 100);
        }
        Number::from_f64(self.0 as f64 / 100.0).map_or(Value::Null, Value::Number)
    }
}

/// As the service writes an amount into a text: $12 or $12.50.
impl fmt::Display for Cents {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.0 / 100, self.0 % 100) {
            (dollars, 0) => write!(formatter, "${dollars}"),
            (dollars, cents) => write!(formatter, "${dollars}.{cents:02}"),
        }
    }
}

/// The wallet of the account, which all workspaces share.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Wallet {
    pub(crate) balance: Cents,
    pub(crate) auto_recharge: Option<AutoRecharge>,
    /// When the last link to top it up was made.
    pub(crate) last_link: Option<Moment>,
    /// When the last recharge arrives, or arrived.
    pub(crate) recharges_at: Option<Moment>,
}

/// How the wallet recharges itself.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AutoRecharge {
    pub(crate) threshold: Cents,
    pub(crate) amount: Cents,
}

impl Wallet {
    /// Takes an amount out, all of it or nothing; whether it did.
    #[must_use]
    pub(crate) fn pay(&mut self, amount: Cents) -> bool {
        let rest = self.balance.0.checked_sub(amount.0);
        self.balance = rest.map_or(self.balance, Cents);
        rest.is_some()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Cents;

    #[test]
    fn dollars_are_written_as_the_service_does() {
        for (cents, text, number) in [
            (1200, "$12", json!(12)),
            (1250, "$12.50", json!(12.5)),
            (1205, "$12.05", json!(12.05)),
            (0, "$0", json!(0)),
        ] {
            assert_eq!(Cents(cents).to_string(), text);
            assert_eq!(Cents(cents).to_json(), number);
        }
    }

    #[test]
    fn dollars_are_read_to_the_cent() {
        assert_eq!(Cents::from_dollars(0.29), Some(Cents(29)));
        assert_eq!(Cents::from_dollars(-1.0), None);
        assert_eq!(Cents::from_dollars(f64::MAX), None);
        assert_eq!(Cents::from_dollars(f64::NAN), None);
    }
}
