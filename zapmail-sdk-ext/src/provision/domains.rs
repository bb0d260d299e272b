//! The domains: which there are, buying and connecting the others, and waiting until all are active.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;
use zapmail_sdk::types::{Domain, DomainConnection, DomainConnectionStatus, DomainStatus};
use zapmail_sdk::{Error, ErrorKind, Result};

use super::plan::DomainSource;
use super::report::DomainState;
use super::tracker::{ProvisionStep, Tracker};
use super::{Provisioning, is_refusal, last_state};
use crate::PurchaseState;
use crate::buy_domains::settle_owned;
use crate::journal::Journal;

/// How often names that were not ordered because of another one, or with an unknown outcome, are tried in one run.
const MOST_TRIES: usize = 3;

/// Names per request to connect them; up to 50 have been observed.
const CONNECTED_AT_ONCE: usize = 50;

/// How often domains that are being connected are connected again, which makes the service check again.
const CONNECTED_EVERY: Duration = Duration::from_secs(10 * 60);

/// How long connecting takes at most.
const CONNECTING: Duration = Duration::from_secs(48 * 60 * 60);

impl Provisioning {
    /// Looks which domains the account has, and how far they are.
    pub(super) async fn look(&self, tracker: &mut Tracker, journal: &Journal) -> Result<()> {
        tracker.step(ProvisionStep::Look);
        for (name, domain) in self.zapmail.domains_by_name(self.plan.domains()).await? {
            let source = self.source(&name);
            let Some(domain) = domain.filter(|domain| !is(domain, "EXPIRED")) else {
                if source == DomainSource::Owned {
                    tracker.fail_domain(&name, "the account does not have this domain; let the plan buy or connect it");
                }
                continue;
            };
            // An order that was interrupted was made.
            settle_owned(journal, &name).await?;
            let state = match source {
                _ if is(&domain, "ACTIVE") => DomainState::Active,
                DomainSource::Connect => DomainState::Connecting,
                DomainSource::Buy | DomainSource::Owned => DomainState::Ordered,
            };
            let status = domain.status.as_ref().map_or("no status", DomainStatus::as_str).to_owned();
            tracker.identify(&name, domain.id);
            tracker.domain(&name, state);
            if status.eq_ignore_ascii_case("INACTIVE") {
                tracker.fail_domain(&name, "the domain is INACTIVE; look at it in the dashboard");
            }
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
        for attempt in 1..=MOST_TRIES {
            let purchase = self.zapmail.buy_domains(&names, at_most).reorder_after(self.settle_time);
            names.clear();
            for bought in purchase.run().await? {
                at_most -= bought.price.unwrap_or_default();
                if let Some(domain) = tracker.report.domains.get_mut(&bought.name) {
                    domain.price = bought.price.or(domain.price);
                    domain.invoice = bought.invoice.or(domain.invoice.take());
                }
                let reason = bought.reason.unwrap_or_default();
                match bought.state {
                    PurchaseState::Owned | PurchaseState::Bought | PurchaseState::Ordered => {
                        tracker.domain(&bought.name, DomainState::Ordered);
                    }
                    PurchaseState::Unavailable => tracker.fail_domain(&bought.name, "it cannot be bought"),
                    PurchaseState::Unknown | PurchaseState::NotSent if attempt < MOST_TRIES => names.push(bought.name),
                    PurchaseState::Unknown => {
                        tracker.fail_domain(&bought.name, format!("whether it was bought is unknown: {reason}"));
                    }
                    PurchaseState::Refused | PurchaseState::NotSent => tracker.fail_domain(&bought.name, reason),
                }
            }
            if names.is_empty() {
                break;
            }
        }
        Ok(())
    }

    pub(super) async fn connect(&self, tracker: &mut Tracker) -> Result<()> {
        let mut names = self.planned(tracker, DomainSource::Connect);
        names.extend(tracker.names(DomainState::Connecting));
        if names.is_empty() {
            return Ok(());
        }
        tracker.step(ProvisionStep::Connect);
        self.connect_all(tracker, &names).await
    }

    /// Safe to repeat: a connection in progress is continued, and the service checks again.
    async fn connect_all(&self, tracker: &mut Tracker, names: &[String]) -> Result<()> {
        for names in names.chunks(CONNECTED_AT_ONCE) {
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

    /// Waits for those that are being connected, and then for those that are being registered: a domain that was connected is
    /// active a little later.
    pub(super) async fn wait_for_domains(&self, tracker: &mut Tracker) -> Result<()> {
        let is_pending = |tracker: &Tracker, state| !tracker.names(state).is_empty();
        if is_pending(tracker, DomainState::Ordered) || is_pending(tracker, DomainState::Connecting) {
            tracker.step(ProvisionStep::WaitForDomains);
        }
        self.wait_for_connections(tracker).await?;
        let ordered = tracker.names(DomainState::Ordered);
        if ordered.is_empty() {
            return Ok(());
        }
        let wait = self.paced(self.zapmail.wait_for_domains(&ordered), ProvisionStep::WaitForDomains);
        let (mut states, reason) = match last_state(wait.await)? {
            Ok(states) => (states, None),
            Err(reason) => (BTreeMap::new(), Some(reason)),
        };
        // The ids of those that are new.
        for (name, domain) in self.zapmail.domains_by_name(&ordered).await? {
            if let Some(domain) = domain.filter(|domain| is(domain, "ACTIVE")) {
                tracker.identify(&name, domain.id);
                tracker.domain(&name, DomainState::Active);
                continue;
            }
            let state = states.remove(&name).flatten().map(|state| state.to_string()).or_else(|| reason.clone());
            let state = state.unwrap_or_else(|| "it is not listed".to_owned());
            let invoice = tracker.report.domains.get(&name).and_then(|domain| domain.invoice.as_ref());
            let hint = invoice.map(|link| format!("; its invoice may have to be paid: {link}")).unwrap_or_default();
            tracker.fail_domain(&name, format!("the domain is not active: {state}{hint}"));
        }
        Ok(())
    }

    /// Waits until connections are final, and connects again every few minutes until then. Those that have succeeded are
    /// `Ordered` afterwards: they appear among the domains.
    async fn wait_for_connections(&self, tracker: &mut Tracker) -> Result<()> {
        let timeout = self.timeouts.get(&ProvisionStep::WaitForDomains).copied().unwrap_or(CONNECTING);
        let began_at = Instant::now();
        loop {
            let names = tracker.names(DomainState::Connecting);
            if names.is_empty() {
                return Ok(());
            }
            let left = timeout.saturating_sub(began_at.elapsed());
            let wait = self.paced(self.zapmail.wait_for_connections(&names), ProvisionStep::WaitForDomains);
            let outcome = wait.timeout(left.min(CONNECTED_EVERY)).await;
            let is_over = left <= CONNECTED_EVERY
                || outcome.as_ref().map_or_else(|error| error.error().kind() == ErrorKind::JobFailed, |_| true);
            let (states, reason) = match last_state(outcome)? {
                Ok(states) => (states, None),
                Err(reason) => (BTreeMap::new(), Some(reason)),
            };
            for name in &names {
                let state = states.get(name).and_then(Option::as_ref).map(DomainConnectionStatus::as_str);
                if state.is_some_and(|state| ["SUCCESS", "DOMAIN_ALREADY_CONNECTED"].contains(&state)) {
                    tracker.domain(name, DomainState::Ordered);
                } else if is_over {
                    let state = state.map(str::to_owned).or_else(|| reason.clone());
                    let state = state.unwrap_or_else(|| "it is not listed".to_owned());
                    tracker.fail_domain(name, format!("the domain is not connected: {state}"));
                }
            }
            if !is_over {
                self.connect_all(tracker, &tracker.names(DomainState::Connecting)).await?;
            }
        }
    }

    fn source(&self, name: &str) -> DomainSource {
        self.plan.source_of(name).unwrap_or_default()
    }

    /// The names from this source that the account does not have.
    fn planned(&self, tracker: &Tracker, source: DomainSource) -> Vec<String> {
        let names = tracker.names(DomainState::Planned).into_iter();
        names.filter(|name| self.source(name) == source).collect()
    }
}

fn is(domain: &Domain, word: &str) -> bool {
    domain.status.as_ref().is_some_and(|status| status.as_str().eq_ignore_ascii_case(word))
}
