//! How healthy a domain is.

use serde_json::{Value, json};

use crate::clock::Moment;
use crate::envelope::{Answer, Success};
use crate::request::Request;
use crate::shapes::Shapes;
use crate::state::{Domain, State};

/// Up to here a score is critical (domains.yaml).
const CRITICAL: u64 = 30;

/// Without a domain the service rates all of them in a form that is not known, so the document requires one.
pub(super) fn get_domain_health(state: &mut State, request: &Request) -> Answer {
    let domain = state.domain(state.domain_by_id(request.workspace, request.query.require("domainId")?)?);
    let data = rating(domain, state.shapes, request.now);
    Ok(Success::data("Domain health score fetched successfully", data))
}

fn rating(domain: &Domain, shapes: Shapes, now: Moment) -> Value {
    let (failed, score) = (domain.failed_mailboxes(), domain.health_score(now));
    if shapes == Shapes::Documented {
        return json!({"domain": domain.name, "averageScore": score, "isAbused": false});
    }
    let mut rating = json!({
        "score": score,
        "label": if score <= CRITICAL { "critical" } else { "healthy" },
        "reasons": [],
        "recommendedActions": [],
    });
    // What an entry of these two looks like has not been seen; texts are assumed.
    if failed > 0 {
        rating["reasons"] = json!([format!("{failed} of {} mailboxes have failed", domain.mailboxes.len())]);
        rating["recommendedActions"] = json!(["Retry the failed mailboxes"]);
    }
    if domain.mailboxes.is_empty() {
        rating["error"] = "No mailboxes assigned".into();
    }
    rating
}
