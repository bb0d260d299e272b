//! Removal of mailboxes at the next renewal, and swaps of old mailboxes for new ones.
//!
//! The service removes all mailboxes of a domain, can take an empty list for everything, and shows nothing of a scheduled
//! removal afterwards. So a list of addresses becomes a [`Removal`] first, which names every mailbox that would be deleted
//! and is refused if it would delete one that is not in the list.

mod dates;
mod listed;
mod selection;
mod swap;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use zapmail_sdk::builder::ScheduleMailboxRemoval;
use zapmail_sdk::ids::{DomainId, MailboxId};
use zapmail_sdk::types::ScheduledRemoval;
use zapmail_sdk::{Error, ErrorKind, Request, Result};

use self::dates::Dates;
use self::listed::{ListedDomain, Mailboxes};
use self::selection::{Addresses, invalid};
use crate::client::Zapmail;
use crate::names;

pub use selection::{PartialDomain, RemovalError};
pub use swap::{Swap, SwapError};

/// Domains per request.
const BATCH: usize = 50;

/// # Removing mailboxes
impl Zapmail {
    /// Plans the removal of the mailboxes with these addresses at the next renewal, in any spelling. Changes nothing: it reads
    /// the list of mailboxes and the list of subscriptions, once each. [`Removal::schedule`] carries the plan out.
    ///
    /// The service removes whole domains, so the list must have all mailboxes of each of its domains. Mailboxes that have
    /// expired were removed before: they can be left out of the list, and are not in the plan.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// let removal = zapmail.plan_removal(["dana.reed@acme.com", "lee.wood@acme.com"]).await?;
    /// println!("{removal}");
    /// removal.schedule(&zapmail).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RemovalError`], with everything that is wrong with the list at once: [`ErrorKind::Invalid`] if it is empty, if an
    /// entry is not an address, if no mailbox has an address, if a domain has mailboxes that are not in the list, or if all
    /// mailboxes have expired; and any of a call. Dropping the future loses nothing.
    pub async fn plan_removal<I>(&self, addresses: I) -> Result<Removal, RemovalError>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let addresses = Addresses::of(addresses);
        if addresses.is_empty() {
            return Err(RemovalError::empty());
        }
        let mailboxes = match addresses.valid.is_empty() {
            true => Mailboxes::default(),
            false => Mailboxes::read(self).await.map_err(RemovalError::of)?,
        };
        let domains = addresses.select(&mailboxes)?;
        Removal::of(&domains, self).await.map_err(RemovalError::of)
    }
}

/// Mailboxes to remove at the next renewal: all of each domain. [`Zapmail::plan_removal`] returns one.
///
/// The mailboxes are **deleted** at the billing date. That date is derived and not reported by the service, and no operation
/// and no field shows later that a removal is scheduled. Store the plan, for example as JSON, to be able to
/// [`undo`](Self::undo) it; it has no credentials.
///
/// `Display` is a line for each domain and mailbox.
///
/// ```
/// use zapmail_sdk_ext::Removal;
///
/// let stored = r#"{"domains": [{"id": "7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e", "name": "acme.com", "mailboxes": [{
///     "id": "5d4c3b2a-1f0e-4d9c-8b7a-6e5f4d3c2b1a", "address": "dana@acme.com", "derived_date": "2026-12-13T09:00:00Z"}]}]}"#;
/// let removal: Removal = serde_json::from_str(stored)?;
/// assert!(removal.to_string().ends_with("acme.com\n  dana@acme.com, presumably on 2026-12-13"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Removal {
    /// The domains, by name.
    pub domains: Vec<RemovedDomain>,
}

/// A domain whose mailboxes are removed; see [`Removal`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RemovedDomain {
    /// Identifier of the domain.
    pub id: DomainId,
    /// Name of the domain, in lower case.
    pub name: String,
    /// All mailboxes of the domain that have not expired, by address.
    pub mailboxes: Vec<RemovedMailbox>,
}

/// A mailbox that is removed; see [`Removal`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RemovedMailbox {
    /// Identifier of the mailbox.
    pub id: MailboxId,
    /// Address, in lower case.
    pub address: String,
    /// Date at which the mailbox is presumably deleted: derived, not reported by the service. It is the end of the period of
    /// the newest subscription, whatever its status, that was created no later than the mailbox. `None` without such a
    /// subscription, if its end is not known, or for pre-warmed mailboxes, which have subscriptions of their own.
    pub derived_date: Option<DateTime<Utc>>,
}

impl Removal {
    /// Schedules the removal in the workspace of the client. The mailboxes are **deleted** at the next billing date of the
    /// subscription that pays for them.
    ///
    /// Before anything is sent, the mailboxes are read again. The removal is idempotent: scheduling it again is safe, and
    /// continues one that failed between two requests, of 50 domains each. A mailbox that is created on one of the domains
    /// later may be deleted, too.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// let removal = zapmail.plan_removal(["dana.reed@acme.com", "lee.wood@acme.com"]).await?;
    /// removal.schedule(&zapmail).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] if a domain has mailboxes now that the plan does not have, [`ErrorKind::NotFound`] if a domain
    /// has no mailboxes in this workspace, [`ErrorKind::Invalid`] if the plan has no domain, and any of a call. Nothing was
    /// sent in the first three cases. Dropping the future can leave some domains scheduled and others not.
    pub async fn schedule(&self, zapmail: &Zapmail) -> Result<()> {
        self.check_any()?;
        self.check_unchanged(&Mailboxes::read(zapmail).await?)?;
        self.send(zapmail, true).await
    }

    /// Reverts the scheduled removal, before the billing date, in the workspace of the client. It is idempotent, and also
    /// reverts a removal of these domains that another program has scheduled.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail, removal: zapmail_sdk_ext::Removal) -> zapmail_sdk_ext::Result<()> {
    /// removal.undo(&zapmail).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if the plan has no domain, and any of a call. Dropping the future can leave some domains
    /// scheduled and others not.
    pub async fn undo(&self, zapmail: &Zapmail) -> Result<()> {
        self.check_any()?;
        self.send(zapmail, false).await
    }

    /// The plan for these domains, with the dates from the client's workspace.
    async fn of(domains: &[(&DomainId, &ListedDomain)], zapmail: &Zapmail) -> Result<Self> {
        let dates = Dates::of(zapmail.list_subscriptions().send().await?);
        let planned = domains.iter().map(|(id, domain)| {
            let mailboxes = domain.remaining().map(|(id, mailbox)| RemovedMailbox {
                id: id.clone(),
                address: mailbox.address.clone(),
                derived_date: dates.date_of(mailbox),
            });
            let mut mailboxes: Vec<_> = mailboxes.collect();
            mailboxes.sort_by(|one, other| one.address.cmp(&other.address));
            RemovedDomain { id: (*id).clone(), name: domain.name.clone(), mailboxes }
        });
        Ok(Self { domains: planned.collect() })
    }

    /// The service can take an empty list for all mailboxes.
    fn check_any(&self) -> Result<()> {
        if self.domains.is_empty() {
            return Err(invalid(
                "`domains` is empty, so there is nothing to remove; plan the removal again".to_owned(),
            ));
        }
        Ok(())
    }

    /// The service removes all mailboxes that a domain has by then, including those that the plan does not show.
    fn check_unchanged(&self, mailboxes: &Mailboxes) -> Result<()> {
        let (mut added, mut gone) = (Vec::new(), Vec::new());
        for RemovedDomain { id, name, mailboxes: planned } in &self.domains {
            let Some(domain) = mailboxes.domains.get(id) else {
                gone.push(name.clone());
                continue;
            };
            let planned: BTreeSet<_> = planned.iter().map(|mailbox| &mailbox.id).collect();
            let others = domain.remaining().filter(|(id, _)| !planned.contains(id));
            added.extend(others.map(|(_, mailbox)| mailbox.address.clone()));
        }
        let (kind, message, hint) = if !added.is_empty() {
            let message =
                format!("mailboxes were added since the removal was planned: {}", names::listed(&added, ", "));
            (ErrorKind::Conflict, message, "plan the removal again, with these addresses or without their domains")
        } else if !gone.is_empty() {
            let message = format!("domains without mailboxes in this workspace: {}", names::listed(&gone, ", "));
            (
                ErrorKind::NotFound,
                message,
                "use a client of the workspace that the removal was planned in, or plan it again",
            )
        } else {
            return Ok(());
        };
        Err(Error::new(kind, message).with_operation(ScheduleMailboxRemoval::OPERATION).with_hint(hint))
    }

    async fn send(&self, zapmail: &Zapmail, remove: bool) -> Result<()> {
        for domains in self.domains.chunks(BATCH) {
            // Filters next to the ids could change what is selected.
            let body = ScheduledRemoval::new(domains.iter().map(|domain| &domain.id), remove);
            zapmail.schedule_mailbox_removal().body(body).send().await?;
        }
        Ok(())
    }
}

impl fmt::Display for Removal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mailboxes = self.domains.iter().map(|domain| domain.mailboxes.len()).sum();
        write!(
            formatter,
            "{} on {} to be deleted at the next billing date; dates are derived, not reported by the service",
            counted(mailboxes, "mailbox", "mailboxes"),
            counted(self.domains.len(), "domain", "domains"),
        )?;
        self.domains.iter().try_for_each(|domain| write!(formatter, "\n{domain}"))
    }
}

impl fmt::Display for RemovedDomain {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)?;
        self.mailboxes.iter().try_for_each(|mailbox| write!(formatter, "\n  {mailbox}"))
    }
}

impl fmt::Display for RemovedMailbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.derived_date {
            Some(date) => write!(formatter, "{}, presumably on {}", self.address, date.date_naive()),
            None => write!(formatter, "{}, date unknown", self.address),
        }
    }
}

/// A number with its noun.
fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
