//! Names of domains and addresses of mailboxes in one form, for comparing them.
//!
//! People write them with capital letters, blanks around them, a dot at the end, or in their own script; the service has one
//! form of each.

use std::borrow::Cow;

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

/// The address of a mailbox. The service does not distinguish capital letters in it.
pub(crate) fn address(address: &str) -> String {
    match address.trim().rsplit_once('@') {
        Some((username, name)) => format!("{}@{}", username.to_lowercase(), domain(name)),
        None => domain(address),
    }
}

/// Any other name, such as that of a tag.
pub(crate) fn label(name: &str) -> String {
    name.trim().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::{address, domain};

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
