//! Workspaces, their members, invitations and tags.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::DomainKey;
use crate::clock::Timestamp;

/// A workspace of the account.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Workspace {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) created_at: Timestamp,
    pub(crate) domains: Vec<DomainKey>,
    /// Number of purchased mailbox slots.
    pub(crate) slots: u64,
    /// Slots of instantly removed mailboxes. They are paid for, but cannot be used until the renewal.
    pub(crate) blocked_slots: u64,
    /// Number of mailboxes to create at the renewal.
    pub(crate) scheduled_mailboxes: u64,
    pub(crate) members: Vec<Member>,
    pub(crate) invitations: Vec<Invitation>,
    /// Tags for the domains of the workspace.
    pub(crate) tags: Vec<Tag>,
    /// Billing record, as it was sent.
    pub(crate) billing: Option<Map<String, Value>>,
    /// Whether new domains renew automatically; `None` until it is set.
    pub(crate) renews_domains: Option<bool>,
}

impl Workspace {
    pub(crate) fn new(id: Uuid, name: impl Into<String>, created_at: Timestamp) -> Self {
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

/// A member of a workspace, other than its owner.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) id: Uuid,
    pub(crate) first_name: Cow<'static, str>,
    pub(crate) last_name: Cow<'static, str>,
    pub(crate) email: String,
    pub(crate) role: String,
}

/// An invitation to join a workspace.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Invitation {
    pub(crate) id: Uuid,
    pub(crate) email: String,
    pub(crate) role: String,
    pub(crate) status: Cow<'static, str>,
    pub(crate) created_at: Timestamp,
}

/// A tag for domains.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Tag {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) color: String,
}
