//! Domains.

use uuid::Uuid;

use super::{Mailbox, WorkspaceKey};
use crate::invent::CodeSeed;

/// A domain of the account.
#[derive(Debug)]
pub(crate) struct Domain {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) workspace: WorkspaceKey,
    /// Who runs its mailboxes; none until it has had one.
    pub(crate) provider: Option<Provider>,
    pub(crate) admin: Option<Admin>,
    pub(crate) mailboxes: Vec<Mailbox>,
    /// Whether its mailboxes go when the paid period ends.
    pub(crate) removal_scheduled: bool,
}

/// Who runs mailboxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Provider {
    Google,
    Microsoft,
}

impl Provider {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Google => "GOOGLE",
            Self::Microsoft => "MICROSOFT",
        }
    }
}

/// The account that administers a Microsoft domain.
#[derive(Debug)]
pub(crate) struct Admin {
    /// Seed of its authenticator codes; none without a second factor.
    pub(crate) code_seed: Option<CodeSeed>,
}
