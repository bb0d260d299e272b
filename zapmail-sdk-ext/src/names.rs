//! Names of domains and addresses of mailboxes in one form, for comparing them.
//!
//! People write them with capital letters, blanks around them, a dot at the end, or in their own script; the service has one
//! form of each.

use std::borrow::Cow;

/// How many names a message lists.
const MOST_LISTED: usize = 5;

/// The name of a domain: in lower case, without blanks and a dot at the end, and in ASCII (`xn--`) whatever its script.
pub(crate) fn domain(name: &str) -> String {
    let name = name.trim();
    let name = name.strip_suffix('.').unwrap_or(name);
    match idna::domain_to_ascii_cow(name.as_bytes(), idna::AsciiDenyList::EMPTY) {
        Ok(Cow::Borrowed(ascii)) => ascii.to_owned(),
        Ok(Cow::Owned(ascii)) => ascii,
        // Not a valid domain name: it only equals names that are written in the same way.
        Err(_) => name.to_lowercase(),
    }
}

/// Whether a name in the form of [`domain`] can be that of a domain: two labels or more, of letters, digits and hyphens
/// (RFC 1035).
pub(crate) fn is_domain(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.contains('.') && name.split('.').all(is_label)
}

/// Whether a host is a domain or below it, both in the form of [`domain`]: `google.com` has `smtp.google.com`, but not
/// `mx.notgoogle.com`.
pub(crate) fn is_in(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('.'))
}

/// The address of a mailbox. The service does not distinguish capital letters in it.
pub(crate) fn address(address: &str) -> String {
    match address.trim().rsplit_once('@') {
        Some((username, name)) => format!("{}@{}", username.to_lowercase(), domain(name)),
        None => domain(address),
    }
}

/// Whether a text can be an address: one `@`, with something before and after it, and no blanks.
pub(crate) fn is_address(address: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !part.contains('@');
    address.split_once('@').is_some_and(|(username, domain)| is_part(username) && is_part(domain))
        && !address.contains(char::is_whitespace)
}

/// Any other name, such as that of a tag.
pub(crate) fn label(name: &str) -> String {
    name.trim().to_lowercase()
}

/// The first few of many names, for a message.
pub(crate) fn listed(names: &[String], separator: &str) -> String {
    match names.split_at_checked(MOST_LISTED) {
        Some((first, others)) if !others.is_empty() => format!("{} and {} more", first.join(separator), others.len()),
        _ => names.join(separator),
    }
}

/// A number with its noun.
pub(crate) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::{address, domain, is_address, is_domain, is_in};

    #[test]
    fn host_is_in_its_domain_and_those_above() {
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
    fn address_has_one_at_sign_between_two_parts() {
        for good in ["dana@acme.com", "d@a", "dana.reed@xn--bcher-kva.example"] {
            assert!(is_address(good), "{good}");
        }
        for bad in
            ["", "@", "dana", "dana@", "@acme.com", "a@b@c", "dana@@acme.com", "dana @acme.com", "dana@acme .com"]
        {
            assert!(!is_address(bad), "{bad}");
        }
    }

    #[test]
    fn domain_has_labels_of_letters_digits_and_hyphens() {
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
    fn spellings_of_a_domain_are_one_name() {
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
    fn spellings_of_an_address_are_one_address() {
        for spelling in ["dana.reed@acme.com", " Dana.Reed@ACME.com. "] {
            assert_eq!(address(spelling), "dana.reed@acme.com", "{spelling}");
        }
        assert_eq!(address("Dana@Bücher.example"), "dana@xn--bcher-kva.example");
        assert_eq!(address("ACME.com"), "acme.com");
    }
}
