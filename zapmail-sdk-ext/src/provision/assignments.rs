//! The mailboxes: creating those that are missing, one request per domain, and waiting until they are active.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::sleep;
use zapmail_sdk::types::{Mailbox, MailboxAssignments, MailboxStatus, NewMailbox};
use zapmail_sdk::{ErrorKind, Result};

use super::plan::PlannedMailbox;
use super::progress::Requested;
use super::report::{DomainState, MailboxState};
use super::tracker::{ProvisionStep, Tracker};
use super::{Provisioning, is_refusal, last_state};
use crate::assign::rules::{Facts, Objection};
use crate::journal::Run;

/// How often mailboxes whose creation has an unknown outcome are looked for in one run.
const MOST_LOOKS: usize = 3;

/// How long a domain that has just become active may not take mailboxes yet.
const LAG: Duration = Duration::from_secs(60);

/// What became of a request to create mailboxes.
enum Sent {
    Accepted,
    Refused(String),
    /// Its outcome is unknown.
    Lost(String),
}

/// What a run knows while it creates mailboxes.
struct Assigning<'a> {
    run: &'a Run,
    facts: Option<Facts>,
    /// By domain.
    requested: BTreeMap<String, Requested>,
    /// Mailboxes with an unknown outcome that were waited for: what is not there now was not created.
    settled: BTreeSet<String>,
    /// Why a request for a mailbox with an unknown outcome was refused.
    refusals: BTreeMap<String, String>,
    is_last: bool,
    /// Whether a domain does not take mailboxes yet.
    is_early: bool,
}

impl Provisioning {
    /// Creates the mailboxes of the domains that are ready.
    pub(super) async fn assign(&self, tracker: &mut Tracker, run: &Run) -> Result<()> {
        let mut assigning = Assigning {
            run,
            facts: None,
            requested: BTreeMap::new(),
            settled: BTreeSet::new(),
            refusals: BTreeMap::new(),
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
        for look in 1..=MOST_LOOKS {
            (assigning.is_last, assigning.is_early) = (look == MOST_LOOKS, false);
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
            // Measured by a clock that cannot be set: whatever is on its way arrives within it.
            sleep(if unknown.is_empty() { self.settle_time.min(LAG) } else { self.settle_time }).await;
            assigning.settled = unknown;
        }
        for address in tracker.addresses(MailboxState::Unknown) {
            let refusal = assigning.refusals.get(&address);
            let reason = refusal.map(|reason| format!(": {reason}")).unwrap_or_default();
            tracker.fail_mailbox(
                &address,
                format!("whether it was created is unknown; the next run looks for it{reason}"),
            );
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
        let wait = self.paced(self.zapmail.wait_for_mailboxes(&addresses), ProvisionStep::WaitForMailboxes);
        let mut mailboxes = match last_state(wait.await)? {
            Ok(mailboxes) => mailboxes,
            Err(reason) => {
                addresses.iter().for_each(|address| tracker.fail_mailbox(address, reason.clone()));
                return Ok(());
            }
        };
        // What is listed needs no note any more.
        let mut notes = BTreeMap::<String, Requested>::new();
        for address in addresses {
            let (_, domain) = address.rsplit_once('@').unwrap_or_default();
            if !notes.contains_key(domain) {
                notes.insert(domain.to_owned(), Requested::load(run, domain).await?);
            }
            let note = notes.entry(domain.to_owned()).or_default();
            let mailbox = mailboxes.remove(&address).flatten();
            if mailbox.is_some() {
                note.0.remove(&address);
            }
            match mailbox {
                Some(mailbox) if is_active(&mailbox) => {
                    tracker.mailbox(&address, MailboxState::Active, Some(mailbox.id));
                }
                Some(mailbox) => {
                    let state = mailbox.status.as_ref().map_or("no status", MailboxStatus::as_str).to_owned();
                    tracker.mailbox(&address, MailboxState::Requested, Some(mailbox.id));
                    let hint = if state == "FAILED" { "; try `retry_failed_mailboxes`" } else { "" };
                    tracker.fail_mailbox(&address, format!("the mailbox is not active: {state}{hint}"));
                }
                None => {
                    // After all this time, it may not have been created. The next run looks for it, and then requests it.
                    note.0.insert(address.clone(), false);
                    tracker.fail_mailbox(&address, "its creation was accepted, and it is not listed");
                }
            }
        }
        for (domain, note) in notes {
            note.save(run, &domain).await?;
        }
        Ok(())
    }

    /// Looks which of the planned mailboxes exist, and notes what is known of the others.
    async fn look_for_mailboxes(&self, tracker: &mut Tracker, assigning: &mut Assigning<'_>) -> Result<()> {
        for (address, mailbox) in self.zapmail.mailboxes_by_address(self.plan.addresses()).await? {
            let (_, domain) = address.rsplit_once('@').unwrap_or_default();
            let requested = assigning.requested.entry(domain.to_owned()).or_default();
            match mailbox.filter(|mailbox| !has_expired(mailbox)) {
                Some(mailbox) => {
                    // From now on, a look shows it.
                    if requested.0.remove(&address).is_some() {
                        requested.save(assigning.run, domain).await?;
                    }
                    let state = if is_active(&mailbox) { MailboxState::Active } else { MailboxState::Requested };
                    tracker.mailbox(&address, state, Some(mailbox.id));
                }
                None => match requested.0.get(&address) {
                    Some(true) => tracker.mailbox(&address, MailboxState::Requested, None),
                    Some(false) => tracker.mailbox(&address, MailboxState::Unknown, None),
                    None => {}
                },
            }
        }
        Ok(())
    }

    /// Creates the missing mailboxes, domain by domain. Returns whether the outcome of a request was lost; then the rest is not
    /// sent.
    async fn create_missing(&self, tracker: &mut Tracker, assigning: &mut Assigning<'_>) -> Result<bool> {
        let missing = self.missing(tracker, &assigning.settled);
        if missing.is_empty() {
            return Ok(false);
        }
        assigning.facts = Some(Facts::read(&self.zapmail).await?);
        for (name, mailboxes) in missing {
            let Some(id) = tracker.report.domains.get(&name).and_then(|domain| domain.id.clone()) else { continue };
            let facts = assigning.facts.as_ref();
            let objection = facts.and_then(|facts| facts.objection(&id, mailboxes.len(), self.per_domain));
            match objection {
                None => {}
                Some(Objection::NotAssignable) if !assigning.is_last => {
                    assigning.is_early = true;
                    continue;
                }
                Some(objection) => {
                    let addresses = mailboxes.iter().map(|mailbox| mailbox.address(&name));
                    addresses.for_each(|address| tracker.fail_mailbox(&address, objection.to_string()));
                    continue;
                }
            }
            let sent = self.create(tracker, assigning, &name, &mailboxes).await?;
            if let (Sent::Refused(_), [_, _, ..]) = (&sent, &mailboxes[..]) {
                // One of them may be the reason.
                for mailbox in &mailboxes {
                    let sent = self.create(tracker, assigning, &name, &[mailbox]).await?;
                    if note(tracker, assigning, &name, &[mailbox], sent) {
                        return Ok(true);
                    }
                }
            } else if note(tracker, assigning, &name, &mailboxes, sent) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Requests mailboxes of one domain. What is stored before it is sent says that its outcome is unknown.
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
        addresses.iter().for_each(|address| tracker.mailbox(address, MailboxState::Unknown, None));

        let new = |mailbox: &&PlannedMailbox| {
            NewMailbox::new(name, &mailbox.first_name, &mailbox.last_name, &mailbox.username)
        };
        let body = MailboxAssignments(BTreeMap::from([(id.clone(), mailboxes.iter().map(new).collect())]));
        let error = match self.zapmail.assign_mailboxes().body(body).send().await {
            Ok(_) => {
                if let Some(facts) = &mut assigning.facts {
                    facts.take(&id, mailboxes.len());
                }
                requested.0.extend(addresses.iter().map(|address| (address.clone(), true)));
                requested.save(assigning.run, name).await?;
                addresses.iter().for_each(|address| tracker.mailbox(address, MailboxState::Requested, None));
                return Ok(Sent::Accepted);
            }
            Err(error) => error,
        };
        let was_refused = is_refusal(&error);
        let concerns_all = matches!(error.kind(), ErrorKind::Unauthorized | ErrorKind::Forbidden);
        if !was_refused && !concerns_all && error.may_have_been_processed() {
            return Ok(Sent::Lost(error.to_string()));
        }
        *requested = earlier;
        requested.save(assigning.run, name).await?;
        for address in &addresses {
            let state = if requested.0.contains_key(address) { MailboxState::Unknown } else { MailboxState::Planned };
            tracker.mailbox(address, state, None);
        }
        if was_refused { Ok(Sent::Refused(error.to_string())) } else { Err(error) }
    }

    /// The mailboxes to request, by domain: those of which nothing is known, and those that were waited for in vain.
    fn missing(&self, tracker: &Tracker, settled: &BTreeSet<String>) -> BTreeMap<String, Vec<&PlannedMailbox>> {
        let mut missing = BTreeMap::<_, Vec<_>>::new();
        for name in tracker.names(DomainState::Ready) {
            let (Some(domain), Some(report)) = (self.plan.domains.get(&name), tracker.report.domains.get(&name)) else {
                continue;
            };
            for mailbox in &domain.mailboxes {
                let address = mailbox.address(&name);
                let known = report.mailboxes.get(&address).filter(|known| known.failure.is_none());
                let is_missing = known.is_some_and(|known| match known.state {
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

/// Notes what became of a request. Returns whether its outcome was lost.
fn note(
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
                // The first refusal of one with an unknown outcome may be the consequence of the earlier request.
                if was_unknown && assigning.refusals.insert(address.clone(), reason.clone()).is_none() {
                    assigning.settled.remove(&address);
                } else {
                    tracker.fail_mailbox(&address, reason.clone());
                }
            }
            false
        }
        Sent::Lost(reason) => {
            tracing::warn!(domain, reason, "whether mailboxes were created is unknown");
            addresses.for_each(|address| _ = assigning.settled.remove(&address));
            true
        }
    }
}

fn is_active(mailbox: &Mailbox) -> bool {
    mailbox.status.as_ref().is_some_and(|status| status.as_str().eq_ignore_ascii_case("ACTIVE"))
}

fn has_expired(mailbox: &Mailbox) -> bool {
    mailbox.status.as_ref().is_some_and(|status| status.as_str().eq_ignore_ascii_case("EXPIRED"))
}
