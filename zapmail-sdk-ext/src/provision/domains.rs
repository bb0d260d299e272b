//! The domains: which there are, buying and connecting the others, and waiting until all are active.

use zapmail_sdk::types::{Domain, DomainConnection, DomainConnectionStatus, DomainStatus};
use zapmail_sdk::{Error, ErrorKind, Result};

use super::plan::DomainSource;
use super::report::DomainState;
use super::tracker::{ProvisionStep, Tracker};
use super::{Provisioning, is_refusal, last_state};
use crate::PurchaseState;

/// How often orders with an unknown outcome are looked at in one run.
const MOST_LOOKS: usize = 3;

/// Names per request to connect them; up to 50 have been observed.
const CONNECTED_AT_ONCE: usize = 50;

impl Provisioning {
    /// Looks which domains the account has, and how far they are.
    pub(super) async fn look(&self, tracker: &mut Tracker) -> Result<()> {
        tracker.step(ProvisionStep::Look);
        for (name, domain) in self.zapmail.domains_by_name(self.plan.domains()).await? {
            let Some(domain) = domain.filter(|domain| !is(domain, &["EXPIRED"])) else { continue };
            let state = if is(&domain, &["ACTIVE"]) { DomainState::Active } else { DomainState::Ordered };
            tracker.identify(&name, domain.id);
            tracker.domain(&name, state);
        }
        let missing = |name: &String| self.source(name) == DomainSource::Owned;
        for name in tracker.names(DomainState::Planned).into_iter().filter(missing) {
            tracker.fail_domain(&name, "the account does not have this domain; let the plan buy or connect it");
        }
        Ok(())
    }

    pub(super) async fn buy(&self, tracker: &mut Tracker) -> Result<()> {
        let mut names = self.planned(tracker, DomainSource::Buy);
        if names.is_empty() {
            return Ok(());
        }
        tracker.step(ProvisionStep::Buy);
        let Some(mut at_most) = self.at_most else {
            let message = format!("the plan buys {} domains, and `at_most` is not set", names.len());
            return Err(Error::new(ErrorKind::SpendingNotAllowed, message)
                .with_hint("call `at_most` with what they may cost together, in USD; nothing was bought"));
        };
        for look in 1.. {
            let purchase = self.zapmail.buy_domains(&names, at_most).reorder_after(self.settle_time);
            let bought = purchase.run().await?;
            let is_unknown = bought.iter().any(|bought| bought.state == PurchaseState::Unknown);
            let looks_again = is_unknown && look < MOST_LOOKS;
            names.clear();
            for bought in bought {
                let reason = bought.reason.unwrap_or_default();
                match bought.state {
                    PurchaseState::Owned | PurchaseState::Bought | PurchaseState::Ordered => {
                        at_most -= bought.price.unwrap_or_default();
                        if let Some(domain) = tracker.report.domains.get_mut(&bought.name) {
                            (domain.price, domain.invoice) = (bought.price.or(domain.price), bought.invoice);
                        }
                        tracker.domain(&bought.name, DomainState::Ordered);
                    }
                    PurchaseState::Unavailable => tracker.fail_domain(&bought.name, "it cannot be bought"),
                    PurchaseState::Unknown | PurchaseState::NotSent if looks_again => names.push(bought.name),
                    PurchaseState::Unknown => {
                        tracker.fail_domain(&bought.name, format!("whether it was bought is unknown: {reason}"));
                    }
                    PurchaseState::Refused | PurchaseState::NotSent => tracker.fail_domain(&bought.name, reason),
                }
            }
            if !looks_again {
                break;
            }
            tokio::time::sleep(self.settle_time).await;
        }
        Ok(())
    }

    pub(super) async fn connect(&self, tracker: &mut Tracker) -> Result<()> {
        let names = self.planned(tracker, DomainSource::Connect);
        if names.is_empty() {
            return Ok(());
        }
        tracker.step(ProvisionStep::Connect);
        for names in names.chunks(CONNECTED_AT_ONCE) {
            // Safe to repeat: a request in progress is continued.
            match self.zapmail.connect_domains().body(DomainConnection::new(names)).send().await {
                Ok(_) => names.iter().for_each(|name| tracker.domain(name, DomainState::Connecting)),
                Err(error) if is_refusal(&error) => self.connect_each(tracker, names).await?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// One after the other, after a request for all was refused.
    async fn connect_each(&self, tracker: &mut Tracker, names: &[String]) -> Result<()> {
        for name in names {
            match self.zapmail.connect_domains().body(DomainConnection::new([name])).send().await {
                Ok(_) => tracker.domain(name, DomainState::Connecting),
                Err(error) if is_refusal(&error) => tracker.fail_domain(name, error.to_string()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Waits for those that were ordered and those that are being connected, at the same time.
    pub(super) async fn wait_for_domains(&self, tracker: &mut Tracker) -> Result<()> {
        let (ordered, connecting) = (tracker.names(DomainState::Ordered), tracker.names(DomainState::Connecting));
        if ordered.is_empty() && connecting.is_empty() {
            return Ok(());
        }
        let step = ProvisionStep::WaitForDomains;
        tracker.step(step);
        let registered = async {
            if ordered.is_empty() {
                return Ok(Vec::new());
            }
            let states = last_state(self.paced(self.zapmail.wait_for_domains(&ordered), step).await)?;
            let text = |state: Option<DomainStatus>| state.map(|state| state.to_string());
            Ok::<_, Error>(states.into_iter().map(|(name, state)| (name, text(state))).collect())
        };
        let connected = async {
            if connecting.is_empty() {
                return Ok(Vec::new());
            }
            let states = last_state(self.paced(self.zapmail.wait_for_connections(&connecting), step).await)?;
            let text = |state: Option<DomainConnectionStatus>| state.map(|state| state.to_string());
            Ok(states.into_iter().map(|(name, state)| (name, text(state))).collect())
        };
        let (registered, connected) = futures::future::try_join(registered, connected).await?;
        let reached: Vec<_> = registered.into_iter().chain(connected).collect();
        // The ids of those that are new, and which are active: a connection that has succeeded is one of a domain.
        for (name, domain) in self.zapmail.domains_by_name(reached.iter().map(|(name, _)| name)).await? {
            if let Some(domain) = domain.filter(|domain| is(domain, &["ACTIVE"])) {
                tracker.identify(&name, domain.id);
                tracker.domain(&name, DomainState::Active);
            }
        }
        for (name, state) in reached {
            let Some(domain) = tracker.report.domains.get(&name).filter(|domain| domain.state < DomainState::Active)
            else {
                continue;
            };
            let state = state.unwrap_or_else(|| "not listed".to_owned());
            let hint = match &domain.invoice {
                Some(link) => format!("; its invoice may have to be paid: {link}"),
                None => String::new(),
            };
            tracker.fail_domain(&name, format!("the domain is not active: {state}{hint}"));
        }
        Ok(())
    }

    fn source(&self, name: &str) -> DomainSource {
        self.plan.domains.get(name).map(|domain| domain.source).unwrap_or_default()
    }

    /// The names from this source that the account does not have.
    fn planned(&self, tracker: &Tracker, source: DomainSource) -> Vec<String> {
        let names = tracker.names(DomainState::Planned).into_iter();
        names.filter(|name| self.source(name) == source).collect()
    }
}

fn is(domain: &Domain, words: &[&str]) -> bool {
    let status = domain.status.as_ref().map(DomainStatus::as_str).unwrap_or_default();
    words.iter().any(|word| status.eq_ignore_ascii_case(word))
}
