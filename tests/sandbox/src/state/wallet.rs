//! The wallet, which holds the prepaid balance.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};

use crate::clock::Timestamp;

/// An amount in US cents: an integer, so that rounding loses nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Cents(pub(crate) u64);

impl Cents {
    /// Converts an amount of dollars from a request; `None` if it is negative or too large.
    pub(crate) fn from_dollars(dollars: f64) -> Option<Self> {
        let cents = (dollars * 100.0).round();
        // 2^53: up to this amount, a float represents every cent.
        (0.0..=9_007_199_254_740_992.0).contains(&cents).then_some(Self(cents as u64))
    }

    pub(crate) fn times(self, count: u64) -> Self {
        Self(self.0.saturating_mul(count))
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// Returns the difference; zero if `other` is larger.
    pub(crate) fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// Formats dollars without a symbol, like the prices of domains: `12.99`.
    pub(crate) fn to_decimal(self) -> String {
        format!("{}.{:02}", self.0 / 100, self.0 % 100)
    }

    /// Returns dollars as a JSON number: `64` or `64.5`.
    pub(crate) fn to_json(self) -> Value {
        if self.0.is_multiple_of(100) {
            return Value::from(self.0 / 100);
        }
        Number::from_f64(self.0 as f64 / 100.0).map_or(Value::Null, Value::Number)
    }
}

/// Formats an amount as in the service's messages: `$12` or `$12.50`.
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
    /// Time at which the last payment link was created.
    pub(crate) last_link: Option<Timestamp>,
    /// Time at which the last recharge arrives or arrived.
    pub(crate) recharges_at: Option<Timestamp>,
}

/// The auto-recharge settings.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct AutoRecharge {
    pub(crate) threshold: Cents,
    pub(crate) amount: Cents,
}

impl Wallet {
    /// Deducts an amount if the balance covers it. Returns whether it did.
    #[must_use]
    pub(crate) fn pay(&mut self, amount: Cents) -> bool {
        let remaining = self.balance.0.checked_sub(amount.0);
        self.balance = remaining.map_or(self.balance, Cents);
        remaining.is_some()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Cents;

    #[test]
    fn cents_are_formatted_like_service_amounts() {
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
    fn dollars_are_converted_to_exact_cents() {
        assert_eq!(Cents::from_dollars(0.29), Some(Cents(29)));
        assert_eq!(Cents::from_dollars(-1.0), None);
        assert_eq!(Cents::from_dollars(f64::MAX), None);
        assert_eq!(Cents::from_dollars(f64::NAN), None);
    }
}
