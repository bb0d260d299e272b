//! The mailboxes: creating those that are missing, one request per domain, and waiting until they are active.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use zapmail_sdk::types::{Mailbox, MailboxAssignments, MailboxStatus, NewMailbox};
use zapmail_sdk::{ErrorKind, Result, clock};

use super::plan::PlannedMailbox;
use super::progress::{Progress, Requested};
use super::report::{DomainState, MailboxState};
use super::tracker::{ProvisionStep, Tracker};
use super::{Provisioning, is_refusal, last_state};
use crate::assign::rules::Facts;
use crate::journal::Run;

/// How often mailboxes whose creation has an unknown outcome are looked for in one run.
const MOST_LOOKS: usize = 3;

/// What became of a request to create mailboxes.
enum Sent {
    Accepted,
    Refused(String),
    /// Its outcome is unknown.
    Lost,
}

/// The run, its stored progress, and what the account takes.
struct Assigning<'a> {
    run: &'a Run,
    progress: &'a mut Progress,
    facts: Facts,
}

impl Provisioning {
    /// Creates the mailboxes of the domains that are ready.
    pub(super) async fn assign(&self, tracker: &mut Tracker, run: &Run, progress: &mut Progress) -> Result<()> {
        if self.ready(tracker).is_empty() {
            return Ok(());
        }
        tracker.step(ProvisionStep::Assign);
        for look in 1..=MOST_LOOKS {
            self.look_for_mailboxes(tracker, progress).await?;
            let unsettled = self.unsettled_until(tracker, progress);
            let is_lost = if self.missing(tracker, progress).is_empty() {
                false
            } else {
                let facts = Facts::read(&self.zapmail).await?;
                let mut assigning = Assigning { run, progress: &mut *progress, facts };
                self.create_missing(tracker, &mut assigning).await?
            };
            let is_unknown = is_lost || unsettled.is_some();
            if !is_unknown || look == MOST_LOOKS {
                break;
            }
            let settled = self.unsettled_until(tracker, progress).unwrap_or_else(now);
            tokio::time::sleep((settled - now()).to_std().unwrap_or_default()).await;
        }
        for address in tracker.addresses(MailboxState::Unknown) {
            tracker.fail_mailbox(&address, "whether it was created is unknown; run the plan again in a few minutes");
        }
        Ok(())
    }

    /// Waits until the mailboxes are active.
    pub(super) async fn wait_for_mailboxes(&self, tracker: &mut Tracker) -> Result<()> {
        let addresses = tracker.addresses(MailboxState::Requested);
        if addresses.is_empty() {
            return Ok(());
        }
        tracker.step(ProvisionStep::WaitForMailboxes);
        let wait = self.zapmail.wait_for_mailboxes(&addresses);
        let mailboxes = last_state(self.paced(wait, ProvisionStep::WaitForMailboxes).await)?;
        for (address, mailbox) in mailboxes {
            match mailbox {
                Some(mailbox) if is_active(&mailbox) => {
                    tracker.mailbox(&address, MailboxState::Active, Some(mailbox.id));
                }
                Some(mailbox) => {
                    let state = mailbox.status.as_ref().map_or("no status", MailboxStatus::as_str);
                    tracker.fail_mailbox(&address, format!("the mailbox is not active: {state}"));
                    tracker.mailbox(&address, MailboxState::Requested, Some(mailbox.id));
                }
                None => tracker.fail_mailbox(&address, "its creation was accepted, and it is not listed"),
            }
        }
        Ok(())
    }

    /// Looks which of the planned mailboxes exist, and notes what is known of the others.
    async fn look_for_mailboxes(&self, tracker: &mut Tracker, progress: &Progress) -> Result<()> {
        let addresses = self.ready(tracker);
        for (address, mailbox) in self.zapmail.mailboxes_by_address(&addresses).await? {
            match (mailbox.filter(|mailbox| !has_expired(mailbox)), progress.requested.get(&address)) {
                (Some(mailbox), _) if is_active(&mailbox) => {
                    tracker.mailbox(&address, MailboxState::Active, Some(mailbox.id));
                }
                (Some(mailbox), _) => tracker.mailbox(&address, MailboxState::Requested, Some(mailbox.id)),
                (None, Some(requested)) if requested.is_accepted => {
                    tracker.mailbox(&address, MailboxState::Requested, None);
                }
                (None, Some(_)) => tracker.mailbox(&address, MailboxState::Unknown, None),
                (None, None) => {}
            }
        }
        Ok(())
    }

    /// Creates the missing mailboxes, domain by domain. Returns whether the outcome of a request was lost; then the rest is not
    /// sent.
    async fn create_missing(&self, tracker: &mut Tracker, assigning: &mut Assigning<'_>) -> Result<bool> {
        for (name, mailboxes) in self.missing(tracker, assigning.progress) {
            let Some(id) = tracker.report.domains.get(&name).and_then(|domain| domain.id.clone()) else { continue };
            if let Some(reason) = assigning.facts.objection(&id, mailboxes.len(), self.per_domain) {
                for mailbox in &mailboxes {
                    tracker.fail_mailbox(&mailbox.address(&name), reason.clone());
                }
                continue;
            }
            let mut sent = self.create(tracker, assigning, &name, &mailboxes).await?;
            if let (Sent::Refused(_), [_, _, ..]) = (&sent, &mailboxes[..]) {
                // One of them may be the reason.
                for mailbox in &mailboxes {
                    sent = self.create(tracker, assigning, &name, &[mailbox]).await?;
                    match &sent {
                        Sent::Refused(reason) => tracker.fail_mailbox(&mailbox.address(&name), reason),
                        Sent::Accepted => {}
                        Sent::Lost => return Ok(true),
                    }
                }
                continue;
            }
            match (sent, &mailboxes[..]) {
                (Sent::Refused(reason), mailboxes) => {
                    for mailbox in mailboxes {
                        tracker.fail_mailbox(&mailbox.address(&name), reason.clone());
                    }
                }
                (Sent::Lost, _) => return Ok(true),
                (Sent::Accepted, _) => {}
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
        let Assigning { run, progress, facts } = assigning;
        let addresses: Vec<_> = mailboxes.iter().map(|mailbox| mailbox.address(name)).collect();
        let earlier: Vec<_> =
            addresses.iter().filter_map(|address| Some((address.clone(), *progress.requested.get(address)?))).collect();
        let mut note = |progress: &mut Progress, is_accepted| {
            let requested = Requested { at: now(), is_accepted };
            progress.requested.extend(addresses.iter().map(|address| (address.clone(), requested)));
            let state = if is_accepted { MailboxState::Requested } else { MailboxState::Unknown };
            addresses.iter().for_each(|address| tracker.mailbox(address, state, None));
        };
        note(progress, false);
        run.save(progress).await?;
        let new = |mailbox: &&PlannedMailbox| {
            NewMailbox::new(name, &mailbox.first_name, &mailbox.last_name, &mailbox.username)
        };
        let body = MailboxAssignments(BTreeMap::from([(id.clone(), mailboxes.iter().map(new).collect())]));
        let outcome = self.zapmail.assign_mailboxes().body(body).send().await;
        let error = match outcome {
            Ok(_) => {
                facts.take(&id, mailboxes.len());
                note(progress, true);
                run.save(progress).await?;
                return Ok(Sent::Accepted);
            }
            Err(error) => error,
        };
        let was_sent = !is_refusal(&error)
            && error.may_have_been_processed()
            && !matches!(error.kind(), ErrorKind::Unauthorized | ErrorKind::Forbidden);
        if was_sent || (is_refusal(&error) && !earlier.is_empty()) {
            // A refusal after an unknown outcome may be the consequence of the earlier request.
            tracing::warn!(domain = name, %error, "whether mailboxes were created is unknown");
            return Ok(Sent::Lost);
        }
        addresses.iter().for_each(|address| _ = progress.requested.remove(address));
        progress.requested.extend(earlier);
        run.save(progress).await?;
        addresses.iter().for_each(|address| tracker.mailbox(address, MailboxState::Planned, None));
        if is_refusal(&error) { Ok(Sent::Refused(error.to_string())) } else { Err(error) }
    }

    /// The planned addresses on domains that are ready.
    fn ready(&self, tracker: &Tracker) -> Vec<String> {
        let ready = tracker.names(DomainState::Ready).into_iter();
        let mailboxes = ready.filter_map(|name| tracker.report.domains.get(&name));
        mailboxes.flat_map(|domain| domain.mailboxes.keys().cloned()).collect()
    }

    /// The mailboxes to request, by domain: those of which nothing is known, and those of which nothing is to be seen long
    /// after a request with an unknown outcome.
    fn missing(&self, tracker: &Tracker, progress: &Progress) -> BTreeMap<String, Vec<&PlannedMailbox>> {
        let mut missing = BTreeMap::<_, Vec<_>>::new();
        for name in tracker.names(DomainState::Ready) {
            let (Some(domain), Some(report)) = (self.plan.domains.get(&name), tracker.report.domains.get(&name)) else {
                continue;
            };
            for mailbox in &domain.mailboxes {
                let address = mailbox.address(&name);
                let Some(known) = report.mailboxes.get(&address).filter(|known| known.failure.is_none()) else {
                    continue;
                };
                let is_missing = match known.state {
                    MailboxState::Planned => true,
                    MailboxState::Unknown => {
                        let requested = progress.requested.get(&address);
                        requested.is_none_or(|requested| self.settled_at(requested) <= now())
                    }
                    _ => false,
                };
                if is_missing {
                    missing.entry(name.clone()).or_default().push(mailbox);
                }
            }
        }
        missing
    }

    /// Until when it is too early to say what became of requests with an unknown outcome; `None` if there is none.
    fn unsettled_until(&self, tracker: &Tracker, progress: &Progress) -> Option<DateTime<Utc>> {
        let unknown = tracker.addresses(MailboxState::Unknown);
        let settled = unknown.iter().filter_map(|address| Some(self.settled_at(progress.requested.get(address)?)));
        settled.filter(|settled| *settled > now()).max()
    }

    fn settled_at(&self, requested: &Requested) -> DateTime<Utc> {
        let time = TimeDelta::from_std(self.settle_time.min(Duration::from_secs(365 * 24 * 60 * 60)));
        requested.at + time.unwrap_or_default()
    }
}

fn now() -> DateTime<Utc> {
    clock::system_time().into()
}

fn is_active(mailbox: &Mailbox) -> bool {
    mailbox.status.as_ref().is_some_and(|status| status.as_str().eq_ignore_ascii_case("ACTIVE"))
}

fn has_expired(mailbox: &Mailbox) -> bool {
    mailbox.status.as_ref().is_some_and(|status| status.as_str().eq_ignore_ascii_case("EXPIRED"))
}
