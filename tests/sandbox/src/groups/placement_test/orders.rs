//! The tests that were bought.

use serde_json::{Value, json};

use super::report::figures;
use crate::clock::Moment;
use crate::envelope::{Answer, Success};
use crate::paging::Paging;
use crate::request::Request;
use crate::state::{PlacementTest, State};

/// Newest first, without counters, as live.
pub(super) fn list_placement_orders(state: &mut State, request: &Request) -> Answer {
    let paging = Paging::of(&request.query)?;
    let found = state.placement.tests_of(request.workspace).rev();
    let rows: Value = paging.cut(found).rows.into_iter().map(|test| row(test, request.now)).collect();
    Ok(Success::data("Orders fetched successfully", json!({"testGroups": rows})))
}

/// What a row is made of is assumed, but for an id of the order.
pub(super) fn row(test: &PlacementTest, now: Moment) -> Value {
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
