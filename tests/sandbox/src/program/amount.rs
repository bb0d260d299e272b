//! Amounts of money on the command line.

use zapmail_sdk::Decimal;

/// Parses an amount of US dollars, and returns it in cents.
pub fn cents(text: &str) -> Result<u64, String> {
    let cents = text.parse::<Decimal>().ok().and_then(|dollars| dollars.checked_mul(Decimal::ONE_HUNDRED));
    let cents = cents.filter(Decimal::is_integer).and_then(|cents| u64::try_from(cents).ok());
    cents.ok_or_else(|| "pass an amount of US dollars, such as 500 or 64.50".to_owned())
}

#[cfg(test)]
mod tests {
    use super::cents;

    #[test]
    fn amount_is_dollars_with_up_to_two_decimals() {
        for (text, expected) in [("0", 0), ("500", 50_000), ("64.5", 6450), ("64.50", 6450), ("0.05", 5), ("007", 700)]
        {
            assert_eq!(cents(text), Ok(expected), "{text}");
        }
        for text in ["", ".", "-1", "1.234", "$5", "1,50", "NaN", "99999999999999999999"] {
            assert!(cents(text).is_err(), "{text}");
        }
    }
}
