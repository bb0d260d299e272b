//! Whether the records that mail needs are in place.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::Moment;
use crate::envelope::{Answer, Success};
use crate::request::Request;
use crate::state::{DnsRecord, Domain, State};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DnsCheck {
    domain_ids: Option<Vec<String>>,
}

/// A bare list; that it is about all domains when none is named is assumed.
pub(super) fn check_dns_records(state: &mut State, request: &Request) -> Answer {
    let DnsCheck { domain_ids } = request.body()?;
    let keys = match domain_ids {
        Some(ids) => ids.iter().map(|id| state.domain_by_id(request.workspace, id)).collect::<Result<_, _>>()?,
        None => state.domain_keys_of(request.workspace),
    };
    let rows = keys.into_iter().map(|key| row(state.domain(key), request.now));
    Ok(Success::data("ok", rows.collect()))
}

/// Only the first has a name in the singular.
fn row(domain: &Domain, now: Moment) -> Value {
    let records = domain.dns_records(now);
    let any = |fits: fn(&DnsRecord) -> bool| records.iter().any(fits);
    json!({
        "id": domain.id,
        "domain": domain.name,
        "spfRecord": any(|record| record.kind == "TXT" && record.host == "@" && record.value.starts_with("v=spf1")),
        "dkimRecords": any(|record| record.host.ends_with("._domainkey")),
        "dmarcRecords": any(|record| record.host == "_dmarc" && record.value.starts_with("v=DMARC1")),
        "mxRecords": any(|record| record.kind == "MX"),
    })
}
