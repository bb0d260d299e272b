//! Domains: looks up the existing ones, buys and connects the others, and waits until all are active.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;
use zapmail_sdk::types::{Domain, DomainConnection, DomainConnectionStatus};
use zapmail_sdk::{Error, ErrorKind, Result};

use super::plan::DomainSource;
use super::report::DomainState;
use super::tracker::{ProvisionStep, Tracker};
use super::{Provisioning, is_rejection, last_state};
use crate::PurchaseState;
use crate::buy_domains::settle_owned;
use crate::journal::Journal;
use crate::names;
use crate::rows;
use crate::wait::connections::{CONNECTED, NOT_REGISTERED, REGISTRATION_TIME};

/// The maximum number of attempts, per run, to buy names that were not ordered or whose outcome is unknown.
const MAX_ATTEMPTS: usize = 3;

/// The number of names per request to connect domains; up to 50 have been observed.
const CONNECT_BATCH_SIZE: usize = 50;

/// The interval at which the request to connect domains is sent again, which makes the service check them again.
const RECONNECT_INTERVAL: Duration = Duration::from_secs(10 * 60);

/// The maximum time that connecting a domain takes.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(48 * 60 * 60);

/// The failure of a domain that does not become active.
pub(super) const INACTIVE: &str = "the domain is INACTIVE; check it in the dashboard";

impl Provisioning {
    /// Looks up which domains the account has, and their states.
    pub(super) async fn look_up_domains(&self, tracker: &mut Tracker, journal: &Journal) -> Result<()> {
        tracker.step(ProvisionStep::Look);
        for (name, domain) in self.zapmail.domains_by_name(self.plan.domains()).await? {
            let source = self.source(&name);
            let Some(domain) = domain.filter(|domain| !rows::is_expired(domain)) else {
                if source == DomainSource::Owned {
                    tracker.fail_domain(&name, "the account does not have this domain; let the plan buy or connect it");
                }
                continue;
            };
            // The account has the domain, so an interrupted order for it was made.
            settle_owned(&self.zapmail, journal, &name).await?;
            let state = match source {
                _ if has_status(&domain, "ACTIVE") => DomainState::Active,
                DomainSource::Connect => DomainState::Connecting,
                DomainSource::Buy | DomainSource::Owned => DomainState::Ordered,
            };
            let is_inactive = has_status(&domain, "INACTIVE");
            tracker.set_domain_id(&name, domain.id);
            tracker.set_domain_state(&name, state);
            if is_inactive {
                tracker.fail_domain(&name, INACTIVE);
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
            let domains = names::counted(names.len(), "domain", "domains");
            let message = format!("the plan buys {domains}, but `at_most` is not set");
            return Err(Error::new(ErrorKind::SpendingNotAllowed, message)
                .with_hint("set the maximum total price, in USD, with `at_most`; nothing was bought"));
        };
        let mut unsettled = BTreeMap::new();
        for attempt in 1..=MAX_ATTEMPTS {
            let purchase = self.zapmail.buy_domains(&names, at_most).reorder_after(self.settle_time);
            let purchase = purchase.unsettled(unsettled.clone());
            names.clear();
            for bought in purchase.run().await? {
                let price = bought.price.or(unsettled.remove(&bought.name));
                if attempt < MAX_ATTEMPTS && matches!(bought.state, PurchaseState::Unknown | PurchaseState::NotSent) {
                    unsettled.extend(price.map(|price| (bought.name.clone(), price)));
                } else {
                    at_most -= price.unwrap_or_default();
                }
                if let Some(domain) = tracker.report.domains.get_mut(&bought.name) {
                    domain.price = bought.price.or(domain.price);
                    domain.invoice = bought.invoice.or(domain.invoice.take());
                }
                let reason = bought.reason.unwrap_or_default();
                match bought.state {
                    PurchaseState::Owned | PurchaseState::Bought | PurchaseState::Ordered => {
                        tracker.set_domain_state(&bought.name, DomainState::Ordered);
                    }
                    PurchaseState::Unavailable => tracker.fail_domain(&bought.name, "it cannot be bought"),
                    PurchaseState::Unknown | PurchaseState::NotSent if attempt < MAX_ATTEMPTS => {
                        names.push(bought.name)
                    }
                    PurchaseState::Unknown => {
                        tracker.fail_domain(
                            &bought.name,
                            format!("it is unknown whether the domain was bought: {reason}"),
                        );
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

    /// Connects domains. Safe to retry: a connection in progress continues, and the service checks the domain again.
    async fn connect_all(&self, tracker: &mut Tracker, names: &[String]) -> Result<()> {
        for names in names.chunks(CONNECT_BATCH_SIZE) {
            match self.zapmail.connect_domains().body(DomainConnection::new(names)).send().await {
                Ok(_) => names.iter().for_each(|name| tracker.set_domain_state(name, DomainState::Connecting)),
                Err(error) if is_rejection(&error) => self.connect_each(tracker, names).await?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Connects domains one by one, after a request for all of them was rejected.
    async fn connect_each(&self, tracker: &mut Tracker, names: &[String]) -> Result<()> {
        for name in names {
            match self.zapmail.connect_domains().body(DomainConnection::new([name])).send().await {
                Ok(_) => tracker.set_domain_state(name, DomainState::Connecting),
                Err(error) if is_rejection(&error) => tracker.fail_domain(name, error.to_string()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Waits for the domains that are being connected, and then for those that are being registered. A domain becomes
    /// active a little later than it is connected.
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
        let wait = self.configured(self.zapmail.wait_for_domains(&ordered), ProvisionStep::WaitForDomains);
        let (mut states, reason) = match last_state(wait.await)? {
            Ok(states) => (states, None),
            Err(reason) => (BTreeMap::new(), Some(reason)),
        };
        // New domains have an id now.
        for (name, domain) in self.zapmail.domains_by_name(&ordered).await? {
            if let Some(domain) = domain.filter(|domain| has_status(domain, "ACTIVE")) {
                tracker.set_domain_id(&name, domain.id);
                tracker.set_domain_state(&name, DomainState::Active);
                continue;
            }
            let state = states.remove(&name).flatten().map(|state| state.to_string()).or_else(|| reason.clone());
            let state = state.unwrap_or_else(|| "it is not listed".to_owned());
            let invoice = tracker.report.domains.get(&name).and_then(|domain| domain.invoice.as_ref());
            let hint = invoice.map(|link| format!("; its invoice may be unpaid: {link}")).unwrap_or_default();
            tracker.fail_domain(&name, format!("the domain is not active: {state}{hint}"));
        }
        Ok(())
    }

    /// Waits until the connections are final, and sends the request to connect the domains again every few minutes
    /// until then. Domains that were connected are `Ordered` afterward, because they appear in the list of domains
    /// later.
    async fn wait_for_connections(&self, tracker: &mut Tracker) -> Result<()> {
        let timeout = self.timeouts.get(&ProvisionStep::WaitForDomains).copied().unwrap_or(CONNECT_TIMEOUT);
        let started_at = Instant::now();
        let mut unregistered_since = BTreeMap::<String, Instant>::new();
        loop {
            let names = tracker.names(DomainState::Connecting);
            if names.is_empty() {
                return Ok(());
            }
            let remaining = timeout.saturating_sub(started_at.elapsed());
            let wait = self.configured(self.zapmail.wait_for_connections(&names), ProvisionStep::WaitForDomains);
            let outcome = wait.timeout(remaining.min(RECONNECT_INTERVAL)).await;
            let is_final = remaining <= RECONNECT_INTERVAL
                || outcome.as_ref().map_or_else(|error| error.error().kind() == ErrorKind::JobFailed, |_| true);
            let (states, reason) = match last_state(outcome)? {
                Ok(states) => (states, None),
                Err(reason) => (BTreeMap::new(), Some(reason)),
            };
            for name in &names {
                let state = states.get(name).and_then(Option::as_ref).map(DomainConnectionStatus::as_str);
                let is = |word| state.is_some_and(|state| rows::is(state, word));
                let since = match is(NOT_REGISTERED) {
                    true => Some(*unregistered_since.entry(name.clone()).or_insert_with(Instant::now)),
                    false => unregistered_since.remove(name).and(None),
                };
                if CONNECTED.into_iter().any(is) {
                    tracker.set_domain_state(name, DomainState::Ordered);
                } else if is_final || since.is_some_and(|since| since.elapsed() >= REGISTRATION_TIME) {
                    let state = state.map(str::to_owned).or_else(|| reason.clone());
                    let state = state.unwrap_or_else(|| "it is not listed".to_owned());
                    tracker.fail_domain(name, format!("the domain is not connected: {state}"));
                }
            }
            if is_final {
                continue;
            }
            match self.connect_all(tracker, &tracker.names(DomainState::Connecting)).await {
                // A temporary failure must not end a wait that takes days.
                Err(error) if error.is_retryable() => tracing::debug!(%error, "the domains are connected again later"),
                connected => connected?,
            }
        }
    }

    fn source(&self, name: &str) -> DomainSource {
        self.plan.source_of(name).unwrap_or_default()
    }

    /// Returns the names with this source that the account does not have.
    fn planned(&self, tracker: &Tracker, source: DomainSource) -> Vec<String> {
        let names = tracker.names(DomainState::Planned).into_iter();
        names.filter(|name| self.source(name) == source).collect()
    }
}

/// Returns whether the status of a domain equals this word, in any letter case.
pub(super) fn has_status(domain: &Domain, expected: &str) -> bool {
    domain.status.as_ref().is_some_and(|status| rows::is(status.as_str(), expected))
}
