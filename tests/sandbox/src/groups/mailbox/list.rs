//! The list of mailboxes by domain, and the details of a single mailbox.

use axum::http::StatusCode;
use serde_json::{Value, json};
use zapmail_sdk::Secret;

use super::code::base32;
use crate::clock::Timestamp;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::paging::Paging;
use crate::request::Request;
use crate::shapes::Shapes;
use crate::state::{Counters, Domain, Mailbox, Provider, State};

/// The password of every mailbox that was assigned without one.
const PASSWORD: &str = "not-a-real-password";

/// The app password of every mailbox, with spaces, as Google shows it.
const APP_PASSWORD: &str = "nota real pass word";

/// Lists mailboxes in pages of domains. A row contains all mailboxes of its domain, even if only one of them matches
/// the search.
pub(super) fn list_mailboxes(state: &mut State, request: &Request) -> HandlerResult {
    let paging = Paging::of(&request.query)?;
    let term = request.query.get("contains").unwrap_or_default();
    let found =
        state.domains_of(request.workspace).filter(|domain| !domain.mailboxes.is_empty() && contains(domain, term));
    let counters = Counters::of(state, request.workspace, request.now);
    let pre_warmed = || state.mailboxes_of(request.workspace).filter(|(domain, _)| domain.is_pre_warmed());
    let extra = json!({
        "purchasedMailboxes": counters.slots,
        "totalAssignedMailboxes": counters.assigned(),
        "totalAssignedPreWarmedUpMailboxes": pre_warmed().count(),
        "totalActiveMailboxes": counters.active(),
        "totalActivePreWarmedUpMailboxes": pre_warmed().filter(|(_, mailbox)| mailbox.is_active(request.now)).count(),
        "availableMailboxes": counters.free_slots,
        "scheduledMailboxes": counters.scheduled,
    });
    let data = paging.paginate(found).data_with("domains", |domain| domain_row(domain, request.now), extra);
    Ok(Success::data("Mailboxes fetched successfully", data))
}

fn contains(domain: &Domain, term: &str) -> bool {
    domain.name_contains(term) || domain.mailboxes.iter().any(|mailbox| mailbox.address_contains(domain, term))
}

fn domain_row(domain: &Domain, now: Timestamp) -> Value {
    let mut row = json!({
        "id": domain.id,
        "domain": domain.name,
        "status": domain.status(now),
        "serviceProvider": domain.provider.map(Provider::as_str),
        "mailboxes": domain.mailboxes.iter().map(|mailbox| mailbox_row(domain, mailbox, now)).collect::<Value>(),
    });
    // Whether Google domains have admin details is not documented; here they have none.
    if let Some(admin) = &domain.admin {
        row["adminDetails"] = json!({
            "domainId": domain.id,
            "email": format!("admin@{}", domain.name),
            "newPassword": PASSWORD,
            "secret": admin.code_seed.map(base32),
            "recoveryEmail": format!("rec@{}", domain.name),
        });
        // The field has been observed, but not its shape, which is assumed.
        row["msSubAdminDetails"] = json!({"email": format!("sub-admin@{}", domain.name), "password": PASSWORD});
    }
    row
}

/// Returns a mailbox as in the list, with more fields than in `get_mailbox`.
fn mailbox_row(domain: &Domain, mailbox: &Mailbox, now: Timestamp) -> Value {
    let mut row = details(domain, mailbox, now);
    row["email"] = mailbox.address(domain).into();
    row["recoveryEmail"] = mailbox.is_active(now).then(|| format!("rec@{}", domain.name)).into();
    row["isWarmedUp"] = domain.is_pre_warmed().into();
    row["serviceProvider"] = domain.provider.map(Provider::as_str).into();
    row
}

/// Returns the fields that a mailbox has in all responses. Credentials are null until the mailbox is active.
fn details(domain: &Domain, mailbox: &Mailbox, now: Timestamp) -> Value {
    let active = mailbox.is_active(now);
    let google = domain.provider == Some(Provider::Google);
    json!({
        "id": mailbox.id,
        "username": mailbox.username,
        "firstName": mailbox.first_name,
        "lastName": mailbox.last_name,
        "password": active.then(|| mailbox.password.as_ref().map_or(PASSWORD, Secret::expose)),
        "appPassword": (active && google).then_some(APP_PASSWORD),
        "secret": mailbox.code_seed.filter(|_| active).map(base32),
        "status": mailbox.status(now),
        "profilePicture": mailbox.picture,
        "domain": domain.name,
        "domainId": domain.id,
        "assignedOn": mailbox.assigned_on.to_json(),
        "expireOn": mailbox.expires_on().to_json(),
        "createdAt": mailbox.assigned_on.to_json(),
    })
}

/// Returns a mailbox, without its address and provider. Without an id, the service has failed with 500 for months.
pub(super) fn get_mailbox(state: &mut State, request: &Request) -> HandlerResult {
    let failure = || Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error");
    let id = request.query.get("id").ok_or_else(failure)?;
    let (domain, mailbox) = match state.mailbox_by_id(request.workspace, id) {
        // Observed both as status 404 and as an error in a response with status 200.
        Err(refusal) if state.shapes == Shapes::Documented => {
            return Ok(refusal.inside_success(state.id_generator.next_id()));
        }
        found => found?,
    };
    Ok(Success::data("Mailbox fetched successfully", json!({"mailbox": details(domain, mailbox, request.now)})))
}
