//! The health score of a domain.

use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::envelope::{HandlerResult, Success};
use crate::request::Request;
use crate::shapes::Shapes;
use crate::state::{Domain, State};

/// The highest critical score (domains.yaml).
const CRITICAL: u64 = 30;

/// Returns the health of one domain. Without an id, the service rates all domains in an unknown shape, so the document
/// requires the id.
pub(super) fn get_domain_health(state: &mut State, request: &Request) -> HandlerResult {
    let domain = state.domain(state.domain_by_id(request.workspace, request.query.require("domainId")?)?);
    let data = rating(domain, state.shapes, request.now);
    Ok(Success::data("Domain health score fetched successfully", data))
}

fn rating(domain: &Domain, shapes: Shapes, now: Timestamp) -> Value {
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
    // No entries of these two lists have been seen; strings are assumed.
    if failed > 0 {
        rating["reasons"] = json!([format!("{failed} of {} mailboxes have failed", domain.mailboxes.len())]);
        rating["recommendedActions"] = json!(["Retry the failed mailboxes"]);
    }
    if domain.mailboxes.is_empty() {
        rating["error"] = "No mailboxes assigned".into();
    }
    rating
}
