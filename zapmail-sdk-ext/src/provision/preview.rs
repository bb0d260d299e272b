//! The preview: what a run would do, and what it would cost.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use zapmail_sdk::ids::DomainId;
use zapmail_sdk::{ErrorKind, Result};

use super::Provisioning;
use super::domains::{INACTIVE, has_status};
use super::plan::DomainSource;
use crate::Offer;
use crate::assign::rules::{Blocker, Preflight};
use crate::buy_domains;
use crate::journal::EntryState;
use crate::names;
use crate::rows;

/// The statuses of domains that become active without a request.
const WAITED_FOR: [&str; 2] = ["IN_PROGRESS", "PENDING"];

/// A preview of what [`Provisioning::run`](crate::Provisioning::run) would do and what it would cost. `Display` prints
/// lines for a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProvisionPreview {
    /// The domains that the account already has.
    pub owned: Vec<String>,
    /// The domains that would be bought, with their prices.
    pub bought: Vec<Offer>,
    /// The domains that would be connected.
    pub connected: Vec<String>,
    /// The domains whose settings would be set if they are not in effect yet.
    pub settings: Vec<String>,
    /// The addresses of the mailboxes that would be created.
    pub created: Vec<String>,
    /// The total price of the domains that would be bought, in USD, for the first year.
    pub price: Decimal,
    /// The balance of the wallet, in USD; `None` if it was not read, or the service does not report it.
    pub wallet: Option<Decimal>,
    /// The number of mailboxes that can be created; `None` if it was not read, or the service does not report it.
    pub free_slots: Option<u64>,
    /// The app to which the mailboxes would be exported.
    pub export: Option<String>,
    /// The problems that keep a run from completing the plan.
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
        match domain.filter(|domain| !rows::is_expired(domain)) {
            Some(domain) => {
                // A run waits for a domain that is still being registered or connected, and then creates its mailboxes.
                let is_waited_for = WAITED_FOR.iter().any(|status| has_status(&domain, status));
                if has_status(&domain, "INACTIVE") {
                    preview.problems.push(format!("{name}: {INACTIVE}"));
                } else if !is_waited_for {
                    ids.insert(name.clone(), domain.id);
                }
                preview.owned.push(name);
            }
            None => missing.entry(plan.source_of(&name).unwrap_or_default()).or_default().push(name),
        }
    }
    let mut remove = |source| missing.remove(&source).unwrap_or_default();
    for name in remove(DomainSource::Owned) {
        preview.problems.push(format!("{name}: the account does not have this domain; let the plan buy or connect it"));
    }
    preview.connected = remove(DomainSource::Connect);
    preview.add_offers(run, remove(DomainSource::Buy)).await?;
    preview.add_mailboxes(run, &ids).await?;
    preview.settings = plan.domains().filter(|name| plan.settings_for(name).is_some()).map(str::to_owned).collect();
    preview.export = plan.export.as_ref().map(|export| export.app.to_string());
    Ok(preview)
}

impl ProvisionPreview {
    /// Adds the domains that would be bought, their prices, and the problems that prevent the purchase.
    async fn add_offers(&mut self, run: &Provisioning, names: Vec<String>) -> Result<()> {
        let journal = run.zapmail.once_settings().map(|once| once.journal.clone());
        for offer in run.zapmail.check_domains(names).await? {
            if let Some(journal) = &journal {
                match journal.entry_for(run.zapmail.base_url(), &buy_domains::key(&offer.name)).await {
                    Ok(Some(entry)) if entry.state != EntryState::Claimed => self.problems.push(format!(
                        "{}: it was ordered at {}; a run first waits for this order",
                        offer.name, entry.started_at
                    )),
                    Ok(_) => {}
                    // The order is of a different service.
                    Err(error) if error.kind() == ErrorKind::Conflict => {
                        self.problems.push(format!("{}: {error}", offer.name));
                    }
                    Err(error) => return Err(error),
                }
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
            self.problems.push(format!("the domains cost {price} USD, which exceeds `at_most` ({at_most} USD)"));
        }
        self.wallet = run.zapmail.get_wallet_balance().send().await?.wallet_balance;
        if let Some(wallet) = self.wallet.filter(|wallet| *wallet < price) {
            self.problems.push(format!("the domains cost {price} USD, but the wallet contains only {wallet} USD"));
        }
        Ok(())
    }

    /// Adds the mailboxes that would be created, and the problems that prevent their creation.
    async fn add_mailboxes(&mut self, run: &Provisioning, ids: &BTreeMap<String, DomainId>) -> Result<()> {
        let mailboxes = run.zapmail.mailboxes_by_address(run.plan.addresses()).await?;
        let missing = mailboxes.into_iter().filter(|(_, mailbox)| mailbox.as_ref().is_none_or(rows::has_expired));
        self.created = missing.map(|(address, _)| address).collect();
        if self.created.is_empty() {
            return Ok(());
        }
        let preflight = Preflight::read(&run.zapmail).await?;
        for (name, id) in ids {
            let is_of = |address: &&String| address.rsplit_once('@').is_some_and(|(_, domain)| domain == name);
            let count = self.created.iter().filter(is_of).count();
            match preflight.blocker(id, count, run.per_domain).filter(|_| count > 0) {
                // The slots are checked for all domains together.
                None | Some(Blocker::Slots { .. }) => {}
                Some(blocker) => self.problems.push(format!("{name}: {blocker}")),
            }
        }
        self.free_slots = preflight.free_slots();
        let planned = self.created.len() as u64;
        if let Some(free) = self.free_slots.filter(|free| *free < planned) {
            self.problems.push(format!("{planned} mailboxes would be created, but only {free} slots are free"));
        }
        Ok(())
    }
}

impl fmt::Display for ProvisionPreview {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { owned, bought, connected, settings, created, price, wallet, free_slots, export, problems } = self;
        writeln!(formatter, "{} in the account", names::counted(owned.len(), "domain is", "domains are"))?;
        for offer in bought {
            writeln!(formatter, "buy {} for {} USD", offer.name, offer.price.unwrap_or_default())?;
        }
        for name in connected {
            writeln!(formatter, "connect {name}")?;
        }
        writeln!(formatter, "set the settings of {}", names::counted(settings.len(), "domain", "domains"))?;
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
