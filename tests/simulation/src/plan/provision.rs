//! What programs provision: the part of a simulation's plan that becomes a plan of the client.

use serde::{Deserialize, Serialize};

/// Domains and mailboxes to have. Several programs may carry it out, at the same time as well.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Provision {
    /// The workspace; `None` for the primary one, unnamed.
    pub workspace: Option<usize>,
    /// The domains.
    pub domains: Vec<PlannedDomain>,
    /// Whether settings of the domains are set.
    pub has_settings: bool,
    /// Whether the mailboxes are exported.
    pub exports: bool,
    /// What the domains may cost together, in USD.
    pub at_most: u32,
}

/// A domain to have, with mailboxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedDomain {
    /// Where it comes from.
    pub source: Source,
    /// How many mailboxes it is to have.
    pub mailboxes: usize,
}

/// Where a domain comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// It is bought.
    Buy,
    /// It is to be bought, and belongs to somebody else.
    Taken,
    /// It is connected.
    Connect,
    /// The workspace has it: one of those that it begins with, by its place.
    Owned(usize),
}
