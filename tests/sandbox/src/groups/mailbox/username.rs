//! What the part of an address before the @ may be.

use crate::envelope::Refusal;

/// Letters, digits, dot, underscore and hyphen; the last three neither at an end nor next to each other.
pub(in crate::groups) fn check(username: &str) -> Result<(), Refusal> {
    let parts = username.split(['.', '_', '-']);
    if parts.clone().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
        return Ok(());
    }
    Err(Refusal::invalid(
        "username may have letters, digits and single . _ - between them, but must not start or end with one of these",
    ))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn separators_stand_between_letters() {
        for good in ["dana", "dana.reed", "d_a-n.a", "7"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in
            ["", ".dana", "dana-", "dana..reed", "dana._reed", "dana reed", "dana+reed", "d\u{e4}na", "dana@acme"]
        {
            assert!(check(bad).is_err(), "{bad}");
        }
    }
}
