//! What happened, as the world saw it and as the client reported it.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use zapmail_sdk_ext::{ErrorKind, Operation};

use crate::plan::List;
use crate::weather::Fault;

/// A call of a program: all requests that it sends have its id in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallId {
    /// The action that makes it.
    pub action: u32,
    /// How often the process was started before.
    pub incarnation: u32,
    /// Its number within the action.
    pub nth: u32,
}

impl fmt::Display for CallId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.action, self.incarnation, self.nth)
    }
}

impl FromStr for CallId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(3, '.');
        // A missing part is not a number.
        let mut next = || parts.next().unwrap_or_default().parse();
        Ok(Self { action: next()?, incarnation: next()?, nth: next()? })
    }
}

/// A process, from its start to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Life {
    /// Its number in the plan.
    pub process: usize,
    /// How often it was started before.
    pub incarnation: u32,
}

/// One request. Times are since the start of the simulation.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The account that it is for.
    pub account: usize,
    /// The process that sends it.
    pub life: Life,
    /// The call that it belongs to.
    pub call: CallId,
    /// The operation.
    pub operation: &'static Operation,
    /// What it is about: the key of a purchase, or the mailbox of a code, with its workspace.
    pub subject: Option<String>,
    /// Its query: what is bought.
    pub query: String,
    /// What it asks for that must not be had twice: the names of domains, or the addresses of mailboxes.
    pub asks_for: Vec<String>,
    /// When the client passed it on.
    pub began_at: Duration,
    /// When it reaches the service, if it does.
    pub arrives_at: Option<Duration>,
    /// What goes wrong.
    pub fault: Option<Fault>,
    /// When the service carried it out.
    pub carried_out_at: Option<Duration>,
    /// Whether the service has charged domains for it.
    pub is_charged: bool,
    /// The status that the service gave it.
    pub status: Option<u16>,
    /// When the client had its response, or an error.
    pub delivered_at: Option<Duration>,
    /// When the client dropped it before.
    pub dropped_at: Option<Duration>,
    /// The code in its response.
    pub code: Option<Code>,
}

impl Exchange {
    /// Whether it bought something.
    pub fn is_purchase(&self) -> bool {
        self.operation.id == "purchase_addon_mailboxes" && self.carried_out_at.is_some()
    }

    /// Whether it brought about what it asks for. An order that is not paid is none.
    pub fn is_effective(&self) -> bool {
        self.carried_out_at.is_some() && (self.is_charged || self.operation.id != "purchase_domains")
    }

    /// Whether the service has answered it, or may have.
    pub fn was_served_or_lost(&self) -> bool {
        // Of an attempt that was given up, the client cannot tell how far it came.
        self.dropped_at.is_some() || self.fault.as_ref().is_none_or(Fault::is_ambiguous)
    }

    /// Whether the client may not know if the service has carried it out.
    pub fn is_ambiguous(&self) -> bool {
        match &self.fault {
            // A 401 is one, whatever its body: the service has only looked at the key.
            None | Some(Fault::Garbled) => self.status != Some(401),
            Some(fault) => fault.is_ambiguous(),
        }
    }

    /// Whether the client knows that the service has refused it.
    pub fn is_refused(&self) -> bool {
        let is_heard = self.fault.is_none() && self.delivered_at.is_some();
        is_heard && self.status.is_some_and(|status| (400..500).contains(&status))
    }

    /// When it ended for the client; `None` if it has not.
    pub fn ended_at(&self) -> Option<Duration> {
        self.delivered_at.or(self.dropped_at)
    }
}

/// A code of the service.
#[derive(Clone, PartialEq, Eq)]
pub struct Code {
    /// Its digits.
    pub digits: String,
    /// When it expires, as its response says, in time of the simulation.
    pub expires_at: Duration,
    /// When it expires by the service's clock, in seconds since 1970.
    pub period_ends: u64,
}

impl fmt::Debug for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a code until {:?}", self.expires_at)
    }
}

/// What a client said of a call.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The call.
    pub call: CallId,
    /// The operation.
    pub operation: &'static Operation,
    /// The account.
    pub account: usize,
    /// The key of a purchase, and what was to be bought, as a query.
    pub purchase: Option<Purchase>,
    /// What it said.
    pub said: Said,
    /// When.
    pub at: Duration,
}

/// A purchase under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// The key.
    pub key: String,
    /// The query of its request.
    pub query: String,
}

/// What a client said of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Said {
    /// It succeeded.
    Done,
    /// It failed.
    Failed {
        /// How.
        kind: ErrorKind,
        /// Whether the service may have carried it out.
        maybe_done: bool,
        /// How many attempts there were.
        attempts: u32,
    },
}

/// A list while it is read, and what really was in it.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The account.
    pub account: usize,
    /// The workspace.
    pub workspace: usize,
    /// The list.
    pub list: List,
    /// The rows that were there throughout.
    pub throughout: BTreeSet<Row>,
    /// The rows that were there at any time.
    pub ever: BTreeSet<Row>,
    /// The rows that are there now.
    pub now: BTreeSet<Row>,
    /// How many rows that the service pages by went away.
    pub removed: usize,
    /// How many came.
    pub added: usize,
    /// Whether it is still read.
    pub is_open: bool,
}

/// A row of a list, and the row that the service pages by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// The domain.
    pub page_row: String,
    /// The mailbox, or the domain.
    pub id: String,
}

/// Everything that was recorded.
#[derive(Debug, Default)]
pub struct Records {
    /// All requests.
    pub exchanges: Vec<Exchange>,
    /// What the clients said.
    pub claims: Vec<Claim>,
    /// The lists that are, or were, read.
    pub readings: Vec<Reading>,
    /// What should not have happened.
    pub violations: Vec<Violation>,
    /// What happened, line by line, if anybody wants to read it.
    pub trace: Option<Vec<String>>,
}

/// Something that should not have happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The name of the invariant.
    pub invariant: &'static str,
    /// What was seen.
    pub seen: String,
}
