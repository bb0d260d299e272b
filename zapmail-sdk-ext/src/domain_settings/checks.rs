//! What is refused before anything is sent.

use std::collections::{BTreeMap, BTreeSet};

use zapmail_sdk::builder::{AddDnsRecords, ListDomains};
use zapmail_sdk::ids::DomainId;
use zapmail_sdk::types::{DnsRecordType, Domain};
use zapmail_sdk::{Error, ErrorKind, Operation, Request, Result};

use super::table::SETTINGS;
use super::{DomainSettings, WantedRecord};
use crate::names;

/// Checks the arguments on their own.
pub(super) fn check(ids: &BTreeSet<DomainId>, settings: &DomainSettings) -> Result<()> {
    if ids.is_empty() {
        return Err(invalid(ListDomains::OPERATION, "`domains` is empty; pass at least one id"));
    }
    if settings.is_empty() {
        let message = "`settings` sets nothing; call one of its methods first, such as `catch_all`";
        return Err(invalid(ListDomains::OPERATION, message));
    }
    for setting in &SETTINGS {
        let name = setting.name;
        let message = match setting.wanted(settings).flatten() {
            Some(address) if setting.is_address && !is_address(address) => {
                format!("`{name}` is `{address}`, which is not an address; use one such as `dana@acme.com`")
            }
            // The service would clear it.
            Some("") => format!("`{name}` is blank; use a domain or a URL, or clear it with `clear_forwarding`"),
            _ => continue,
        };
        return Err(invalid(setting.operation, message));
    }
    settings.dns_records.iter().try_for_each(check_record)
}

/// Also that there is something before and after the `@`: the service would find out after other settings were sent.
fn is_address(address: &str) -> bool {
    let has_both = |(username, domain): (&str, &str)| !username.is_empty() && !domain.is_empty();
    address.split_once('@').is_some_and(has_both) && !address.contains(char::is_whitespace)
}

fn check_record(record: &WantedRecord) -> Result<()> {
    let WantedRecord { host, record_type, value } = record;
    let refused = |message: String| Err(invalid(AddDnsRecords::OPERATION, message));
    if host.trim().is_empty() || host.trim().contains(char::is_whitespace) {
        return refused(format!(
            "`dns_record` has the host `{host}`; use a name relative to the domain, or `@` for the domain itself"
        ));
    }
    if value.trim().is_empty() {
        return refused(format!("`dns_record` has no value for the {record_type} record at `{host}`; pass one"));
    }
    if !record_type.is_known() {
        let known: Vec<_> = DnsRecordType::KNOWN.iter().map(DnsRecordType::as_str).collect();
        return refused(format!("`dns_record` has the type `{record_type}`; use one of {}", known.join(", ")));
    }
    Ok(())
}

/// Checks that no host is absolute: the service would add the domain to it once more.
pub(super) fn check_hosts(rows: &BTreeMap<DomainId, Domain>, settings: &DomainSettings) -> Result<()> {
    for row in rows.values().filter_map(|row| row.domain.as_deref()) {
        let name = names::domain(row);
        for WantedRecord { host, .. } in &settings.dns_records {
            let prefix = names::domain(host);
            if prefix.strip_suffix(&name).is_some_and(|prefix| prefix.is_empty() || prefix.ends_with('.')) {
                let message = format!("`dns_record` has the host `{host}`, which ends with the domain {name}");
                let hint = "use a name relative to the domain, or `@` for the domain itself";
                return Err(invalid(AddDnsRecords::OPERATION, message).with_hint(hint));
            }
        }
    }
    Ok(())
}

fn invalid(operation: &'static Operation, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, message).with_operation(operation)
}
