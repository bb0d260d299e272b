//! DNS records in a normalized form, for comparison.
//!
//! The service returns records in two structures, with absolute hosts, and accepts relative hosts. Text values can be
//! quoted, and names can end with a dot.

use std::net::IpAddr;

use zapmail_sdk::{RawJsonMap, types};

use crate::names;

/// The host of the records of the domain itself.
pub(crate) const APEX: &str = "@";

/// A DNS record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Record {
    /// Name relative to the domain, in lower case; `@` for the domain itself.
    pub host: String,
    /// Type, in upper case.
    pub kind: String,
    /// Content: text without the quotes around it, or a name in lower case without a trailing dot. The priority of an
    /// MX record is left out.
    pub value: String,
}

impl Record {
    /// Normalizes a record of `domain`. `host` is absolute or relative.
    pub fn new(domain: &str, host: &str, kind: &str, value: &str) -> Self {
        let kind = kind.trim().to_uppercase();
        Self { host: relative(host, domain), value: content(&kind, value), kind }
    }
}

/// Returns the normalized records of a domain. Disabled records are left out, and identical records are returned once,
/// as DNS has them.
pub(crate) fn records(domain: &str, records: &types::DnsRecords) -> Vec<Record> {
    let live = records.domain_dns_records.iter().filter_map(|row| {
        let kind = row.type_.as_ref().map(types::DnsRecordType::as_str).or_else(|| text(&row.extra, "recordType"));
        let host = row.name.as_deref().or_else(|| text(&row.extra, "host"));
        let value = row.content.as_deref().or_else(|| text(&row.extra, "value"));
        Some(Record::new(domain, host?, kind?, value?))
    });
    let documented = records.records.iter().filter_map(|row| {
        let kind = row.record_type.as_ref().map(types::DnsRecordType::as_str);
        Some(Record::new(domain, row.host.as_deref()?, kind?, row.value.as_deref()?))
    });
    let mut found = Vec::new();
    for record in live.chain(documented) {
        if !found.contains(&record) {
            found.push(record);
        }
    }
    found
}

/// Returns a property by its documented name. Existing code that reads the undocumented structure checks both names, so
/// either may occur there.
fn text<'a>(properties: &'a RawJsonMap, name: &str) -> Option<&'a str> {
    properties.get(name)?.expose().as_str()
}

fn relative(host: &str, domain: &str) -> String {
    let (host, domain) = (names::domain(host), names::domain(domain));
    if !names::is_in(&host, &domain) {
        return if host.is_empty() { APEX.to_owned() } else { host };
    }
    match host.strip_suffix(&domain).unwrap_or_default().trim_end_matches('.') {
        "" => APEX.to_owned(),
        prefix => prefix.to_owned(),
    }
}

fn content(kind: &str, value: &str) -> String {
    let value = value.trim();
    match kind {
        "TXT" => unquoted(value),
        "A" | "AAAA" => value.parse::<IpAddr>().map_or_else(|_| value.to_lowercase(), |address| address.to_string()),
        // The priority can precede the name. The name `.` means that the domain receives no email (RFC 7505).
        "MX" => match value.split_whitespace().next_back() {
            Some(name) if name != "." => names::domain(name),
            _ => value.to_owned(),
        },
        _ => names::domain(value),
    }
}

/// Removes the quotes around a text. A long text consists of several quoted parts, which are joined without a space.
fn unquoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut is_inside = false;
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => is_inside = !is_inside,
            '\\' if is_inside => text.extend(characters.next()),
            _ if is_inside => text.push(character),
            _ if character.is_whitespace() => {}
            // There is text outside the quotes, so they are part of the value.
            _ => return value.to_owned(),
        }
    }
    if is_inside { value.to_owned() } else { text }
}
