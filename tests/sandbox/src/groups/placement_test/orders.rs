//! The list of purchased placement tests.

use serde_json::{Value, json};

use super::report::figures;
use crate::clock::Timestamp;
use crate::envelope::{HandlerResult, Success};
use crate::paging::Paging;
use crate::request::Request;
use crate::state::{PlacementTest, State};

/// Lists the tests, newest first and without counters, like the live service.
pub(super) fn list_placement_orders(state: &mut State, request: &Request) -> HandlerResult {
    let paging = Paging::of(&request.query)?;
    let found = state.placement.tests_of(request.workspace).rev();
    let rows: Value = paging.paginate(found).rows.into_iter().map(|test| row(test, request.now)).collect();
    Ok(Success::data("Orders fetched successfully", json!({"testGroups": rows})))
}

/// Returns the row of a test. All fields except the order's id are assumed.
pub(super) fn row(test: &PlacementTest, now: Timestamp) -> Value {
    let results = test.is_completed(now).then(|| figures(test.total()));
    json!({
        "cartOrderId": test.id,
        "testName": test.name,
        "placementType": test.placement_type,
        "seedAccounts": test.seed_accounts,
        "status": test.status(now),
        "mailboxesCount": test.mailboxes.len(),
        "createdAt": test.created_at.to_json(),
        "results": results,
    })
}
