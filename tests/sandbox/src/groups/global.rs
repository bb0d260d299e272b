//! The search over all workspaces.

use serde_json::{Value, json};

use super::Table;
use crate::envelope::{Answer, Refusal, Success};
use crate::paging::Paging;
use crate::request::Request;
use crate::state::{Domain, Mailbox, Provider, State};

pub(super) const HANDLERS: Table = &[("search_mailboxes_and_domains", search_mailboxes_and_domains)];

/// Domains and mailboxes, each with its workspace and provider. What a row is made of is assumed; unlike the service's, as
/// some say, it holds no credentials.
fn search_mailboxes_and_domains(state: &mut State, request: &Request) -> Answer {
    if request.query.get("page").is_none() || request.query.get("limit").is_none() {
        return Err(Refusal::rule("page and limit are required"));
    }
    let paging = Paging::of(&request.query)?;
    let (state, sought) = (&*state, request.query.get("contains").unwrap_or_default().to_lowercase());
    let domains = state.workspace_keys().flat_map(|key| state.domains_of(key));
    let found = domains.flat_map(|domain| {
        let itself = domain.name.contains(&sought).then_some((domain, None));
        let mailboxes = domain.mailboxes.iter().filter(|mailbox| mailbox.address_contains(domain, &sought));
        itself.into_iter().chain(mailboxes.map(move |mailbox| (domain, Some(mailbox))))
    });
    let row = |(domain, mailbox)| row(state, request, domain, mailbox);
    let data = paging.cut(found).data("results", row);
    Ok(Success::data("Search results fetched successfully", data))
}

fn row(state: &State, request: &Request, domain: &Domain, mailbox: Option<&Mailbox>) -> Value {
    let workspace = state.workspace(domain.workspace);
    let mut row = json!({
        "domainId": domain.id,
        "domain": domain.name,
        "domainStatus": domain.status(request.now),
        "serviceProvider": domain.provider.map(Provider::as_str),
        "workspaceId": workspace.id,
        "workspaceName": workspace.name,
    });
    if let Some(mailbox) = mailbox {
        row["mailboxId"] = json!(mailbox.id);
        row["email"] = mailbox.address(domain).into();
        row["mailboxStatus"] = mailbox.status(request.now).into();
    }
    row
}
