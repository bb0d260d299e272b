//! Mailboxes and the steps of their creation.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zapmail_sdk::Secret;

use super::{Provider, State};
use crate::clock::{MONTH, Timestamp};
use crate::id_generator::CodeSeed;

/// The time for which a new mailbox is `IN_PROGRESS`. The live service takes an hour; the sandbox is faster, to keep
/// tests short.
const SETTING_UP: Duration = Duration::from_secs(60);

/// The time from the assignment of a mailbox until it is `ACTIVE`.
pub(crate) const READY: Duration = Duration::from_secs(120);

/// A mailbox.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Mailbox {
    pub(crate) id: Uuid,
    pub(crate) username: Cow<'static, str>,
    pub(crate) first_name: Cow<'static, str>,
    pub(crate) last_name: Cow<'static, str>,
    /// URL of the service's copy of the profile picture.
    pub(crate) picture: Option<String>,
    /// Seed of the authenticator codes; `None` without a second factor.
    pub(crate) code_seed: Option<CodeSeed>,
    pub(crate) life: Life,
    pub(crate) assigned_on: Timestamp,
    /// Password chosen in the assignment; `None` for the sandbox's default password.
    pub(crate) password: Option<Secret>,
    /// Whether the mailbox is removed at the end of the paid period.
    pub(crate) removal_scheduled: bool,
}

/// The lifecycle of a mailbox. Together with the current time, it determines the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Life {
    /// Created long ago.
    Settled,
    /// Created in steps, beginning at this time.
    CreatedFrom(Timestamp),
    /// Creation failed.
    Failed,
}

impl State {
    /// Creates a mailbox, which is not yet in the state.
    pub(crate) fn new_mailbox(
        &mut self,
        provider: Provider,
        username: String,
        (first_name, last_name): (String, String),
        life: Life,
        assigned_on: Timestamp,
    ) -> Mailbox {
        Mailbox {
            id: self.id_generator.next_id(),
            username: Cow::Owned(username),
            first_name: Cow::Owned(first_name),
            last_name: Cow::Owned(last_name),
            picture: None,
            code_seed: (provider == Provider::Google).then(|| self.id_generator.next_code_seed()),
            life,
            assigned_on,
            password: None,
            removal_scheduled: false,
        }
    }
}

impl Mailbox {
    pub(crate) fn expires_on(&self) -> Timestamp {
        self.assigned_on.plus(MONTH)
    }

    /// Returns the status in the service's spelling.
    pub(crate) fn status(&self, now: Timestamp) -> &'static str {
        match self.life {
            Life::Failed => "FAILED",
            // No response shows a scheduled removal before the end of the paid period (mailbox.yaml).
            _ if self.removal_scheduled && now >= self.expires_on() => "EXPIRED",
            Life::Settled => "ACTIVE",
            Life::CreatedFrom(start) => match now.since(start) {
                age if age < SETTING_UP => "IN_PROGRESS",
                age if age < READY => "CREATING_PASSWORD",
                _ => "ACTIVE",
            },
        }
    }

    /// Returns whether the creation has ended, successfully or not.
    pub(crate) fn is_settled(&self, now: Timestamp) -> bool {
        self.life == Life::Failed || self.is_active(now)
    }

    /// Returns whether the mailbox is `ACTIVE`. Only then do responses contain its credentials.
    pub(crate) fn is_active(&self, now: Timestamp) -> bool {
        self.status(now) == "ACTIVE"
    }
}
