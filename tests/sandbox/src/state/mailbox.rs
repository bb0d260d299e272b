//! Mailboxes, and how they come into being.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Domain, Password};
use crate::clock::Moment;
use crate::invent::CodeSeed;

/// How long a new mailbox stays IN_PROGRESS. The service takes an hour; the sandbox does not keep anybody waiting.
const SETTING_UP: Duration = Duration::from_secs(60);

/// When a new mailbox is ACTIVE, counted from its assignment.
const READY: Duration = Duration::from_secs(120);

/// How long a mailbox is paid for.
pub(crate) const PAID_PERIOD: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A mailbox.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Mailbox {
    pub(crate) id: Uuid,
    pub(crate) username: Cow<'static, str>,
    pub(crate) first_name: Cow<'static, str>,
    pub(crate) last_name: Cow<'static, str>,
    /// Link to the picture, where the service keeps it.
    pub(crate) picture: Option<String>,
    /// Seed of its authenticator codes; none without a second factor.
    pub(crate) code_seed: Option<CodeSeed>,
    pub(crate) life: Life,
    pub(crate) assigned_on: Moment,
    /// The password that its assignment chose; without one it has the same as all other mailboxes.
    pub(crate) password: Option<Password>,
    /// Whether it is removed when the paid period ends.
    pub(crate) removal_scheduled: bool,
}

/// What has become of a mailbox; its status follows from it and from the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Life {
    /// It has been there for long.
    Settled,
    /// It is being created since then.
    CreatedFrom(Moment),
    /// Its creation failed.
    Failed,
}

impl Mailbox {
    pub(crate) fn address(&self, domain: &Domain) -> String {
        format!("{}@{}", self.username, domain.name)
    }

    /// Returns whether its address contains a text, in upper or lower case.
    pub(crate) fn address_contains(&self, domain: &Domain, sought: &str) -> bool {
        self.address(domain).to_lowercase().contains(&sought.to_lowercase())
    }

    pub(crate) fn expires_on(&self) -> Moment {
        self.assigned_on.after(PAID_PERIOD)
    }

    /// As the service spells it.
    pub(crate) fn status(&self, now: Moment) -> &'static str {
        match self.life {
            Life::Failed => "FAILED",
            // Nothing tells beforehand that a removal is scheduled; afterwards the status does (mailbox.yaml).
            _ if self.removal_scheduled && now >= self.expires_on() => "EXPIRED",
            Life::Settled => "ACTIVE",
            Life::CreatedFrom(start) => match now.since(start) {
                age if age < SETTING_UP => "IN_PROGRESS",
                age if age < READY => "CREATING_PASSWORD",
                _ => "ACTIVE",
            },
        }
    }

    /// Whether it can be logged in to; only then it has credentials.
    pub(crate) fn is_active(&self, now: Moment) -> bool {
        self.status(now) == "ACTIVE"
    }
}
