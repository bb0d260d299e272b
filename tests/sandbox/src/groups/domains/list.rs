//! Lists and searches of domains.

use serde::Deserialize;
use serde_json::{Value, json};

use super::tags;
use crate::clock::Timestamp;
use crate::envelope::{HandlerResult, Success};
use crate::paging::Paging;
use crate::request::Request;
use crate::state::{DOMAIN_LIMIT, Domain, NAME_SERVERS, Origin, Provider, Setting, State, Workspace};

pub(super) fn list_domains(state: &mut State, request: &Request) -> HandlerResult {
    let term = request.query.get("contains").unwrap_or_default();
    page(state, request, Paging::of(&request.query)?, |domain| domain.name_contains(term))
}

/// Lists the active domains that can take more mailboxes.
pub(super) fn list_assignable_domains(state: &mut State, request: &Request) -> HandlerResult {
    let term = request.query.get("contains").unwrap_or_default();
    page(state, request, Paging::of(&request.query)?, |domain| {
        domain.name_contains(term) && domain.is_active(request.now) && domain.mailboxes.len() < DOMAIN_LIMIT
    })
}

fn page(state: &State, request: &Request, paging: Paging, fits: impl Fn(&Domain) -> bool + Clone) -> HandlerResult {
    let workspace = state.workspace(request.workspace);
    let found = state.domains_of(request.workspace).filter(|domain| fits(domain));
    let data = paging.paginate(found).data("domains", |domain| row(domain, workspace, request.now));
    Ok(Success::data("Domains fetched successfully", data))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Search {
    status: Statuses,
    contains: String,
    tag_ids: Vec<String>,
    sort_by: Option<String>,
}

/// One status, as documented, or several, as observed to work.
#[derive(Deserialize)]
#[serde(untagged)]
enum Statuses {
    One(String),
    Several(Vec<String>),
}

impl Default for Statuses {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

impl Statuses {
    fn as_slice(&self) -> &[String] {
        match self {
            Self::One(status) => std::slice::from_ref(status),
            Self::Several(statuses) => statuses,
        }
    }
}

/// Searches domains. The sort key is not documented; here it is the name.
pub(super) fn search_domains(state: &mut State, request: &Request) -> HandlerResult {
    let search: Search = request.body()?;
    let statuses = search.status.as_slice();
    let fits = |domain: &&Domain| {
        domain.name_contains(&search.contains)
            && (statuses.is_empty() || statuses.iter().any(|status| status == domain.status(request.now)))
            && (search.tag_ids.is_empty() || domain.has_tag(&search.tag_ids))
    };
    let mut found: Vec<_> = state.domains_of(request.workspace).filter(fits).collect();
    match search.sort_by.as_deref() {
        Some("ASC") => found.sort_by(|left, right| left.name.cmp(&right.name)),
        Some("DESC") => found.sort_by(|left, right| right.name.cmp(&left.name)),
        _ => {}
    }
    let paging = Paging::of_either(&request.query, &request.body)?;
    let workspace = state.workspace(request.workspace);
    let data = paging.paginate(found.into_iter()).data("domains", |domain| row(domain, workspace, request.now));
    Ok(Success::data("Domains fetched successfully", data))
}

/// Returns the row of a domain in all lists. Fields for which the sandbox has no data contain neutral values.
fn row(domain: &Domain, workspace: &Workspace, now: Timestamp) -> Value {
    let (forward_to, forward_to_added) = Setting::to_json(domain.forwarding.as_ref(), now);
    let (dmarc_email, dmarc_added) = Setting::to_json(domain.dmarc.as_ref(), now);
    let (forwarding_email, forwarding_added) = Setting::to_json(domain.email_forwarding.as_ref(), now);
    let (catch_all, catch_all_added) = Setting::to_json(domain.catch_all.as_ref(), now);
    let (is_shielded, is_shield_pending) = domain.shield(now);
    let is_authenticating = domain.dmarc.as_ref().is_some_and(|setting| !setting.is_in_force(now));
    json!({
        "id": domain.id,
        "workspaceId": workspace.id,
        "domain": domain.name,
        "status": domain.status(now),
        "createdAt": domain.created_at.to_json(),
        "updatedAt": domain.updated_at.to_json(),
        "forwardTo": forward_to,
        "forwardToAddedOnReseller": forward_to_added,
        "dmarcEmail": dmarc_email,
        "dmarcEmailAddedToReseller": dmarc_added,
        "nameServers": NAME_SERVERS,
        // A number as a string, as documented.
        "assignedMailboxesCount": domain.mailboxes.len().to_string(),
        "mailboxes": mailboxes(domain, now),
        "registeredOn": domain.registered_on().map(Timestamp::to_json),
        "expireOn": domain.expires_on().map(Timestamp::to_json),
        "autoRenew": domain.auto_renew,
        "maskForwarding": false,
        "forwardingEmail": forwarding_email,
        "forwardingEmailAdded": forwarding_added,
        "catchAllEmail": catch_all,
        "catchAllEmailAdded": catch_all_added,
        "expectedNameServers": NAME_SERVERS,
        "dnsBoxInvalidNameServers": false,
        "dnsAuthenticationInProgress": is_authenticating,
        "dnsShieldEnabled": is_shielded,
        "dnsShieldUpdateInProgress": is_shield_pending,
        "isCloudflareConnected": false,
        "isWarmedUp": matches!(domain.origin, Origin::PreWarmed { .. }),
        "captchaEnabled": false,
        "unusedDomainNotification": null,
        "transferRequired": false,
        "transferInternally": false,
        "isaftermarket": matches!(domain.origin, Origin::Aged { .. }),
        "tags": tags::of_domain(domain, workspace),
        "serviceProvider": domain.provider.map(Provider::as_str),
    })
}

/// Returns the mailboxes of a domain, without addresses and credentials.
fn mailboxes(domain: &Domain, now: Timestamp) -> Value {
    let rows = domain.mailboxes.iter().map(|mailbox| {
        json!({
            "id": mailbox.id,
            "username": mailbox.username,
            "domain": domain.name,
            "firstName": mailbox.first_name,
            "lastName": mailbox.last_name,
            "status": mailbox.status(now),
            "createdAt": mailbox.assigned_on.to_json(),
        })
    });
    rows.collect()
}
