//! The search across all workspaces.

use serde_json::{Value, json};

use super::Table;
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::paging::Paging;
use crate::request::Request;
use crate::state::{Domain, Mailbox, Provider, State};

pub(super) const HANDLERS: Table = &[("search_mailboxes_and_domains", search_mailboxes_and_domains)];

/// Finds domains and mailboxes, each with its workspace and provider. The fields of a row are assumed. Unlike the
/// service's rows, according to reports, they contain no credentials.
fn search_mailboxes_and_domains(state: &mut State, request: &Request) -> HandlerResult {
    if request.query.get("page").is_none() || request.query.get("limit").is_none() {
        return Err(Refusal::rule("page and limit are required"));
    }
    let paging = Paging::of(&request.query)?;
    let (state, term) = (&*state, request.query.get("contains").unwrap_or_default().to_lowercase());
    let domains = state.workspace_keys().flat_map(|key| state.domains_of(key));
    let found = domains.flat_map(|domain| {
        let own_row = domain.name.contains(&term).then_some((domain, None));
        let mailboxes = domain.mailboxes.iter().filter(|mailbox| mailbox.address_contains(domain, &term));
        own_row.into_iter().chain(mailboxes.map(move |mailbox| (domain, Some(mailbox))))
    });
    let row = |(domain, mailbox)| row(state, request, domain, mailbox);
    let data = paging.paginate(found).data("results", row);
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
