//! Quick setup: domains, mailboxes and their export in one call.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::domains::name;
use super::domains::offer::{self, Availability};
use super::mailbox::username;
use super::{Table, dns_shield, export, wallet};
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::{
    Cents, Counters, DOMAIN_LIMIT, Domain, DomainKey, Life, Mailbox, Origin, Provider, QuickSetup, SLOT_PRICE, State,
};

pub(super) const HANDLERS: Table =
    &[("quick_setup", quick_setup), ("get_quick_setup_progress", get_quick_setup_progress)];

const YEAR: Duration = Duration::from_secs(365 * 24 * 60 * 60);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Setup {
    domains: Vec<SetupDomain>,
    mailboxes: BTreeMap<String, Vec<SetupMailbox>>,
    export_app: Option<String>,
    enable_dns_shield: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SetupDomain {
    domain_name: String,
    years: Option<u64>,
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
    fn username(&self) -> &str {
        self.mailbox_username.as_deref().or(self.username.as_deref()).unwrap_or_default()
    }
}

/// Sets up everything or nothing. New domains, missing slots and DNS Shield are charged in one sum.
fn quick_setup(state: &mut State, request: &Request) -> HandlerResult {
    let setup: Setup = request.body()?;
    if state.workspace(request.workspace).billing.is_none() {
        return Err(Refusal::rule("Please add billing details before making a purchase"));
    }
    state.require_plan(request.workspace, request.now)?;
    let new = setup.check(state, request)?;
    let export_fails = match &setup.export_app {
        Some(app) => Some(export::failure(state, request.workspace, std::slice::from_ref(app), None)?.is_some()),
        None => None,
    };
    let requested = setup.mailboxes.values().map(|mailboxes| mailboxes.len() as u64).sum::<u64>();
    let slots = requested.saturating_sub(Counters::of(state, request.workspace, request.now).free_slots);
    let mut price = new.iter().fold(SLOT_PRICE.times(slots), |sum, (_, _, price)| sum.plus(*price));
    if setup.enable_dns_shield {
        let unprotected =
            |domain: &&SetupDomain| find(state, &domain.domain_name).is_none_or(|key| !state.is_shielded(key));
        price = price.plus(dns_shield::MONTHLY_PRICE.times(setup.domains.iter().filter(unprotected).count() as u64));
    }
    state.charge("quick_setup", price)?;
    for (name, years, _) in new {
        let until = request.now.plus(YEAR.saturating_mul(years));
        let id = state.id_generator.next_id();
        let origin = Origin::Registered { on: request.now, until };
        state.add_domain(Domain::new(id, name, request.workspace, origin, request.now));
    }
    let batch = state.id_generator.next_id();
    wallet::add_slots(state, request, batch, slots);
    let domains: Vec<_> = setup.domains.iter().map(|domain| domain.domain_name.to_lowercase()).collect();
    let keys: Vec<_> = domains.iter().filter_map(|name| find(state, name)).collect();
    if setup.enable_dns_shield {
        let keys: Vec<_> = keys.iter().copied().filter(|key| !state.is_shielded(*key)).collect();
        if !keys.is_empty() {
            dns_shield::protect_monthly(state, request, &keys);
        }
    }
    keys.iter().for_each(|key| state.emit_domain_updated(*key));
    let exported = setup.create_mailboxes(state, request);
    if let (Some(app), Some(fails)) = (setup.export_app, export_fails) {
        let failure = fails.then(|| "Invalid account credentials".to_owned());
        let begins = QuickSetup::export_begins(request.now);
        state.start_export(request.workspace, vec![app], exported, begins, failure);
    }
    let (workspace, started) = (request.workspace, request.now);
    state.quick_setups.push(QuickSetup { workspace, domains, export_fails, started });
    let invoice = format!("https://invoice.example.com/i/{batch}");
    Ok(Success::flat(json!({"quickSetupBatchId": batch, "slotsNeeded": slots, "invoiceUrl": invoice})))
}

impl Setup {
    /// Checks the request. Returns the names, years and prices of the domains to buy.
    fn check(&self, state: &State, request: &Request) -> Result<Vec<(String, u32, Cents)>, Refusal> {
        if self.domains.is_empty() {
            return Err(Refusal::invalid("domains must not be empty"));
        }
        let (mut names, mut new) = (HashSet::new(), Vec::new());
        for (position, domain) in self.domains.iter().enumerate() {
            let name = name::check(&domain.domain_name, &format!("domains.{position}.domainName"))?;
            let years = domain.years.unwrap_or(1).clamp(1, 10);
            let refused = |reason: &str| Err(Refusal::rule(format!("{name} {reason}")));
            if !names.insert(name.clone()) {
                return refused("is listed twice");
            }
            match offer::availability(state, &name) {
                Availability::InAccount => self.check_mailboxes(state, request, &name)?,
                Availability::Available => {
                    new.push((name.clone(), years as u32, offer::price(&name, years).unwrap_or(Cents(0))));
                }
                Availability::Taken | Availability::Banned | Availability::HasWorkspace | Availability::NotSold => {
                    return refused("cannot be bought");
                }
            }
        }
        let mut with_mailboxes = HashSet::new();
        for (name, mailboxes) in &self.mailboxes {
            let name = name.to_lowercase();
            if !names.contains(&name) {
                return Err(Refusal::invalid("mailboxes contains a domain that is missing from domains"));
            }
            if !with_mailboxes.insert(name.clone()) {
                return Err(Refusal::rule("mailboxes contains a domain twice"));
            }
            if mailboxes.len() > DOMAIN_LIMIT {
                return Err(Refusal::rule(format!("A domain can have a max of {DOMAIN_LIMIT} mailboxes")));
            }
            mailboxes.iter().try_for_each(|mailbox| username::check(mailbox.username()))?;
            let mut domain_names = mailboxes.iter().filter_map(|mailbox| mailbox.domain_name.as_deref());
            if domain_names.any(|other| !other.eq_ignore_ascii_case(&name)) {
                return Err(Refusal::invalid("domainName does not match the domain in the key"));
            }
            let mut taken = HashSet::new();
            if !mailboxes.iter().all(|mailbox| taken.insert(mailbox.username())) {
                return Err(Refusal::rule("A mailbox is listed twice"));
            }
        }
        Ok(new)
    }

    /// Checks whether the new mailboxes can be created on an existing domain.
    fn check_mailboxes(&self, state: &State, request: &Request, name: &str) -> Result<(), Refusal> {
        let domain = state.find_domain(name).filter(|domain| domain.workspace == request.workspace);
        let domain = domain.ok_or_else(|| Refusal::rule(format!("{name} is in another workspace")))?;
        let new = self.mailboxes_of(name);
        if domain.mailboxes.len() + new.len() > DOMAIN_LIMIT {
            return Err(Refusal::rule(format!("A domain can have a max of {DOMAIN_LIMIT} mailboxes")));
        }
        let taken = |new: &SetupMailbox| domain.mailboxes.iter().any(|old| old.username == new.username());
        if new.iter().any(taken) {
            return Err(Refusal::rule("A mailbox with this username already exists on the domain"));
        }
        Ok(())
    }

    fn mailboxes_of(&self, name: &str) -> &[SetupMailbox] {
        let found = self.mailboxes.iter().find(|(domain, _)| domain.eq_ignore_ascii_case(name));
        found.map(|(_, mailboxes)| &**mailboxes).unwrap_or_default()
    }

    /// Adds the mailboxes, whose creation begins once the domains are registered.
    fn create_mailboxes(&self, state: &mut State, request: &Request) -> Vec<Uuid> {
        let mut created = Vec::new();
        for (name, mailboxes) in &self.mailboxes {
            let Some(key) = find(state, name) else { continue };
            for mailbox in mailboxes {
                created.push(create_mailbox(state, request, key, mailbox));
            }
        }
        created
    }
}

fn find(state: &State, name: &str) -> Option<DomainKey> {
    let domain = state.find_domain(name)?;
    state.domain_by_id(domain.workspace, &domain.id.to_string()).ok()
}

fn create_mailbox(state: &mut State, request: &Request, key: DomainKey, mailbox: &SetupMailbox) -> Uuid {
    let provider = *state.domain_mut(key).provider.get_or_insert(Provider::Google);
    let id = state.id_generator.next_id();
    let new = Mailbox {
        id,
        username: Cow::Owned(mailbox.username().to_owned()),
        first_name: Cow::Owned(mailbox.first_name.clone()),
        last_name: Cow::Owned(mailbox.last_name.clone()),
        picture: None,
        code_seed: (provider == Provider::Google).then(|| state.id_generator.next_code_seed()),
        life: Life::CreatedFrom(QuickSetup::mailboxes_begin(request.now)),
        assigned_on: request.now,
        password: None,
        removal_scheduled: false,
    };
    state.add_mailbox(key, new);
    state.emit_mailbox_updated(key, id);
    id
}

/// Returns the progress in a flat response. Assumption: its field is called `status`.
fn get_quick_setup_progress(state: &mut State, request: &Request) -> HandlerResult {
    let domain = request.query.require("domain")?;
    let mut setups = state.quick_setups.iter().rev();
    let found = setups.find(|setup| {
        setup.workspace == request.workspace && setup.domains.iter().any(|name| name.eq_ignore_ascii_case(domain))
    });
    let setup = found.ok_or_else(|| Refusal::not_found("Quick setup"))?;
    Ok(Success::flat(json!({"domain": domain, "status": setup.status(request.now)})))
}
