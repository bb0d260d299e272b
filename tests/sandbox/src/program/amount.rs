//! Amounts of money on the command line.

/// Parses an amount of US dollars, and returns it in cents.
pub fn cents(text: &str) -> Result<u64, String> {
    let expected = || "pass an amount of US dollars, such as 500 or 64.50".to_owned();
    let (dollars, cents) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(dollars) || !is_number(cents) || cents.len() > 2 {
        return Err(expected());
    }
    // A single digit after the point is tenths of a dollar.
    let cents: u64 = format!("{cents:0<2}").parse().map_err(|_| expected())?;
    let dollars: u64 = dollars.parse().map_err(|_| expected())?;
    dollars.checked_mul(100).and_then(|whole| whole.checked_add(cents)).ok_or_else(expected)
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
        for text in ["", ".", "1.", ".5", "-1", "+1", "1.234", "$5", "1e3", "1,50", "NaN", "99999999999999999999"] {
            assert!(cents(text).is_err(), "{text}");
        }
    }
}
