//! DNS records of domains.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Table;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::shapes::Shapes;
use crate::state::{DnsRecord, Domain, DomainKey, State};

pub(super) const HANDLERS: Table = &[
    ("list_dns_records", list_dns_records),
    ("add_dns_records", add_dns_records),
    ("update_dns_record", update_dns_record),
    ("delete_dns_record", delete_dns_record),
];

/// TTL of all records, in seconds. No request can set it.
const TTL: u32 = 3600;

/// Priority of new MX records. No request can set it.
const PRIORITY: u16 = 10;

/// Lists the records. The live and the documented response have different shapes. How a record becomes disabled is not
/// known.
fn list_dns_records(state: &mut State, request: &Request) -> HandlerResult {
    let domain = state.domain(state.domain_by_id(request.workspace, request.query.require("id")?)?);
    let records = domain.dns_records(request.now);
    let data = match state.shapes {
        Shapes::Documented => {
            let records: Value = records.iter().map(|record| documented(domain, record)).collect();
            json!({"records": records, "disabledRecords": []})
        }
        _ => json!({"domainDnsRecords": records.iter().map(|record| live(domain, record)).collect::<Value>()}),
    };
    Ok(Success::data("DNS records fetched successfully", data))
}

fn live(domain: &Domain, record: &DnsRecord) -> Value {
    json!({
        "id": record.id,
        "type": record.kind,
        "name": record.full_name(&domain.name),
        "content": record.value,
        "ttl": TTL,
        "priority": record.priority,
    })
}

fn documented(domain: &Domain, record: &DnsRecord) -> Value {
    let at_provider = record.id.simple().to_string();
    json!({
        "id": record.id,
        "assignedDomainId": domain.id,
        "cdfRecordId": at_provider,
        "cdfResponse": {
            "id": at_provider,
            "name": record.full_name(&domain.name),
            "type": record.kind,
            "content": record.value,
        },
        "recordType": record.kind,
        "value": record.value,
        "host": record.full_name(&domain.name),
        "priority": record.priority,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewRecords {
    assigned_domain_id: String,
    records: Vec<NewRecord>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewRecord {
    host: String,
    value: String,
    record_type: String,
}

/// Adds all records or none, and returns them in the documented shape. Assumption: the hosts in it are absolute.
fn add_dns_records(state: &mut State, request: &Request) -> HandlerResult {
    let NewRecords { assigned_domain_id, records } = request.body()?;
    let key = state.domain_by_id(request.workspace, &assigned_domain_id)?;
    for (position, record) in records.iter().enumerate() {
        check(&record.host, &record.record_type, &record.value, &format!("records.{position}."))?;
    }
    let mut rows = Vec::with_capacity(records.len());
    for NewRecord { host, value, record_type } in records {
        let id = state.id_generator.next_id();
        let host = relative(&host, state.domain(key));
        let priority = priority(&record_type, None);
        let record = DnsRecord { id, host, kind: record_type, value, priority };
        let mut row = documented(state.domain(key), &record);
        row["createdAt"] = request.now.to_json();
        rows.push(row);
        state.domain_mut(key).zone.write(record);
    }
    Ok(Success::data("DNS records added successfully", rows.into()))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RecordUpdate {
    assigned_domain_id: Option<String>,
    dns_record_id: Option<String>,
    host: Option<String>,
    value: Option<String>,
    record_type: Option<String>,
}

/// Updates the fields that the request contains. All fields are documented as optional, but two of them are needed to
/// identify the record.
fn update_dns_record(state: &mut State, request: &Request) -> HandlerResult {
    let update: RecordUpdate = request.body()?;
    let required = |value: Option<String>, name| value.ok_or_else(|| Refusal::invalid(format!("{name} is required")));
    let domain = required(update.assigned_domain_id, "assignedDomainId")?;
    let record = required(update.dns_record_id, "dnsRecordId")?;
    let (key, record) = find(state, request, &domain, &record)?;
    let host = update.host.map_or(record.host, |host| relative(&host, state.domain(key)));
    let kind = update.record_type.unwrap_or(record.kind);
    let value = update.value.unwrap_or(record.value);
    check(&host, &kind, &value, "")?;
    let priority = priority(&kind, record.priority);
    state.domain_mut(key).zone.write(DnsRecord { id: record.id, host, kind, value, priority });
    Ok(Success::done("DNS record updated successfully"))
}

/// Deletes the record that the query identifies.
fn delete_dns_record(state: &mut State, request: &Request) -> HandlerResult {
    let (record, domain) = (request.query.require("id")?, request.query.require("assignedDomainId")?);
    let (key, record) = find(state, request, domain, record)?;
    state.domain_mut(key).zone.delete(record.id);
    Ok(Success::done("DNS record deleted successfully"))
}

fn find(state: &State, request: &Request, domain: &str, record: &str) -> Result<(DomainKey, DnsRecord), Refusal> {
    let key = state.domain_by_id(request.workspace, domain)?;
    let id = Uuid::try_parse(record).ok();
    let mut records = state.domain(key).dns_records(request.now).into_iter();
    let record = records.find(|record| Some(record.id) == id).ok_or_else(|| Refusal::not_found("DNS record"))?;
    Ok((key, record))
}

/// Checks the fields of a record. The service's own checks are not documented; these detect only obvious mistakes.
/// `prefix` is the path of the record in the request body, for the error message.
fn check(host: &str, kind: &str, value: &str, prefix: &str) -> Result<(), Refusal> {
    if host.is_empty() || host.contains(char::is_whitespace) {
        return Err(Refusal::invalid(format!("{prefix}host must be a name relative to the domain, or @")));
    }
    let is_valid = match kind {
        "A" => value.parse::<Ipv4Addr>().is_ok(),
        "AAAA" => value.parse::<Ipv6Addr>().is_ok(),
        _ => !value.trim().is_empty(),
    };
    if is_valid { Ok(()) } else { Err(Refusal::invalid(format!("{prefix}value is invalid for record type {kind}"))) }
}

/// Returns a host relative to the domain. The host may be relative or absolute.
fn relative(host: &str, domain: &Domain) -> String {
    let host = host.trim_end_matches('.').to_lowercase();
    match host.strip_suffix(&domain.name) {
        Some("") => "@".to_owned(),
        Some(prefix) if prefix.ends_with('.') => prefix.trim_end_matches('.').to_owned(),
        _ => host,
    }
}

fn priority(kind: &str, current: Option<u16>) -> Option<u16> {
    (kind == "MX").then(|| current.unwrap_or(PRIORITY))
}
