//! The check for the DNS records that mail needs.

use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::envelope::{HandlerResult, Success};
use crate::request::Request;
use crate::state::{DnsRecord, Domain, State};

/// Returns an array without counters. Assumption: a request without ids checks all domains.
pub(super) fn check_dns_records(state: &mut State, request: &Request) -> HandlerResult {
    let keys = match request.property::<Option<Vec<String>>>("domainIds")? {
        Some(ids) => state.domains_by_id(request.workspace, &ids)?,
        None => state.domain_keys_of(request.workspace),
    };
    let rows = keys.into_iter().map(|key| row(state.domain(key), request.now));
    Ok(Success::data("ok", rows.collect()))
}

/// Returns the row of a domain. Only `spfRecord` is singular, as in the service.
fn row(domain: &Domain, now: Timestamp) -> Value {
    let records = domain.dns_records(now);
    let any = |condition: fn(&DnsRecord) -> bool| records.iter().any(condition);
    json!({
        "id": domain.id,
        "domain": domain.name,
        "spfRecord": any(|record| record.kind == "TXT" && record.host == "@" && record.value.starts_with("v=spf1")),
        "dkimRecords": any(|record| record.host.ends_with("._domainkey")),
        "dmarcRecords": any(|record| record.host == "_dmarc" && record.value.starts_with("v=DMARC1")),
        "mxRecords": any(|record| record.kind == "MX"),
    })
}
