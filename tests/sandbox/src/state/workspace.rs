//! Workspaces and the people in them.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::DomainKey;
use crate::clock::Moment;

/// A workspace of the account.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Workspace {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) created_at: Moment,
    pub(crate) domains: Vec<DomainKey>,
    /// Mailbox slots that were bought.
    pub(crate) slots: u64,
    /// Slots of mailboxes that were removed instantly: paid for, but not to be used again before the renewal.
    pub(crate) blocked_slots: u64,
    /// Mailboxes to be created at the renewal.
    pub(crate) scheduled_mailboxes: u64,
    pub(crate) members: Vec<Member>,
    pub(crate) invitations: Vec<Invitation>,
    /// What its domains can be tagged with.
    pub(crate) tags: Vec<Tag>,
    /// The billing record, as it was sent.
    pub(crate) billing: Option<Map<String, Value>>,
    /// Whether its domains renew themselves; none until it was set.
    pub(crate) renews_domains: Option<bool>,
}

impl Workspace {
    pub(crate) fn new(id: Uuid, name: impl Into<String>, created_at: Moment) -> Self {
        Self {
            id,
            name: name.into(),
            created_at,
            domains: Vec::new(),
            slots: 0,
            blocked_slots: 0,
            scheduled_mailboxes: 0,
            members: Vec::new(),
            invitations: Vec::new(),
            tags: Vec::new(),
            billing: None,
            renews_domains: None,
        }
    }
}

/// Somebody who works in a workspace. Its owner is not among them.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) id: Uuid,
    pub(crate) first_name: Cow<'static, str>,
    pub(crate) last_name: Cow<'static, str>,
    pub(crate) email: String,
    pub(crate) role: String,
}

/// Somebody who was asked to join.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Invitation {
    pub(crate) id: Uuid,
    pub(crate) email: String,
    pub(crate) role: String,
    pub(crate) status: Cow<'static, str>,
    pub(crate) created_at: Moment,
}

/// A tag for domains.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Tag {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) color: String,
}
