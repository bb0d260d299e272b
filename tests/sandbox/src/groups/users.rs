//! The account that owns the API key.

use serde_json::json;

use super::Table;
use crate::envelope::{HandlerResult, Success};
use crate::request::Request;
use crate::state::{Counters, State};

pub(super) const HANDLERS: Table = &[("get_user", get_user)];

fn get_user(state: &mut State, request: &Request) -> HandlerResult {
    let counters = Counters::of_account(state, request.now);
    let mut plans = state.subscriptions.iter().filter(|plan| plan.base && plan.is_running(request.now));
    Ok(Success::data(
        "User details fetched successfully",
        json!({
            "id": state.account.id,
            "email": "ops@agency.example.com",
            "firstName": "Dana",
            "lastName": "Reed",
            "activePlan": plans.next_back().map(|plan| plan.plan.name()),
            "planEndsOn": state.account.plan_ends_on.to_json(),
            "purchasedMailboxes": counters.slots,
            "assignedMailboxes": counters.assigned(),
            "userCreatedAt": state.account.created_at.to_json(),
            "walletBalance": state.wallet.balance.to_json(),
        }),
    ))
}
