//! What a run would do, and what it would cost.

use std::collections::BTreeMap;
use std::fmt;

use rust_decimal::Decimal;
use serde::Serialize;
use zapmail_sdk::types::DomainStatus;
use zapmail_sdk::{Numeric, Result};

use super::plan::{DomainSource, ProvisionPlan};
use crate::{Offer, Zapmail};

/// What [`Provisioning::run`](crate::Provisioning::run) would do, and what it would cost. Prints as lines for a person.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
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
    /// What stands in the way.
    pub problems: Vec<String>,
}

pub(super) async fn preview(zapmail: &Zapmail, plan: &ProvisionPlan, most: usize) -> Result<ProvisionPreview> {
    let mut preview = ProvisionPreview { problems: plan.problems(most), ..ProvisionPreview::default() };
    if !preview.problems.is_empty() {
        return Ok(preview);
    }
    let mut missing = BTreeMap::<_, Vec<_>>::new();
    for (name, domain) in zapmail.domains_by_name(plan.domains()).await? {
        let is_expired = |status: &DomainStatus| status.as_str().eq_ignore_ascii_case("EXPIRED");
        if domain.is_some_and(|domain| !domain.status.as_ref().is_some_and(is_expired)) {
            preview.owned.push(name);
        } else {
            let source = plan.domains.get(&name).map(|domain| domain.source).unwrap_or_default();
            missing.entry(source).or_default().push(name);
        }
    }
    let mut take = |source| missing.remove(&source).unwrap_or_default();
    for name in take(DomainSource::Owned) {
        preview.problems.push(format!("{name}: the account does not have this domain; let the plan buy or connect it"));
    }
    preview.connected = take(DomainSource::Connect);
    for offer in zapmail.check_domains(take(DomainSource::Buy)).await? {
        match offer.price {
            Some(price) => {
                preview.price += price;
                preview.bought.push(offer);
            }
            None => preview.problems.push(format!("{}: it cannot be bought", offer.name)),
        }
    }
    if !preview.bought.is_empty() {
        preview.wallet = zapmail.get_wallet_balance().send().await?.wallet_balance;
        if let Some(wallet) = preview.wallet.filter(|wallet| *wallet < preview.price) {
            let price = preview.price;
            preview.problems.push(format!("the domains cost {price} USD, and the wallet has {wallet} USD"));
        }
    }
    let mailboxes = zapmail.mailboxes_by_address(plan.addresses()).await?;
    preview.created = mailboxes.into_iter().filter(|(_, there)| there.is_none()).map(|(address, _)| address).collect();
    if !preview.created.is_empty() {
        let page = zapmail.list_mailboxes().limit(1u32).send().await?;
        let free = page.available_mailboxes.as_ref().and_then(Numeric::as_i64);
        // A negative number means that none is free.
        preview.free_slots = free.map(|free| u64::try_from(free).unwrap_or_default());
        let planned = preview.created.len() as u64;
        if let Some(free) = preview.free_slots.filter(|free| *free < planned) {
            preview.problems.push(format!("{planned} mailboxes would be created and {free} slots are free"));
        }
    }
    preview.settings = plan.domains().filter(|name| plan.settings_for(name).is_some()).map(str::to_owned).collect();
    preview.export = plan.export.as_ref().map(|export| export.app.to_string());
    Ok(preview)
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
