//! Validation of domain names.

use crate::envelope::Refusal;

/// Returns the name in lower case, as the service stores it. A refusal names `field`.
pub(super) fn check(name: &str, field: &str) -> Result<String, Refusal> {
    let name = name.to_lowercase();
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if name.len() <= 253 && name.contains('.') && name.split('.').all(label) {
        return Ok(name);
    }
    Err(Refusal::invalid(format!("{field} is not a valid domain name")))
}

/// Checks the `domainNames` of a request.
pub(super) fn check_all(names: &[String]) -> Result<Vec<String>, Refusal> {
    names.iter().enumerate().map(|(position, name)| check(name, &format!("domainNames.{position}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn check_requires_labels_and_tld() {
        for valid in ["acme.com", "a.b.example", "x-1.info"] {
            assert_eq!(check(valid, "domainName").ok().as_deref(), Some(valid));
        }
        assert_eq!(check("ACME.com", "domainName").ok().as_deref(), Some("acme.com"));
        for invalid in
            ["", "acme", ".com", "acme.", "a..com", "-a.com", "a-.com", "a b.com", "https://a.com", "\u{e4}.com"]
        {
            let message = check(invalid, "domains.0.domainName").err().map(|refusal| refusal.message().to_owned());
            assert_eq!(message.as_deref(), Some("domains.0.domainName is not a valid domain name"), "{invalid}");
        }
    }
}
