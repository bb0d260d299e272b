//! Provisioning plans of a simulation, from which the client's plans are built.

use serde::{Deserialize, Serialize};

/// A plan of domains and mailboxes. Several programs can run it, even at the same time.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Provision {
    /// The workspace; `None` for the primary workspace, without its id.
    pub workspace: Option<usize>,
    /// The domains.
    pub domains: Vec<PlannedDomain>,
    /// Whether the plan contains settings of the domains.
    pub has_settings: bool,
    /// Whether the plan exports the mailboxes.
    pub exports: bool,
    /// The maximum total price of the domains, in USD.
    pub at_most: u32,
}

/// A planned domain with mailboxes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedDomain {
    /// The source of the domain.
    pub source: Source,
    /// The number of its mailboxes.
    pub mailboxes: usize,
}

/// The source of a planned domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// It is bought.
    Buy,
    /// It should be bought, but it is not available.
    Taken,
    /// It is connected.
    Connect,
    /// It is one of the initial domains of the workspace, given by its index.
    Owned(usize),
}
