//! The list of testable mailboxes, and the purchase of a placement test.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::plans::credits;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::paging::Paging;
use crate::request::Request;
use crate::state::{Cents, Domain, Mailbox, PlacementTest, Provider, State};

/// The price per mailbox without a plan.
const PRICE: Cents = Cents(200);

const SEED_ACCOUNTS: [&str; 2] = ["google", "microsoft365"];

/// Lists the testable mailboxes in pages of domains, without counters. Like the service's rows, the rows resemble those
/// of `list_mailboxes`; their fields are assumed.
pub(super) fn list_placement_mailboxes(state: &mut State, request: &Request) -> HandlerResult {
    let paging = Paging::of(&request.query)?;
    let (state, status) = (&*state, request.query.get("status").unwrap_or("ACTIVE"));
    let is_testable = |mailbox: &Mailbox| {
        mailbox.status(request.now).eq_ignore_ascii_case(status)
            && !state.placement.is_under_test(mailbox.id, request.now)
    };
    let found = state
        .domains_of(request.workspace)
        .filter(|domain| domain.is_active(request.now) && domain.mailboxes.iter().any(is_testable));
    let row = |domain: &Domain| {
        let mailboxes = domain.mailboxes.iter().filter(|mailbox| is_testable(mailbox)).map(|mailbox| {
            json!({
                "id": mailbox.id,
                "email": mailbox.address(domain),
                "firstName": mailbox.first_name,
                "lastName": mailbox.last_name,
                "status": mailbox.status(request.now),
            })
        });
        json!({
            "id": domain.id,
            "domain": domain.name,
            "serviceProvider": domain.provider.map(Provider::as_str),
            "mailboxes": mailboxes.collect::<Value>(),
        })
    };
    let rows: Value = paging.paginate(found).rows.into_iter().map(row).collect();
    Ok(Success::data("Eligible mailboxes fetched successfully", json!({"domains": rows})))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Purchase {
    placement_type: String,
    test_name: String,
    mailbox_ids: Vec<String>,
    seed_accounts: Vec<String>,
}

/// Purchases a test, for one credit per mailbox. Assumption: the response contains the order's id.
pub(super) fn purchase_placement_test(state: &mut State, request: &Request) -> HandlerResult {
    let Purchase { placement_type, test_name: name, mailbox_ids, seed_accounts } = request.body()?;
    if mailbox_ids.is_empty() || seed_accounts.is_empty() {
        return Err(Refusal::invalid("mailboxIds and seedAccounts must not be empty"));
    }
    if seed_accounts.iter().any(|account| !SEED_ACCOUNTS.contains(&&**account)) {
        return Err(Refusal::invalid(format!("seedAccounts must contain only {}", SEED_ACCOUNTS.join(", "))));
    }
    // Sorted and without duplicates.
    let mut mailboxes = BTreeMap::new();
    for id in &mailbox_ids {
        let (domain, mailbox) = state.mailbox_by_id(request.workspace, id)?;
        let running = state.placement.is_under_test(mailbox.id, request.now);
        if running || !mailbox.is_active(request.now) || !domain.is_active(request.now) {
            return Err(Refusal::rule(format!("{} cannot be tested now", mailbox.address(domain))));
        }
        mailboxes.insert(mailbox.id, mailbox.address(domain));
    }
    let count = mailboxes.len() as u64;
    match &*placement_type {
        "MONTHLY" => {
            let available = credits(state, request, false) + credits(state, request, true);
            if count > available {
                let message = format!("Not enough placement test credits. Required: {count}, Available: {available}");
                return Err(Refusal::rule(message));
            }
            state.placement.spend(request.workspace, count, request.now);
        }
        "ONE_TIME" => state.charge("purchase_placement_test", PRICE.times(count))?,
        _ => return Err(Refusal::invalid("placementType must be MONTHLY or ONE_TIME")),
    }
    let id = state.id_generator.next_id();
    let (workspace, created_at) = (request.workspace, request.now);
    let mailboxes = mailboxes.into_iter().collect();
    let test = PlacementTest { id, workspace, name, placement_type, seed_accounts, mailboxes, created_at };
    let data = json!({"cartOrderId": id, "status": test.status(request.now)});
    state.start_placement_test(test);
    Ok(Success::data("Placement test purchased successfully", data))
}
