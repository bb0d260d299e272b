//! Parsing of the texts of SPF, DMARC and DKIM records.

use crate::names;

/// Returns whether a text is an SPF record: the version is followed by a space or the end of the text (RFC 7208, 4.5).
pub(super) fn is_spf(text: &str) -> bool {
    spf_terms(text).is_some()
}

/// Returns the domains that an SPF record includes or redirects to. Terms after `all` are not evaluated, and `redirect`
/// has no effect in a record that has `all` (RFC 7208, 5.1 and 6.1).
pub(super) fn spf_includes(text: &str) -> impl Iterator<Item = String> {
    let terms: Vec<_> = spf_terms(text).unwrap_or_default().split(' ').map(str::to_ascii_lowercase).collect();
    let end = terms.iter().position(|term| term.trim_start_matches(['+', '-', '~', '?']) == "all");
    let evaluated = &terms[..end.unwrap_or(terms.len())];
    let included = evaluated.iter().filter_map(|term| term.strip_prefix('+').unwrap_or(term).strip_prefix("include:"));
    let redirect = terms.iter().filter(|_| end.is_none()).filter_map(|term| term.strip_prefix("redirect="));
    let domains: Vec<_> = included.chain(redirect).map(names::domain).filter(|domain| !domain.is_empty()).collect();
    domains.into_iter()
}

/// Returns the part of an SPF record after the version.
fn spf_terms(text: &str) -> Option<&str> {
    const VERSION: &str = "v=spf1";
    let (version, terms) = text.split_at_checked(VERSION.len())?;
    (version.eq_ignore_ascii_case(VERSION) && (terms.is_empty() || terms.starts_with(' '))).then_some(terms)
}

/// Returns whether a text is a DMARC record. The value of the first tag must be in upper case, unlike the name of the
/// tag (RFC 7489, 6.3 and 6.4).
pub(super) fn is_dmarc(text: &str) -> bool {
    let (tag, _) = text.split_once(';').unwrap_or((text, ""));
    tag.split_once('=').is_some_and(|(name, version)| {
        let name = name.trim_end_matches(WHITESPACE);
        name.eq_ignore_ascii_case("v") && version.trim_matches(WHITESPACE) == "DMARC1"
    })
}

/// Returns whether a text is a DKIM record with a key; an empty key means that it was revoked (RFC 6376, 3.6.1).
pub(super) fn has_dkim_key(text: &str) -> bool {
    let mut tags = text.split(';').filter_map(|tag| tag.split_once('='));
    tags.any(|(name, value)| name.trim() == "p" && !value.trim().is_empty())
}

const WHITESPACE: [char; 2] = [' ', '\t'];
