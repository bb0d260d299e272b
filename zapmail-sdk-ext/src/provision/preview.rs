//! What a run would do, and what it would cost.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use zapmail_sdk::Result;
use zapmail_sdk::ids::DomainId;
use zapmail_sdk::types::{DomainStatus, Mailbox};

use super::Provisioning;
use super::plan::DomainSource;
use crate::Offer;
use crate::assign::rules::{Facts, Objection};
use crate::buy_domains;
use crate::journal::EntryState;

/// What [`Provisioning::run`](crate::Provisioning::run) would do, and what it would cost. Prints as lines for a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProvisionPreview {
    /// The domains that the account has already.
    pub owned: Vec<String>,
    /// The domains that would be bought, with their prices.
    pub bought: Vec<Offer>,
    /// The domains that would be connected.
    pub connected: Vec<String>,
    /// The domains whose settings would be set, unless they are in effect.
    pub settings: Vec<String>,
    /// The addresses of the mailboxes that would be created.
    pub created: Vec<String>,
    /// What the domains cost together, in USD, for the first year.
    pub price: Decimal,
    /// What the wallet has, in USD; `None` if the service does not report it.
    pub wallet: Option<Decimal>,
    /// How many mailboxes can be created; `None` if the service does not report it.
    pub free_slots: Option<u64>,
    /// The app that the mailboxes would be exported to.
    pub export: Option<String>,
    /// What keeps a run from carrying out the plan.
    pub problems: Vec<String>,
}

pub(super) async fn preview(run: &Provisioning) -> Result<ProvisionPreview> {
    let Provisioning { zapmail, plan, per_domain, .. } = run;
    let mut preview = ProvisionPreview { problems: plan.problems(*per_domain), ..ProvisionPreview::default() };
    if !preview.problems.is_empty() {
        return Ok(preview);
    }
    let mut ids = BTreeMap::new();
    let mut missing = BTreeMap::<_, Vec<_>>::new();
    for (name, domain) in zapmail.domains_by_name(plan.domains()).await? {
        let is_expired = |status: &DomainStatus| status.as_str().eq_ignore_ascii_case("EXPIRED");
        match domain.filter(|domain| !domain.status.as_ref().is_some_and(is_expired)) {
            Some(domain) => {
                preview.owned.push(name.clone());
                ids.insert(name, domain.id);
            }
            None => missing.entry(plan.source_of(&name).unwrap_or_default()).or_default().push(name),
        }
    }
    let mut take = |source| missing.remove(&source).unwrap_or_default();
    for name in take(DomainSource::Owned) {
        preview.problems.push(format!("{name}: the account does not have this domain; let the plan buy or connect it"));
    }
    preview.connected = take(DomainSource::Connect);
    preview.offers(run, take(DomainSource::Buy)).await?;
    preview.mailboxes(run, &ids).await?;
    preview.settings = plan.domains().filter(|name| plan.settings_for(name).is_some()).map(str::to_owned).collect();
    preview.export = plan.export.as_ref().map(|export| export.app.to_string());
    Ok(preview)
}

impl ProvisionPreview {
    /// What the domains that would be bought cost, and whether that is possible.
    async fn offers(&mut self, run: &Provisioning, names: Vec<String>) -> Result<()> {
        let journal = run.zapmail.once_settings().map(|once| once.journal.clone());
        for offer in run.zapmail.check_domains(names).await? {
            if let Some(journal) = &journal
                && let Some(entry) = journal.entry(&buy_domains::key(&offer.name)).await?
                && entry.state != EntryState::Claimed
            {
                self.problems
                    .push(format!("{}: it was ordered at {}; a run waits for it first", offer.name, entry.started_at));
            }
            match offer.price {
                Some(price) => {
                    self.price += price;
                    self.bought.push(offer);
                }
                None => self.problems.push(format!("{}: it cannot be bought", offer.name)),
            }
        }
        if self.bought.is_empty() {
            return Ok(());
        }
        let price = self.price;
        if let Some(at_most) = run.at_most.filter(|at_most| *at_most < price) {
            self.problems.push(format!("the domains cost {price} USD, which is more than `at_most`, {at_most} USD"));
        }
        self.wallet = run.zapmail.get_wallet_balance().send().await?.wallet_balance;
        if let Some(wallet) = self.wallet.filter(|wallet| *wallet < price) {
            self.problems.push(format!("the domains cost {price} USD, and the wallet has {wallet} USD"));
        }
        Ok(())
    }

    /// Which mailboxes would be created, and whether there is room for them.
    async fn mailboxes(&mut self, run: &Provisioning, ids: &BTreeMap<String, DomainId>) -> Result<()> {
        let is_there = |mailbox: &Mailbox| {
            !mailbox.status.as_ref().is_some_and(|status| status.as_str().eq_ignore_ascii_case("EXPIRED"))
        };
        let mailboxes = run.zapmail.mailboxes_by_address(run.plan.addresses()).await?;
        let missing = mailboxes.into_iter().filter(|(_, mailbox)| !mailbox.as_ref().is_some_and(is_there));
        self.created = missing.map(|(address, _)| address).collect();
        if self.created.is_empty() {
            return Ok(());
        }
        let facts = Facts::read(&run.zapmail).await?;
        for (name, id) in ids {
            let is_of = |address: &&String| address.rsplit_once('@').is_some_and(|(_, domain)| domain == name);
            let count = self.created.iter().filter(is_of).count();
            match facts.objection(id, count, run.per_domain).filter(|_| count > 0) {
                // That is a matter of all domains together.
                None | Some(Objection::Slots { .. }) => {}
                Some(objection) => self.problems.push(format!("{name}: {objection}")),
            }
        }
        self.free_slots = facts.free();
        let planned = self.created.len() as u64;
        if let Some(free) = self.free_slots.filter(|free| *free < planned) {
            self.problems.push(format!("{planned} mailboxes would be created and {free} slots are free"));
        }
        Ok(())
    }
}

impl fmt::Display for ProvisionPreview {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { owned, bought, connected, settings, created, price, wallet, free_slots, export, problems } = self;
        writeln!(formatter, "{} domains are in the account", owned.len())?;
        for offer in bought {
            writeln!(formatter, "buy {} for {} USD", offer.name, offer.price.unwrap_or_default())?;
        }
        for name in connected {
            writeln!(formatter, "connect {name}")?;
        }
        writeln!(formatter, "set the settings of {} domains", settings.len())?;
        for address in created {
            writeln!(formatter, "create {address}")?;
        }
        if let Some(app) = export {
            writeln!(formatter, "export to {app}")?;
        }
        for problem in problems {
            writeln!(formatter, "problem: {problem}")?;
        }
        write!(formatter, "price: {price} USD")?;
        if let Some(wallet) = wallet {
            write!(formatter, ", wallet: {wallet} USD")?;
        }
        if let Some(free) = free_slots {
            write!(formatter, ", free slots: {free}, needed: {}", created.len())?;
        }
        Ok(())
    }
}
