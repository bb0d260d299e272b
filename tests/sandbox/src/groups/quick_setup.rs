//! Domains, their mailboxes and the export of them in one call.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use super::domains::name;
use super::domains::offer::{self, Verdict};
use super::mailbox::username;
use super::{Table, dns_shield, export, wallet};
use crate::envelope::{Answer, Refusal, Success};
use crate::request::Request;
use crate::state::{
    Cents, DOMAIN_LIMIT, Domain, DomainKey, Life, Mailbox, Origin, Provider, QuickSetup, SLOT_PRICE, State, Tally,
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

/// Which of the two names of the username the service reads is not settled: both are.
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

/// All of it or nothing. New domains, the slots that are missing and the protection are charged in one sum.
fn quick_setup(state: &mut State, request: &Request) -> Answer {
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
    let wanted = setup.mailboxes.values().map(|mailboxes| mailboxes.len() as u64).sum::<u64>();
    let slots = wanted.saturating_sub(Tally::of(state, request.workspace, request.now).free_slots);
    let mut price = new.iter().fold(SLOT_PRICE.times(slots), |sum, (_, _, price)| sum.plus(*price));
    if setup.enable_dns_shield {
        let unprotected =
            |domain: &&SetupDomain| find(state, &domain.domain_name).is_none_or(|key| !state.is_shielded(key));
        price = price.plus(dns_shield::MONTHLY_PRICE.times(setup.domains.iter().filter(unprotected).count() as u64));
    }
    state.charge("quick_setup", price)?;
    for (name, years, _) in new {
        let until = request.now.after(YEAR.saturating_mul(years));
        let id = state.inventor.next_id();
        let origin = Origin::Registered { on: request.now, until };
        state.add_domain(Domain::new(id, name, request.workspace, origin, request.now));
    }
    let batch = state.inventor.next_id();
    wallet::add_slots(state, request, batch, slots);
    let domains: Vec<_> = setup.domains.iter().map(|domain| domain.domain_name.to_lowercase()).collect();
    let keys: Vec<_> = domains.iter().filter_map(|name| find(state, name)).collect();
    if setup.enable_dns_shield {
        let keys: Vec<_> = keys.iter().copied().filter(|key| !state.is_shielded(*key)).collect();
        if !keys.is_empty() {
            dns_shield::protect_monthly(state, request, &keys);
        }
    }
    keys.iter().for_each(|key| state.tell_of_domain(*key));
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
    /// The domains that have to be bought: their names, years and prices.
    fn check(&self, state: &State, request: &Request) -> Result<Vec<(String, u32, Cents)>, Refusal> {
        if self.domains.is_empty() {
            return Err(Refusal::invalid("domains must not be empty"));
        }
        let (mut names, mut new) = (HashSet::new(), Vec::new());
        for (position, domain) in self.domains.iter().enumerate() {
            let name = name::check(&domain.domain_name, &format!("domains.{position}.domainName"))?;
            let years = domain.years.unwrap_or(1).clamp(1, 10);
            let refused = |why: &str| Err(Refusal::rule(format!("{name} {why}")));
            if !names.insert(name.clone()) {
                return refused("is named twice");
            }
            match offer::judge(state, &name) {
                Verdict::InAccount => self.check_mailboxes(state, request, &name)?,
                Verdict::Available => {
                    new.push((name.clone(), years as u32, offer::price(&name, years).unwrap_or(Cents(0))));
                }
                Verdict::Taken | Verdict::Banned | Verdict::HasWorkspace | Verdict::NotSold => {
                    return refused("cannot be bought");
                }
            }
        }
        let mut with_mailboxes = HashSet::new();
        for (name, mailboxes) in &self.mailboxes {
            let name = name.to_lowercase();
            if !names.contains(&name) {
                return Err(Refusal::invalid("mailboxes names a domain that is not among domains"));
            }
            if !with_mailboxes.insert(name.clone()) {
                return Err(Refusal::rule("mailboxes names a domain twice"));
            }
            if mailboxes.len() > DOMAIN_LIMIT {
                return Err(Refusal::rule(format!("A domain can have a max of {DOMAIN_LIMIT} mailboxes")));
            }
            mailboxes.iter().try_for_each(|mailbox| username::check(mailbox.username()))?;
            let mut own_names = mailboxes.iter().filter_map(|mailbox| mailbox.domain_name.as_deref());
            if own_names.any(|own| !own.eq_ignore_ascii_case(&name)) {
                return Err(Refusal::invalid("domainName is not the domain that is the key"));
            }
            let mut taken = HashSet::new();
            if !mailboxes.iter().all(|mailbox| taken.insert(mailbox.username())) {
                return Err(Refusal::rule("A mailbox is named twice"));
            }
        }
        Ok(new)
    }

    /// Whether a domain that is there already takes its mailboxes.
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

    /// They are created once the domains are registered.
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
    let id = state.inventor.next_id();
    let new = Mailbox {
        id,
        username: Cow::Owned(mailbox.username().to_owned()),
        first_name: Cow::Owned(mailbox.first_name.clone()),
        last_name: Cow::Owned(mailbox.last_name.clone()),
        picture: None,
        code_seed: (provider == Provider::Google).then(|| state.inventor.next_code_seed()),
        life: Life::CreatedFrom(QuickSetup::mailboxes_begin(request.now)),
        assigned_on: request.now,
        password: None,
        removal_scheduled: false,
    };
    state.add_mailbox(key, new);
    state.tell_of_mailbox(key, id);
    id
}

/// Flat; that `status` is the key which holds the word is assumed.
fn get_quick_setup_progress(state: &mut State, request: &Request) -> Answer {
    let domain = request.query.require("domain")?;
    let mut setups = state.quick_setups.iter().rev();
    let found = setups.find(|setup| {
        setup.workspace == request.workspace && setup.domains.iter().any(|name| name.eq_ignore_ascii_case(domain))
    });
    let setup = found.ok_or_else(|| Refusal::not_found("Quick setup"))?;
    Ok(Success::flat(json!({"domain": domain, "status": setup.status(request.now)})))
}
