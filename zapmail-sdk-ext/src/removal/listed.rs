//! The mailboxes of a workspace as the service lists them, without their credentials.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use zapmail_sdk::ids::{DomainId, MailboxId};
use zapmail_sdk::types::{Mailbox, MailboxPage, MailboxStatus};
use zapmail_sdk::{Numeric, Result};

use crate::client::Zapmail;
use crate::names;
use crate::page::Paged;

/// Domains per page.
const PAGE: u32 = 100;

/// All mailboxes of a workspace.
#[derive(Debug, Default)]
pub(super) struct Mailboxes {
    pub domains: BTreeMap<DomainId, ListedDomain>,
    /// Free slots; `None` if the service does not report them.
    pub free_slots: Option<u64>,
}

#[derive(Debug, Default)]
pub(super) struct ListedDomain {
    pub name: String,
    pub mailboxes: BTreeMap<MailboxId, ListedMailbox>,
}

#[derive(Debug)]
pub(super) struct ListedMailbox {
    pub address: String,
    pub created_at: Option<DateTime<Utc>>,
    pub is_expired: bool,
    pub is_pre_warmed: bool,
}

impl Mailboxes {
    /// Reads the list. A mailbox that only an earlier pass has shown stays: a removal may be refused because of it, but no
    /// mailbox is overlooked.
    pub async fn read(zapmail: &Zapmail) -> Result<Self> {
        let mut mailboxes = Self::default();
        let mut pages = zapmail.list_mailboxes().limit(PAGE).pages().until_stable();
        while let Some(page) = pages.next().await? {
            mailboxes.add(page);
        }
        Ok(mailboxes)
    }

    fn add(&mut self, page: MailboxPage) {
        // A negative number means that none is free.
        let free_slots = page.available_mailboxes.as_ref().and_then(Numeric::as_i64);
        self.free_slots = free_slots.map(|free| u64::try_from(free).unwrap_or_default()).or(self.free_slots);
        for row in page.domains {
            let name = names::domain(row.domain.as_deref().unwrap_or_default());
            let domain = self.domains.entry(row.id).or_default();
            for mut mailbox in row.mailboxes {
                mailbox.domain = mailbox.domain.or_else(|| row.domain.clone());
                domain.mailboxes.insert(mailbox.id.clone(), ListedMailbox::of(&mailbox));
            }
            domain.name = name;
        }
    }

    /// The mailboxes with this address: an expired one can have a successor.
    pub fn with_address(&self, address: &str) -> impl Iterator<Item = &ListedMailbox> {
        let all = self.domains.values().flat_map(|domain| domain.mailboxes.values());
        all.filter(move |mailbox| mailbox.address == address)
    }
}

impl ListedDomain {
    /// The mailboxes that a removal would delete. Those that have expired were removed before.
    pub fn remaining(&self) -> impl Iterator<Item = (&MailboxId, &ListedMailbox)> {
        self.mailboxes.iter().filter(|(_, mailbox)| !mailbox.is_expired)
    }
}

impl ListedMailbox {
    fn of(mailbox: &Mailbox) -> Self {
        let is_expired = |status: &MailboxStatus| status.as_str().eq_ignore_ascii_case("EXPIRED");
        Self {
            address: names::address(&mailbox.address()),
            created_at: mailbox.created_at,
            is_expired: mailbox.status.as_ref().is_some_and(is_expired),
            is_pre_warmed: mailbox.is_warmed_up == Some(true),
        }
    }
}
