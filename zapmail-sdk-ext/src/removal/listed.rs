//! The mailboxes of a workspace as the service lists them, without their credentials.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use zapmail_sdk::Result;
use zapmail_sdk::ids::{DomainId, MailboxId};
use zapmail_sdk::types::{Mailbox, MailboxPage, ServiceProvider};

use crate::client::Zapmail;
use crate::names;
use crate::page::Paged;
use crate::rows;

/// Domains per page.
const PAGE: u32 = 100;

/// All mailboxes of a workspace.
#[derive(Debug, Default)]
pub(super) struct Mailboxes {
    /// The domains that have mailboxes.
    pub domains: BTreeMap<DomainId, ListedDomain>,
    /// Free slots; `None` if the service does not report them.
    pub free_slots: Option<u64>,
    /// The addresses, and whether all mailboxes with that address have expired: an expired mailbox can have a
    /// successor.
    addresses: BTreeMap<String, bool>,
    /// The names of all listed domains, by id in lower case.
    names: BTreeMap<String, String>,
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
    pub provider: Option<ServiceProvider>,
    pub is_expired: bool,
    pub is_pre_warmed: bool,
}

impl Mailboxes {
    /// Reads the list, and reads it again if it changed during a pass. A mailbox that only an earlier pass returned is
    /// kept: a removal may be refused because of it, but no mailbox is overlooked.
    pub async fn read(zapmail: &Zapmail) -> Result<Self> {
        let mut mailboxes = Self::default();
        let mut pages = zapmail.list_mailboxes().limit(PAGE).pages().until_stable();
        while let Some(page) = pages.next().await? {
            mailboxes.add(page);
        }
        for mailbox in mailboxes.domains.values().flat_map(|domain| domain.mailboxes.values()) {
            let all_expired = mailboxes.addresses.entry(mailbox.address.clone()).or_insert(true);
            *all_expired &= mailbox.is_expired;
        }
        Ok(mailboxes)
    }

    fn add(&mut self, page: MailboxPage) {
        self.free_slots = rows::free_slots(&page).or(self.free_slots);
        for row in &page.domains {
            if let Some(name) = &row.domain {
                self.names.insert(row.id.as_str().to_ascii_lowercase(), names::domain(name));
            }
        }
        for (id, mailbox) in rows::each_mailbox(page) {
            let domain = self.domains.entry(id).or_default();
            domain.name = names::domain(mailbox.domain.as_deref().unwrap_or_default());
            domain.mailboxes.insert(mailbox.id.clone(), ListedMailbox::of(&mailbox));
        }
    }

    /// Returns the name of the domain with this id, in any letter case.
    pub fn name_of(&self, id: &DomainId) -> Option<&String> {
        self.names.get(&id.as_str().to_ascii_lowercase())
    }

    /// Returns whether there is a mailbox with this address, expired or not.
    pub fn has(&self, address: &str) -> bool {
        self.addresses.contains_key(address)
    }

    /// Returns whether there is a mailbox with this address, and each of them has expired.
    pub fn has_expired(&self, address: &str) -> bool {
        self.addresses.get(address) == Some(&true)
    }
}

impl ListedDomain {
    /// Returns the mailboxes that a removal would delete: those that have not expired.
    pub fn remaining(&self) -> impl Iterator<Item = (&MailboxId, &ListedMailbox)> {
        self.mailboxes.iter().filter(|(_, mailbox)| !mailbox.is_expired)
    }
}

impl ListedMailbox {
    fn of(mailbox: &Mailbox) -> Self {
        Self {
            address: names::address(&mailbox.address()),
            created_at: mailbox.created_at,
            provider: mailbox.service_provider.clone(),
            is_expired: rows::has_expired(mailbox),
            is_pre_warmed: mailbox.is_warmed_up == Some(true),
        }
    }
}
