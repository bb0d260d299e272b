//! The DNS records of domains.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Table;
use crate::envelope::{Answer, Refusal, Success};
use crate::request::Request;
use crate::shapes::Shapes;
use crate::state::{DnsRecord, Domain, DomainKey, RECORD_TYPES, State};

pub(super) const HANDLERS: Table = &[
    ("list_dns_records", list_dns_records),
    ("add_dns_records", add_dns_records),
    ("update_dns_record", update_dns_record),
    ("delete_dns_record", delete_dns_record),
];

/// Seconds that a record may be kept for; no request can choose them.
const TTL: u32 = 3600;

/// The priority of a new MX record; no request can choose it.
const PRIORITY: u16 = 10;

/// Live under another name, and in another form, than documented. What switches a record off is not known.
fn list_dns_records(state: &mut State, request: &Request) -> Answer {
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
        "name": record.full_name(domain),
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
            "name": record.full_name(domain),
            "type": record.kind,
            "content": record.value,
        },
        "recordType": record.kind,
        "value": record.value,
        "host": record.full_name(domain),
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

/// Adds all of the records or none, and returns them as the documentation shows them: with absolute hosts, which is assumed.
fn add_dns_records(state: &mut State, request: &Request) -> Answer {
    let NewRecords { assigned_domain_id, records } = request.body()?;
    let key = state.domain_by_id(request.workspace, &assigned_domain_id)?;
    if records.is_empty() {
        return Err(Refusal::invalid("records must not be empty"));
    }
    for (position, record) in records.iter().enumerate() {
        check(&record.host, &record.record_type, &record.value, &format!("records.{position}."))?;
    }
    let mut rows = Vec::with_capacity(records.len());
    for NewRecord { host, value, record_type } in records {
        let id = state.inventor.next_id();
        let host = relative(&host, state.domain(key));
        let priority = priority(&record_type, None);
        let record = DnsRecord { id, host, kind: record_type, value, priority };
        let mut row = documented(state.domain(key), &record);
        row["createdAt"] = request.now.to_json();
        rows.push(row);
        state.domain_mut(key).write_dns_record(record);
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

/// What is left out stays as it is. All parts are optional by the documentation, but two say which record is meant.
fn update_dns_record(state: &mut State, request: &Request) -> Answer {
    let update: RecordUpdate = request.body()?;
    let required = |part: Option<String>, name| part.ok_or_else(|| Refusal::invalid(format!("{name} is required")));
    let domain = required(update.assigned_domain_id, "assignedDomainId")?;
    let record = required(update.dns_record_id, "dnsRecordId")?;
    let (key, record) = find(state, request, &domain, &record)?;
    let host = update.host.map_or(record.host, |host| relative(&host, state.domain(key)));
    let kind = update.record_type.unwrap_or(record.kind);
    let value = update.value.unwrap_or(record.value);
    check(&host, &kind, &value, "")?;
    let priority = priority(&kind, record.priority);
    state.domain_mut(key).write_dns_record(DnsRecord { id: record.id, host, kind, value, priority });
    Ok(Success::done("DNS record updated successfully"))
}

/// What is to be deleted is said in the query.
fn delete_dns_record(state: &mut State, request: &Request) -> Answer {
    let (record, domain) = (request.query.require("id")?, request.query.require("assignedDomainId")?);
    let (key, record) = find(state, request, domain, record)?;
    state.domain_mut(key).delete_dns_record(record.id);
    Ok(Success::done("DNS record deleted successfully"))
}

fn find(state: &State, request: &Request, domain: &str, record: &str) -> Result<(DomainKey, DnsRecord), Refusal> {
    let key = state.domain_by_id(request.workspace, domain)?;
    let id = Uuid::try_parse(record).ok();
    let mut records = state.domain(key).dns_records(request.now).into_iter();
    let record = records.find(|record| Some(record.id) == id).ok_or_else(|| Refusal::not_found("DNS record"))?;
    Ok((key, record))
}

/// Whether a record can be. What the service looks at is not documented; these are the plainest faults.
fn check(host: &str, kind: &str, value: &str, place: &str) -> Result<(), Refusal> {
    if !RECORD_TYPES.contains(&kind) {
        return Err(Refusal::invalid(format!("{place}recordType must be one of {}", RECORD_TYPES.join(", "))));
    }
    if host.is_empty() || host.contains(char::is_whitespace) {
        return Err(Refusal::invalid(format!("{place}host must be a name relative to the domain, or @")));
    }
    let good = match kind {
        "A" => value.parse::<Ipv4Addr>().is_ok(),
        "AAAA" => value.parse::<Ipv6Addr>().is_ok(),
        _ => !value.trim().is_empty(),
    };
    if good { Ok(()) } else { Err(Refusal::invalid(format!("{place}value does not fit the type {kind}"))) }
}

/// A host as a name relative to the domain; one written in full is understood too.
fn relative(host: &str, domain: &Domain) -> String {
    let host = host.trim_end_matches('.').to_lowercase();
    match host.strip_suffix(&domain.name) {
        Some("") => "@".to_owned(),
        Some(prefix) if prefix.ends_with('.') => prefix.trim_end_matches('.').to_owned(),
        _ => host,
    }
}

fn priority(kind: &str, present: Option<u16>) -> Option<u16> {
    (kind == "MX").then(|| present.unwrap_or(PRIORITY))
}
