//! Normalized domain names and mailbox addresses, for comparisons.
//!
//! People write them in upper case, with surrounding whitespace, with a trailing dot, or in other scripts; the service
//! uses one form of each.

use std::borrow::Cow;

/// The maximum number of names that a message lists.
const MAX_LISTED: usize = 5;

/// Normalizes a domain name: lower case, without surrounding whitespace or a trailing dot, and in ASCII (`xn--`) for
/// all scripts.
pub(crate) fn domain(name: &str) -> String {
    let name = name.trim();
    let name = name.strip_suffix('.').unwrap_or(name);
    match idna::domain_to_ascii_cow(name.as_bytes(), idna::AsciiDenyList::EMPTY) {
        Ok(Cow::Borrowed(ascii)) => ascii.to_owned(),
        Ok(Cow::Owned(ascii)) => ascii,
        // The name is invalid, so it equals only names that are spelled identically.
        Err(_) => name.to_lowercase(),
    }
}

/// Returns whether a name that [`domain`] has normalized is a valid domain name: two or more labels of letters, digits
/// and hyphens (RFC 1035).
pub(crate) fn is_domain(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.contains('.') && name.split('.').all(is_label)
}

/// Returns whether a host is a domain or one of its subdomains, both normalized by [`domain`]: `smtp.google.com` is in
/// `google.com`, but `mx.notgoogle.com` is not.
pub(crate) fn is_in(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('.'))
}

/// Normalizes a mailbox address. The service treats addresses as case-insensitive.
pub(crate) fn address(address: &str) -> String {
    match address.trim().rsplit_once('@') {
        Some((username, name)) => format!("{}@{}", username.to_lowercase(), domain(name)),
        None => domain(address),
    }
}

/// Returns whether a text can be an address: one `@` with text before and after it, and no whitespace.
pub(crate) fn is_address(address: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !part.contains('@');
    address.split_once('@').is_some_and(|(username, domain)| is_part(username) && is_part(domain))
        && !address.contains(char::is_whitespace)
}

/// Normalizes any other name, such as the name of a tag.
pub(crate) fn label(name: &str) -> String {
    name.trim().to_lowercase()
}

/// Joins the first few names, for a message.
pub(crate) fn listed(names: &[String], separator: &str) -> String {
    match names.split_at_checked(MAX_LISTED) {
        Some((first, others)) if !others.is_empty() => format!("{} and {} more", first.join(separator), others.len()),
        _ => names.join(separator),
    }
}

/// Returns a number with its noun, in the singular or plural.
pub(crate) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::{address, domain, is_address, is_domain, is_in};

    #[test]
    fn host_is_in_its_domain_and_not_in_similar_ones() {
        for (host, expected) in [
            ("google.com", true),
            ("smtp.google.com", true),
            ("a.b.google.com", true),
            ("notgoogle.com", false),
            ("google.com.example", false),
            ("com", false),
            ("", false),
        ] {
            assert_eq!(is_in(host, "google.com"), expected, "{host}");
        }
    }

    #[test]
    fn address_requires_one_at_sign_between_two_parts() {
        for valid in ["dana@acme.com", "d@a", "dana.reed@xn--bcher-kva.example"] {
            assert!(is_address(valid), "{valid}");
        }
        for invalid in
            ["", "@", "dana", "dana@", "@acme.com", "a@b@c", "dana@@acme.com", "dana @acme.com", "dana@acme .com"]
        {
            assert!(!is_address(invalid), "{invalid}");
        }
    }

    #[test]
    fn domain_requires_two_labels_of_letters_digits_and_hyphens() {
        for name in ["acme.com", "a.b", "9.example", "a-b.co.uk", "xn--bcher-kva.example"] {
            assert!(is_domain(name), "{name}");
        }
        let long = format!("{}.com", "a".repeat(64));
        for name in ["", "acme", ".com", "acme.", "a..b", "-a.com", "a-.com", "a b.com", "a_b.com", "acme.com/x", &long]
        {
            assert!(!is_domain(name), "{name}");
        }
    }

    #[test]
    fn spellings_of_domain_are_normalized_to_one_name() {
        for spelling in ["acme.com", "ACME.com", " acme.com ", "acme.com.", " Acme.Com. \n", "ａｃｍｅ.com"] {
            assert_eq!(domain(spelling), "acme.com", "{spelling}");
        }
        for spelling in ["bücher.example", "BÜCHER.example.", "xn--bcher-kva.example", "XN--BCHER-KVA.EXAMPLE"] {
            assert_eq!(domain(spelling), "xn--bcher-kva.example", "{spelling}");
        }
        for (spelling, expected) in [("", ""), ("a..b", "a..b"), ("Not A Name", "not a name"), ("xn--a", "xn--a")] {
            assert_eq!(domain(spelling), expected, "{spelling}");
        }
    }

    #[test]
    fn spellings_of_address_are_normalized_to_one_address() {
        for spelling in ["dana.reed@acme.com", " Dana.Reed@ACME.com. "] {
            assert_eq!(address(spelling), "dana.reed@acme.com", "{spelling}");
        }
        assert_eq!(address("Dana@Bücher.example"), "dana@xn--bcher-kva.example");
        assert_eq!(address("ACME.com"), "acme.com");
    }
}
