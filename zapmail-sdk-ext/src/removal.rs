//! Removal of mailboxes at the next renewal, and swaps of old mailboxes for new ones.
//!
//! The service removes all mailboxes of a domain, may treat an empty list as all mailboxes, and does not report a
//! removal once it is scheduled. A list of addresses is therefore turned into a [`Removal`] first, which names every
//! mailbox that would be deleted. The list is refused if the removal would delete a mailbox that is not in it.

mod batches;
mod dates;
mod listed;
mod selection;
mod swap;
#[cfg(test)]
mod tests;

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use zapmail_sdk::ids::{DomainId, MailboxId};
use zapmail_sdk::{Result, clock};

use self::dates::Dates;
use self::listed::{ListedDomain, Mailboxes};
use self::selection::Addresses;
use crate::client::Zapmail;
use crate::names;

pub use selection::{PartialDomain, RemovalError};
pub use swap::{Swap, SwapError};

/// # Removing mailboxes
impl Zapmail {
    /// Plans the removal of the mailboxes with these addresses, in any spelling, at the next renewal. Changes nothing:
    /// reads the list of mailboxes and the list of subscriptions, once each. [`Removal::schedule`] executes the plan.
    ///
    /// The service removes whole domains, so the list must contain all mailboxes of each domain. Expired mailboxes can
    /// be omitted. The plan does not show them, although the removal covers the whole domain.
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
    /// [`RemovalError`], with all problems of the list: [`ErrorKind::Invalid`] if the list is empty, if an entry is not
    /// an address or belongs to no mailbox, if a domain has mailboxes that are not in the list, or if all mailboxes
    /// have expired; and any error of a call. Dropping the future loses nothing.
    ///
    /// [`ErrorKind::Invalid`]: crate::ErrorKind::Invalid
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

/// A plan to remove all mailboxes of some domains at the next renewal, returned by [`Zapmail::plan_removal`].
///
/// The mailboxes are **deleted** at the billing date. That date is derived and not reported by the service, and no
/// operation or field shows later that a removal is scheduled. Store the plan, for example as JSON, to be able to
/// [`undo`](Self::undo) it; it contains no credentials.
///
/// `Display` prints one line per domain and mailbox.
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
    /// The domains, sorted by name.
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
    /// All mailboxes of the domain that have not expired, sorted by address.
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
    /// Date on which the mailbox is presumably deleted: derived, not reported by the service. It is the end of the
    /// period of the newest subscription, regardless of its status, that was created no later than the mailbox and is
    /// not for the other provider. `None` if there is no such subscription, if its end is unknown or has passed, and
    /// for pre-warmed mailboxes, which have separate subscriptions.
    pub derived_date: Option<DateTime<Utc>>,
}

impl Removal {
    /// Schedules the removal in the workspace of the client. The mailboxes are **deleted** at the next billing date of
    /// the subscription that pays for them.
    ///
    /// Each request schedules up to 50 domains. The mailboxes are read again before each request, and the call stops if
    /// a domain has a mailbox that is not in the plan. A mailbox that is created on one of the domains later may be
    /// deleted, too.
    ///
    /// Scheduling is idempotent: it is safe to call this again, which continues after a failure between two requests.
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
    /// [`ErrorKind::Conflict`] if a domain now has mailboxes that are not in the plan, [`ErrorKind::NotFound`] if a
    /// domain has no mailboxes in this workspace, [`ErrorKind::Invalid`] if the plan has no domains, and any error of a
    /// call. If the removal of some domains was scheduled before the error, the error names those domains.
    ///
    /// If the future is dropped, some domains may be scheduled and others not.
    ///
    /// [`ErrorKind::Conflict`]: crate::ErrorKind::Conflict
    /// [`ErrorKind::NotFound`]: crate::ErrorKind::NotFound
    /// [`ErrorKind::Invalid`]: crate::ErrorKind::Invalid
    pub async fn schedule(&self, zapmail: &Zapmail) -> Result<()> {
        batches::schedule(zapmail, &self.domains).await
    }

    /// Reverts the scheduled removal in the workspace of the client, which is possible until the billing date.
    /// Reverting is idempotent, and also reverts a removal of these domains that another program has scheduled.
    ///
    /// The mailboxes are read first. If some mailboxes of the plan are gone, the removal of the others is still
    /// reverted, and the error names the mailboxes that are gone.
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
    /// [`ErrorKind::NotFound`] if a domain has no mailboxes in this workspace, [`ErrorKind::Conflict`] if a mailbox of
    /// the plan has expired or is no longer listed, [`ErrorKind::Invalid`] if the plan has no domains, and any error of
    /// a call. If the removal of some domains was reverted before the error, the error names those domains.
    ///
    /// If the future is dropped, some domains may be scheduled and others not.
    ///
    /// [`ErrorKind::Conflict`]: crate::ErrorKind::Conflict
    /// [`ErrorKind::NotFound`]: crate::ErrorKind::NotFound
    /// [`ErrorKind::Invalid`]: crate::ErrorKind::Invalid
    pub async fn undo(&self, zapmail: &Zapmail) -> Result<()> {
        batches::undo(zapmail, &self.domains).await
    }

    /// Creates the plan for these domains, with dates from the client's workspace.
    async fn of(domains: &[(&DomainId, &ListedDomain)], zapmail: &Zapmail) -> Result<Self> {
        let dates = Dates::of(zapmail.list_subscriptions().send().await?, clock::system_time().into());
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
}

impl fmt::Display for Removal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mailboxes = self.domains.iter().map(|domain| domain.mailboxes.len()).sum();
        write!(
            formatter,
            "{} on {} to be deleted at the next billing date; dates are derived, not reported by the service",
            names::counted(mailboxes, "mailbox", "mailboxes"),
            names::counted(self.domains.len(), "domain", "domains"),
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
