//! Records of a simulation: the actual events, and the reports of the clients.

use std::collections::BTreeSet;
use std::fmt;
use std::time::Duration;

use zapmail_sdk_ext::{ErrorKind, Operation};

pub use crate::call_id::CallId;
use crate::plan::List;
use crate::weather::Fault;

/// A process between a start and the next crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Incarnation {
    /// Its number in the plan.
    pub process: usize,
    /// The number of earlier starts.
    pub number: u32,
}

/// The incarnation number of processes in the final phase.
pub const FINAL_PHASE: u32 = 1000;

/// One request. Times are since the start of the simulation.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The account.
    pub account: usize,
    /// The process.
    pub incarnation: Incarnation,
    /// The call.
    pub call: CallId,
    /// The operation.
    pub operation: &'static Operation,
    /// The key of a purchase, or the workspace and mailbox of a code.
    pub subject: Option<String>,
    /// The query string, which contains the quantity of a purchase.
    pub query: String,
    /// The items that must not be created twice: names of domains, or addresses of mailboxes.
    pub requested_items: Vec<String>,
    /// When the client sent it.
    pub began_at: Duration,
    /// When it arrives at the service, if it does.
    pub arrives_at: Option<Duration>,
    /// The fault of the network.
    pub fault: Option<Fault>,
    /// When the service processed it successfully.
    pub carried_out_at: Option<Duration>,
    /// Whether the service charged for domains.
    pub is_charged: bool,
    /// The status of the service's response.
    pub status: Option<u16>,
    /// When the client received the response or an error.
    pub delivered_at: Option<Duration>,
    /// When the client dropped it without an outcome.
    pub dropped_at: Option<Duration>,
    /// The code in the response.
    pub code: Option<Code>,
}

impl Exchange {
    /// Whether it is a successful purchase of slots.
    pub fn is_purchase(&self) -> bool {
        self.operation.id == "purchase_addon_mailboxes" && self.carried_out_at.is_some()
    }

    /// Whether it is a request for a code.
    pub fn is_code(&self) -> bool {
        self.operation.id == "get_authenticator_code"
    }

    /// Whether it is an order of domains.
    pub fn is_order(&self) -> bool {
        self.operation.id == "purchase_domains"
    }

    /// Whether it had its effect. An order of domains has an effect only if it was charged.
    pub fn is_effective(&self) -> bool {
        self.carried_out_at.is_some() && (self.is_charged || !self.is_order())
    }

    /// Whether the request might have reached the service, as far as the client can know.
    pub fn may_have_arrived(&self) -> bool {
        // The client cannot know whether an abandoned attempt was processed.
        self.dropped_at.is_some() || self.fault.as_ref().is_none_or(Fault::is_ambiguous)
    }

    /// Whether the client cannot know if the service processed it.
    pub fn is_ambiguous(&self) -> bool {
        match &self.fault {
            // A 401 is never ambiguous, whatever its body, because the service has only checked the key.
            None | Some(Fault::Garbled) => self.status != Some(401),
            Some(fault) => fault.is_ambiguous(),
        }
    }

    /// Whether the client knows that the service rejected it.
    pub fn is_refused(&self) -> bool {
        let is_received = self.fault.is_none() && self.delivered_at.is_some();
        is_received && self.status.is_some_and(|status| (400..500).contains(&status))
    }

    /// When it ended for the client, if it has ended.
    pub fn ended_at(&self) -> Option<Duration> {
        self.delivered_at.or(self.dropped_at)
    }
}

/// A code from the service.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    /// Its digits.
    pub digits: String,
    /// When it expires according to its response, since the start of the simulation.
    pub expires_at: Duration,
    /// When it expires according to the service's clock, in seconds since the Unix epoch.
    pub period_ends: u64,
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "code that expires at {:?}", self.expires_at)
    }
}

/// A client's report about a call.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The call.
    pub call: CallId,
    /// The operation.
    pub operation: &'static Operation,
    /// The account.
    pub account: usize,
    /// The purchase with a key, if it is one.
    pub purchase: Option<Purchase>,
    /// The reported outcome.
    pub reported: Reported,
    /// The time of the report.
    pub at: Duration,
}

/// A purchase with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// The key.
    pub key: String,
    /// The query of its request.
    pub query: String,
}

/// The reported outcome of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reported {
    /// It succeeded.
    Done,
    /// It failed.
    Failed {
        /// The kind of the error.
        kind: ErrorKind,
        /// Whether the error reports that the service might have processed the call.
        may_be_done: bool,
        /// The reported number of attempts.
        attempts: u32,
    },
}

/// The actual rows of a list while a client reads it.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The account.
    pub account: usize,
    /// The workspace.
    pub workspace: usize,
    /// The list.
    pub list: List,
    /// The rows that existed all the time.
    pub throughout: BTreeSet<Row>,
    /// The rows that existed at any time.
    pub ever: BTreeSet<Row>,
    /// The current rows.
    pub now: BTreeSet<Row>,
    /// The number of removed rows, counting the rows by which the service pages.
    pub removed: usize,
    /// The number of added rows.
    pub added: usize,
    /// Whether the client is still reading.
    pub is_open: bool,
}

/// A row of a list, and the row by which the service pages.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// The id of the domain.
    pub page_row: String,
    /// The id of the mailbox or the domain.
    pub id: String,
}

/// All records.
#[derive(Debug, Default)]
pub struct Records {
    /// All requests.
    pub exchanges: Vec<Exchange>,
    /// The reports of the clients.
    pub claims: Vec<Claim>,
    /// The lists that clients read.
    pub readings: Vec<Reading>,
    /// The violated invariants.
    pub violations: Vec<Violation>,
    /// The events, one per line, if tracing is enabled.
    pub trace: Option<Vec<String>>,
}

/// A violated invariant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The name of the invariant.
    pub invariant: &'static str,
    /// How it was violated.
    pub details: String,
}
