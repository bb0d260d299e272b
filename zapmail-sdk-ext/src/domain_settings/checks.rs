//! Checks of the arguments, and of the domains before anything is written.

use std::collections::{BTreeMap, BTreeSet};

use zapmail_sdk::builder::{AddDnsRecords, ListDomains};
use zapmail_sdk::ids::DomainId;
use zapmail_sdk::types::{DnsRecordType, Domain};
use zapmail_sdk::{Error, ErrorKind, Operation, Request, Result};

use super::DomainSettings;
use super::dns_records::{self, Missing};
use super::settings::WantedRecord;
use super::table::SETTINGS;
use crate::dns::Unique;
use crate::names;

/// Checks the arguments, without reading anything.
pub(super) fn check(ids: &BTreeSet<DomainId>, settings: &DomainSettings) -> Result<()> {
    if ids.is_empty() {
        return Err(invalid(ListDomains::OPERATION, "`domains` is empty; pass at least one id"));
    }
    check_settings(settings)
}

impl DomainSettings {
    /// Returns the first problem with the values; `None` if there is none, or if nothing is set.
    #[cfg(feature = "journal")]
    pub(crate) fn problem(&self) -> Option<String> {
        let error = if self.is_empty() { None } else { check_settings(self).err() };
        error.map(|error| error.message().to_owned())
    }
}

/// Checks the settings, without the domains.
fn check_settings(settings: &DomainSettings) -> Result<()> {
    if settings.is_empty() {
        let message = "`settings` is empty; call one of its methods first, such as `catch_all`";
        return Err(invalid(ListDomains::OPERATION, message));
    }
    for setting in &SETTINGS {
        let name = &setting.pending;
        let message = match setting.wanted(settings).flatten() {
            // The service would reject it only after other settings were sent.
            Some(address) if setting.is_address && !names::is_address(address) => {
                format!("`{name}` is `{address}`, which is not an address; use one such as `dana@acme.com`")
            }
            // The service would clear the setting.
            Some("") => format!("`{name}` is blank; use a domain or a URL, or clear it with `clear_forwarding`"),
            _ => continue,
        };
        return Err(invalid(setting.operation, message));
    }
    settings.dns_records.iter().try_for_each(check_record)?;
    let wanted = dns_records::wanted("", settings);
    let records: Vec<_> = wanted.iter().map(|wanted| wanted.record.clone()).collect();
    let second = wanted.iter().find_map(|wanted| {
        let kind = Unique::of(&wanted.record)?;
        // The `dmarc` setting adds a DMARC record.
        let by_setting = kind == Unique::Dmarc && wanted.record.host == "_dmarc" && settings.dmarc.is_some();
        (by_setting || Unique::is_second(&wanted.record, &records)).then_some((kind, &wanted.record.host))
    });
    let Some((kind, host)) = second else { return Ok(()) };
    let message = format!("`settings` has two {kind} records at `{host}`, with which email fails; keep one of them");
    Err(invalid(AddDnsRecords::OPERATION, message))
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
    if *record_type == DnsRecordType::Mx && value.trim().contains(char::is_whitespace) {
        return refused(format!(
            "`dns_record` has the value `{value}` for the MX record at `{host}`; the service accepts no priority: use only \
             the name of the server"
        ));
    }
    Ok(())
}

/// Checks that no host is absolute: the service would append the domain again.
pub(super) fn check_hosts(rows: &BTreeMap<DomainId, Domain>, settings: &DomainSettings) -> Result<()> {
    for row in rows.values().filter_map(|row| row.domain.as_deref()) {
        let name = names::domain(row);
        for WantedRecord { host, .. } in &settings.dns_records {
            if names::is_in(&names::domain(host), &name) {
                let message = format!("`dns_record` has the host `{host}`, which ends with the domain {name}");
                let hint = "use a name relative to the domain, or `@` for the domain itself";
                return Err(invalid(AddDnsRecords::OPERATION, message).with_hint(hint));
            }
        }
    }
    Ok(())
}

/// Checks that no record would be the second of its kind, since email of the domain fails with two.
pub(super) fn check_second(missing: &[Missing]) -> Result<()> {
    let second = missing.iter().filter_map(|missing| {
        let record = &missing.second.as_ref()?.record;
        Some(format!("{}: {} at `{}`", missing.name, Unique::of(record)?, record.host))
    });
    let mut second: Vec<_> = second.collect();
    second.sort();
    if second.is_empty() {
        return Ok(());
    }
    let message = format!(
        "`dns_record` would be the second of its kind, with which email fails: {}",
        names::listed(&second, ", ")
    );
    let error = Error::new(ErrorKind::Conflict, message).with_operation(AddDnsRecords::OPERATION);
    Err(error.with_hint("change the existing record with `update_dns_record`; nothing was sent"))
}

fn invalid(operation: &'static Operation, message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, message).with_operation(operation)
}
