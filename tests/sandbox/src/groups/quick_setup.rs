//! Quick setup: domains, mailboxes and their export in one call.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::domains::purchase::{self, PurchaseItem};
use super::mailbox::assign::{self, NewMailbox};
use super::mailbox::username;
use super::{Table, dns_shield, export, links, wallet};
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::{Cents, Counters, Domain, DomainKey, Life, Origin, READY, REGISTERING, SLOT_PRICE, State};

pub(super) const HANDLERS: Table =
    &[("quick_setup", quick_setup), ("get_quick_setup_progress", get_quick_setup_progress)];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Setup {
    domains: Vec<PurchaseItem>,
    mailboxes: BTreeMap<String, Vec<SetupMailbox>>,
    export_app: Option<String>,
    enable_dns_shield: bool,
}

/// A mailbox to create. Two names of the username field are documented; the sandbox accepts both.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SetupMailbox {
    #[serde(default)]
    first_name: String,
    #[serde(default)]
    last_name: String,
    mailbox_username: Option<String>,
    username: Option<String>,
    domain_name: Option<String>,
}

impl SetupMailbox {
    fn on(self, domain: &str) -> NewMailbox {
        NewMailbox {
            first_name: self.first_name,
            last_name: self.last_name,
            mailbox_username: self.mailbox_username.or(self.username).unwrap_or_default(),
            domain_name: self.domain_name.unwrap_or_else(|| domain.to_owned()),
            password: None,
        }
    }
}

/// Sets up everything or nothing. New domains, missing slots and DNS Shield are charged in one sum.
fn quick_setup(state: &mut State, request: &Request) -> HandlerResult {
    let setup: Setup = request.body()?;
    state.require_plan(request.workspace, request.now)?;
    let (owned, new): (Vec<_>, Vec<_>) =
        setup.domains.into_iter().partition(|item| find(state, request, &item.domain_name).is_some());
    let new = purchase::check(state, request, &new)?;
    let mut mailboxes = BTreeMap::<_, Vec<_>>::new();
    for (name, added) in setup.mailboxes {
        let name = name.to_lowercase();
        let added: Vec<_> = added.into_iter().map(|mailbox| mailbox.on(&name)).collect();
        mailboxes.entry(name).or_default().extend(added);
    }
    for (name, mailboxes) in &mailboxes {
        let blank = Domain::new(Uuid::nil(), name, request.workspace, Origin::Connected, request.now);
        let domain = match find(state, request, name) {
            Some(key) => state.domain(key),
            None if new.iter().any(|item| item.name == *name) => &blank,
            None => return Err(Refusal::invalid("mailboxes contains a domain that is missing from domains")),
        };
        mailboxes.iter().try_for_each(|mailbox| username::check(&mailbox.mailbox_username))?;
        assign::check_domain(domain, mailboxes, request)?;
    }
    let apps: Vec<_> = setup.export_app.into_iter().collect();
    let failure = export::failure(state, request.workspace, &apps, None)?;

    let requested: usize = mailboxes.values().map(Vec::len).sum();
    let free = Counters::of(state, request.workspace, request.now).free_slots;
    let slots = (requested as u64).saturating_sub(free);
    let unprotected = |key: &DomainKey| setup.enable_dns_shield && !state.is_shielded(*key);
    let mut shielded: Vec<_> = owned.iter().filter_map(|item| find(state, request, &item.domain_name)).collect();
    shielded.retain(unprotected);
    // A domain can be listed twice.
    shielded.sort_unstable();
    shielded.dedup();
    let shields = if setup.enable_dns_shield { shielded.len() + new.len() } else { 0 };
    let fees = SLOT_PRICE.times(slots).plus(dns_shield::MONTHLY_PRICE.times(shields as u64));
    state.charge("quick_setup", new.iter().map(|item| item.price).fold(fees, Cents::plus))?;

    let registered: Vec<_> = new.into_iter().filter_map(|item| purchase::register(state, request, item)).collect();
    if setup.enable_dns_shield {
        shielded.extend(registered);
    }
    if !shielded.is_empty() {
        dns_shield::protect_monthly(state, request, &shielded);
    }
    let batch = state.id_generator.next_id();
    wallet::add_slots(state, request, batch, slots);
    let begins = request.now.plus(REGISTERING);
    let mut created = Vec::new();
    for (name, mailboxes) in mailboxes {
        if let Some(key) = find(state, request, &name) {
            created.extend(assign::create(state, request, key, mailboxes, Life::CreatedFrom(begins)));
        }
    }
    if !apps.is_empty() {
        state.start_export(request.workspace, apps, created, begins.plus(READY), failure);
    }
    let invoice = links::invoice(batch);
    Ok(Success::flat(json!({"quickSetupBatchId": batch, "slotsNeeded": slots, "invoiceUrl": invoice})))
}

/// Returns the domain of the workspace with this name.
fn find(state: &State, request: &Request, name: &str) -> Option<DomainKey> {
    let domain = state.find_domain(name)?;
    state.domain_by_id(request.workspace, &domain.id.to_string()).ok()
}

/// Returns the progress of a domain in a flat response. Assumption: its field is called `status`.
fn get_quick_setup_progress(state: &mut State, request: &Request) -> HandlerResult {
    let name = request.query.require("domain")?;
    let key = find(state, request, name).ok_or_else(|| Refusal::not_found("Quick setup"))?;
    let domain = state.domain(key);
    let status = match domain.is_active(request.now) {
        false => "PENDING",
        true if domain.mailboxes.iter().all(|mailbox| mailbox.is_settled(request.now)) => "COMPLETED",
        true => "MAILBOX_IN_PROGRESS",
    };
    Ok(Success::flat(json!({"domain": name, "status": status})))
}
