//! Mailboxes: creates the missing ones, with one request per domain, and waits until they are active.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::sleep;
use zapmail_sdk::types::{Mailbox, MailboxAssignments, MailboxStatus, NewMailbox};
use zapmail_sdk::{ErrorKind, Result};

use super::plan::PlannedMailbox;
use super::progress::Requested;
use super::report::{DomainState, MailboxState};
use super::tracker::{ProvisionStep, Tracker};
use super::{Provisioning, is_rejection, last_state};
use crate::assign::rules::{Blocker, Preflight};
use crate::journal::Run;
use crate::rows;

/// The maximum number of attempts, per run, to look up the mailboxes and create the missing ones.
const MAX_ATTEMPTS: usize = 3;

/// How long a domain may not accept mailboxes yet after it has become active.
const LAG: Duration = Duration::from_secs(60);

/// The outcome of a request to create mailboxes.
enum Sent {
    Accepted,
    Refused(String),
    /// It is unknown whether the request was processed.
    Lost(String),
}

/// The state of a run while it creates mailboxes.
struct Assigning<'a> {
    run: &'a Run,
    preflight: Option<Preflight>,
    /// The requested mailboxes, by domain.
    requested: BTreeMap<String, Requested>,
    /// The mailboxes with an unknown outcome whose settle time has elapsed: if such a mailbox is not listed now, it was
    /// not created.
    settled: BTreeSet<String>,
    /// The reasons why requests for mailboxes with an unknown outcome were rejected, by address.
    rejections: BTreeMap<String, String>,
    /// Whether this is the last attempt.
    is_last: bool,
    /// Whether a domain does not accept mailboxes yet.
    is_early: bool,
}

impl Provisioning {
    /// Creates the mailboxes of the domains that are ready.
    pub(super) async fn assign(&self, tracker: &mut Tracker, run: &Run) -> Result<()> {
        let mut assigning = Assigning {
            run,
            preflight: None,
            requested: BTreeMap::new(),
            settled: BTreeSet::new(),
            rejections: BTreeMap::new(),
            is_last: false,
            is_early: false,
        };
        let with_mailboxes: Vec<_> =
            self.plan.domains.iter().filter(|(_, domain)| !domain.mailboxes.is_empty()).collect();
        if with_mailboxes.is_empty() {
            return Ok(());
        }
        tracker.step(ProvisionStep::Assign);
        for (name, _) in with_mailboxes {
            assigning.requested.insert(name.clone(), Requested::load(run, name).await?);
        }
        for attempt in 1..=MAX_ATTEMPTS {
            (assigning.is_last, assigning.is_early) = (attempt == MAX_ATTEMPTS, false);
            self.look_for_mailboxes(tracker, &mut assigning).await?;
            let is_lost = self.create_missing(tracker, &mut assigning).await?;
            let unknown: BTreeSet<_> = tracker.addresses(MailboxState::Unknown).into_iter().collect();
            let is_unsettled = is_lost || unknown.iter().any(|address| !assigning.settled.contains(address));
            if !is_unsettled && !assigning.is_early && (unknown.is_empty() || assigning.is_last) {
                break;
            }
            if assigning.is_last {
                break;
            }
            // The clock is monotonic: every request in flight arrives within this time.
            sleep(if unknown.is_empty() { self.settle_time.min(LAG) } else { self.settle_time }).await;
            assigning.settled = unknown;
        }
        for address in tracker.addresses(MailboxState::Unknown) {
            let rejection = assigning.rejections.get(&address);
            let reason = rejection.map(|reason| format!(": {reason}")).unwrap_or_default();
            tracker.fail_mailbox(
                &address,
                format!("it is unknown whether the mailbox was created; the next run looks for it{reason}"),
            );
        }
        for address in tracker.addresses(MailboxState::Planned) {
            tracker.fail_mailbox(&address, "not requested, because the outcome of an earlier request is unknown");
        }
        Ok(())
    }

    /// Waits until the mailboxes are active.
    pub(super) async fn wait_for_mailboxes(&self, tracker: &mut Tracker, run: &Run) -> Result<()> {
        let addresses = tracker.addresses(MailboxState::Requested);
        if addresses.is_empty() {
            return Ok(());
        }
        tracker.step(ProvisionStep::WaitForMailboxes);
        let wait = self.configured(self.zapmail.wait_for_mailboxes(&addresses), ProvisionStep::WaitForMailboxes);
        let mut mailboxes = match last_state(wait.await)? {
            Ok(mailboxes) => mailboxes,
            Err(reason) => {
                addresses.iter().for_each(|address| tracker.fail_mailbox(address, reason.clone()));
                return Ok(());
            }
        };
        // A mailbox that is listed is removed from the stored requests.
        let mut requested_by_domain = BTreeMap::<String, Requested>::new();
        for address in addresses {
            let (_, domain) = address.rsplit_once('@').unwrap_or_default();
            if !requested_by_domain.contains_key(domain) {
                requested_by_domain.insert(domain.to_owned(), Requested::load(run, domain).await?);
            }
            let requested = requested_by_domain.entry(domain.to_owned()).or_default();
            let mailbox = mailboxes.remove(&address).flatten();
            if mailbox.is_some() {
                requested.0.remove(&address);
            }
            match mailbox {
                Some(mailbox) if is_active(&mailbox) => {
                    tracker.set_mailbox_state(&address, MailboxState::Active, Some(mailbox.id));
                }
                Some(mailbox) => {
                    let state = mailbox.status.as_ref().map_or("no status", MailboxStatus::as_str).to_owned();
                    tracker.set_mailbox_state(&address, MailboxState::Requested, Some(mailbox.id));
                    let hint = if rows::is(&state, "FAILED") { "; try `retry_failed_mailboxes`" } else { "" };
                    tracker.fail_mailbox(&address, format!("the mailbox is not active: {state}{hint}"));
                }
                None => {
                    // After this time, the mailbox may not have been created. The next run looks for it, then requests
                    // it again.
                    requested.0.insert(address.clone(), false);
                    tracker.fail_mailbox(&address, "the service accepted the mailbox, but does not list it");
                }
            }
        }
        for (domain, requested) in requested_by_domain {
            requested.save(run, &domain).await?;
        }
        Ok(())
    }

    /// Looks up which of the planned mailboxes exist, and sets the states of the others from the stored requests.
    async fn look_for_mailboxes(&self, tracker: &mut Tracker, assigning: &mut Assigning<'_>) -> Result<()> {
        for (address, mailbox) in self.zapmail.mailboxes_by_address(self.plan.addresses()).await? {
            let (_, domain) = address.rsplit_once('@').unwrap_or_default();
            let requested = assigning.requested.entry(domain.to_owned()).or_default();
            match mailbox.filter(|mailbox| !rows::has_expired(mailbox)) {
                Some(mailbox) => {
                    // From now on, lookups find the mailbox.
                    if requested.0.remove(&address).is_some() {
                        requested.save(assigning.run, domain).await?;
                    }
                    let state = if is_active(&mailbox) { MailboxState::Active } else { MailboxState::Requested };
                    tracker.set_mailbox_state(&address, state, Some(mailbox.id));
                }
                None => match requested.0.get(&address) {
                    Some(true) => tracker.set_mailbox_state(&address, MailboxState::Requested, None),
                    Some(false) => tracker.set_mailbox_state(&address, MailboxState::Unknown, None),
                    None => {}
                },
            }
        }
        Ok(())
    }

    /// Creates the missing mailboxes, domain by domain. Stops after a request with an unknown outcome, and returns
    /// whether there was one.
    async fn create_missing(&self, tracker: &mut Tracker, assigning: &mut Assigning<'_>) -> Result<bool> {
        let missing = self.missing(tracker, &assigning.settled);
        if missing.is_empty() {
            return Ok(false);
        }
        assigning.preflight = Some(Preflight::read(&self.zapmail).await?);
        for (name, mailboxes) in missing {
            let Some(id) = tracker.report.domains.get(&name).and_then(|domain| domain.id.clone()) else { continue };
            let preflight = assigning.preflight.as_ref();
            let blocker = preflight.and_then(|preflight| preflight.blocker(&id, mailboxes.len(), self.per_domain));
            match blocker {
                None => {}
                Some(Blocker::NotAssignable) if !assigning.is_last => {
                    assigning.is_early = true;
                    continue;
                }
                Some(blocker) => {
                    let addresses = mailboxes.iter().map(|mailbox| mailbox.address(&name));
                    addresses.for_each(|address| tracker.fail_mailbox(&address, blocker.to_string()));
                    continue;
                }
            }
            let sent = self.create(tracker, assigning, &name, &mailboxes).await?;
            if let (Sent::Refused(_), [_, _, ..]) = (&sent, &mailboxes[..]) {
                // One of the mailboxes may be the reason, so request them one by one.
                for mailbox in &mailboxes {
                    let sent = self.create(tracker, assigning, &name, &[mailbox]).await?;
                    if record(tracker, assigning, &name, &[mailbox], sent) {
                        return Ok(true);
                    }
                }
            } else if record(tracker, assigning, &name, &mailboxes, sent) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Requests mailboxes on one domain. Before the request is sent, its outcome is stored as unknown.
    async fn create(
        &self,
        tracker: &mut Tracker,
        assigning: &mut Assigning<'_>,
        name: &str,
        mailboxes: &[&PlannedMailbox],
    ) -> Result<Sent> {
        let Some(id) = tracker.report.domains.get(name).and_then(|domain| domain.id.clone()) else {
            return Ok(Sent::Refused("the domain has no id".to_owned()));
        };
        let addresses: Vec<_> = mailboxes.iter().map(|mailbox| mailbox.address(name)).collect();
        let requested = assigning.requested.entry(name.to_owned()).or_default();
        let earlier = requested.clone();
        requested.0.extend(addresses.iter().map(|address| (address.clone(), false)));
        requested.save(assigning.run, name).await?;
        addresses.iter().for_each(|address| tracker.set_mailbox_state(address, MailboxState::Unknown, None));

        let new = |mailbox: &&PlannedMailbox| {
            NewMailbox::new(name, &mailbox.first_name, &mailbox.last_name, &mailbox.username)
        };
        let body = MailboxAssignments(BTreeMap::from([(id.clone(), mailboxes.iter().map(new).collect())]));
        let error = match self.zapmail.assign_mailboxes().body(body).send().await {
            Ok(_) => {
                if let Some(preflight) = &mut assigning.preflight {
                    preflight.add_mailboxes(&id, mailboxes.len());
                }
                requested.0.extend(addresses.iter().map(|address| (address.clone(), true)));
                requested.save(assigning.run, name).await?;
                addresses.iter().for_each(|address| tracker.set_mailbox_state(address, MailboxState::Requested, None));
                return Ok(Sent::Accepted);
            }
            Err(error) => error,
        };
        let is_rejected = is_rejection(&error);
        let affects_all = matches!(error.kind(), ErrorKind::Unauthorized | ErrorKind::Forbidden);
        if !is_rejected && !affects_all && error.may_have_been_processed() {
            return Ok(Sent::Lost(error.to_string()));
        }
        *requested = earlier;
        requested.save(assigning.run, name).await?;
        for address in &addresses {
            let state = if requested.0.contains_key(address) { MailboxState::Unknown } else { MailboxState::Planned };
            tracker.set_mailbox_state(address, state, None);
        }
        if is_rejected { Ok(Sent::Refused(error.to_string())) } else { Err(error) }
    }

    /// Returns the mailboxes to request, by domain: those that were not requested, and those that are still not listed
    /// after their settle time.
    fn missing(&self, tracker: &Tracker, settled: &BTreeSet<String>) -> BTreeMap<String, Vec<&PlannedMailbox>> {
        let mut missing = BTreeMap::<_, Vec<_>>::new();
        for name in tracker.names(DomainState::Ready) {
            let (Some(domain), Some(report)) = (self.plan.domains.get(&name), tracker.report.domains.get(&name)) else {
                continue;
            };
            for mailbox in &domain.mailboxes {
                let address = mailbox.address(&name);
                let mailbox_report = report.mailboxes.get(&address).filter(|mailbox| mailbox.failure.is_none());
                let is_missing = mailbox_report.is_some_and(|mailbox| match mailbox.state {
                    MailboxState::Planned => true,
                    MailboxState::Unknown => settled.contains(&address),
                    _ => false,
                });
                if is_missing {
                    missing.entry(name.clone()).or_default().push(mailbox);
                }
            }
        }
        missing
    }
}

/// Records the outcome of a request. Returns whether the outcome is unknown.
fn record(
    tracker: &mut Tracker,
    assigning: &mut Assigning<'_>,
    domain: &str,
    mailboxes: &[&PlannedMailbox],
    sent: Sent,
) -> bool {
    let addresses = mailboxes.iter().map(|mailbox| mailbox.address(domain));
    match sent {
        Sent::Accepted => false,
        Sent::Refused(reason) => {
            for address in addresses {
                let requested = assigning.requested.get(domain);
                let was_unknown = requested.is_some_and(|requested| requested.0.contains_key(&address));
                // The first rejection of a mailbox with an unknown outcome may be a consequence of the earlier request.
                if was_unknown && assigning.rejections.insert(address.clone(), reason.clone()).is_none() {
                    assigning.settled.remove(&address);
                } else {
                    tracker.fail_mailbox(&address, reason.clone());
                }
            }
            false
        }
        Sent::Lost(reason) => {
            tracing::warn!(domain, reason, "it is unknown whether mailboxes were created");
            addresses.for_each(|address| _ = assigning.settled.remove(&address));
            true
        }
    }
}

fn is_active(mailbox: &Mailbox) -> bool {
    mailbox.status.as_ref().is_some_and(|status| rows::is(status.as_str(), "ACTIVE"))
}
