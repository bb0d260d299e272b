//! What a domain's name may be, and what the sandbox reads in it.

use crate::envelope::Refusal;

/// The name as the service keeps it, or a refusal that says where it stood.
pub(in crate::groups) fn check(name: &str, place: &str) -> Result<String, Refusal> {
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
    Err(Refusal::invalid(format!("{place} is no name of a domain")))
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn a_name_has_labels_and_an_ending() {
        for good in ["acme.com", "a.b.example", "x-1.info"] {
            assert_eq!(check(good, "domainName").ok().as_deref(), Some(good));
        }
        assert_eq!(check("ACME.com", "domainName").ok().as_deref(), Some("acme.com"));
        for bad in ["", "acme", ".com", "acme.", "a..com", "-a.com", "a-.com", "a b.com", "https://a.com", "\u{e4}.com"]
        {
            let message = check(bad, "domains.0.domainName").err().map(|refusal| refusal.message().to_owned());
            assert_eq!(message.as_deref(), Some("domains.0.domainName is no name of a domain"), "{bad}");
        }
    }
}
