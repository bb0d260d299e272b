//! What is told of mailboxes: all of them domain by domain, and each alone.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::code::base32;
use crate::clock::Moment;
use crate::envelope::{Answer, Refusal, Success};
use crate::paging::Paging;
use crate::request::Request;
use crate::shapes::Shapes;
use crate::state::{Domain, Mailbox, Password, Provider, State, Tally};

/// The password of every mailbox whose assignment chose none.
const PASSWORD: &str = "not-a-real-password";

/// Every app password of the sandbox, with blanks as Google shows them.
const APP_PASSWORD: &str = "nota real pass word";

/// Pages by domain; each row has all of its mailboxes, also when only one of them was looked for.
pub(super) fn list_mailboxes(state: &mut State, request: &Request) -> Answer {
    let paging = Paging::of(&request.query)?;
    let sought = request.query.get("contains").unwrap_or_default();
    let found =
        state.domains_of(request.workspace).filter(|domain| !domain.mailboxes.is_empty() && contains(domain, sought));
    let tally = Tally::of(state, request.workspace, request.now);
    let pre_warmed = || state.mailboxes_of(request.workspace).filter(|(domain, _)| domain.is_pre_warmed());
    let counters = json!({
        "purchasedMailboxes": tally.slots,
        "totalAssignedMailboxes": tally.assigned(),
        "totalAssignedPreWarmedUpMailboxes": pre_warmed().count(),
        "totalActiveMailboxes": tally.active(),
        "totalActivePreWarmedUpMailboxes": pre_warmed().filter(|(_, mailbox)| mailbox.is_active(request.now)).count(),
        "availableMailboxes": tally.free_slots,
        "scheduledMailboxes": tally.scheduled,
    });
    let data = paging.cut(found).data_with("domains", |domain| domain_row(domain, request.now), counters);
    Ok(Success::data("Mailboxes fetched successfully", data))
}

fn contains(domain: &Domain, sought: &str) -> bool {
    domain.name_contains(sought) || domain.mailboxes.iter().any(|mailbox| mailbox.address_contains(domain, sought))
}

fn domain_row(domain: &Domain, now: Moment) -> Value {
    let mut row = json!({
        "id": domain.id,
        "domain": domain.name,
        "status": domain.status(now),
        "serviceProvider": domain.provider.map(Provider::as_str),
        "mailboxes": domain.mailboxes.iter().map(|mailbox| mailbox_row(domain, mailbox, now)).collect::<Value>(),
    });
    // Whether Google's domains have admin details is not documented: here they have none.
    if let Some(admin) = &domain.admin {
        row["adminDetails"] = json!({
            "domainId": domain.id,
            "email": format!("admin@{}", domain.name),
            "newPassword": PASSWORD,
            "secret": admin.code_seed.map(base32),
            "recoveryEmail": format!("rec@{}", domain.name),
        });
        // Observed without its form, which is assumed.
        row["msSubAdminDetails"] = json!({"email": format!("sub-admin@{}", domain.name), "password": PASSWORD});
    }
    row
}

/// A mailbox as the list shows it: with more than it shows of itself alone.
fn mailbox_row(domain: &Domain, mailbox: &Mailbox, now: Moment) -> Value {
    let mut row = details(domain, mailbox, now);
    row["email"] = mailbox.address(domain).into();
    row["recoveryEmail"] = mailbox.is_active(now).then(|| format!("rec@{}", domain.name)).into();
    row["isWarmedUp"] = domain.is_pre_warmed().into();
    row["serviceProvider"] = domain.provider.map(Provider::as_str).into();
    row
}

/// The parts that a mailbox has everywhere. Its credentials come when it is ready.
fn details(domain: &Domain, mailbox: &Mailbox, now: Moment) -> Value {
    let active = mailbox.is_active(now);
    let google = domain.provider == Some(Provider::Google);
    json!({
        "id": mailbox.id,
        "username": mailbox.username,
        "firstName": mailbox.first_name,
        "lastName": mailbox.last_name,
        "password": active.then(|| mailbox.password.as_ref().map_or(PASSWORD, Password::as_str)),
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

/// Without an id the service fails, as it has done for months; the mailbox has no address of its own here, nor its provider.
pub(super) fn get_mailbox(state: &mut State, request: &Request) -> Answer {
    let failure = || Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal server error");
    let id = request.query.get("id").ok_or_else(failure)?;
    let (domain, mailbox) = match state.mailbox_by_id(request.workspace, id) {
        // Seen both as 404 and as an error inside an answer with status 200.
        Err(refusal) if state.shapes == Shapes::Documented => {
            return Ok(refusal.inside_success(state.inventor.next_id()));
        }
        found => found?,
    };
    Ok(Success::data("Mailbox fetched successfully", json!({"mailbox": details(domain, mailbox, request.now)})))
}
