//! Validation of usernames, the local part of a mailbox address.

use crate::envelope::Refusal;

/// Checks a username: letters and digits, separated by single dots, underscores or hyphens.
pub(in crate::groups) fn check(username: &str) -> Result<(), Refusal> {
    let parts = username.split(['.', '_', '-']);
    if parts.clone().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
        return Ok(());
    }
    Err(Refusal::invalid("username must consist of letters and digits, separated by single . _ or -"))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn check_allows_separators_only_between_letters_and_digits() {
        for valid in ["dana", "dana.reed", "d_a-n.a", "7"] {
            assert!(check(valid).is_ok(), "{valid}");
        }
        for invalid in
            ["", ".dana", "dana-", "dana..reed", "dana._reed", "dana reed", "dana+reed", "d\u{e4}na", "dana@acme"]
        {
            assert!(check(invalid).is_err(), "{invalid}");
        }
    }
}
