//! What becomes of the purchase of a name.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use zapmail_sdk::builder::PurchaseDomains;
use zapmail_sdk::types::DomainOrder;
use zapmail_sdk::{Error, ErrorKind, Request};

use crate::journal::JournalEntry;

/// A name of [`Zapmail::buy_domains`](crate::Zapmail::buy_domains), and what has become of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BoughtDomain {
    /// The name, in lower case and in ASCII.
    pub name: String,
    /// What has become of it.
    pub state: PurchaseState,
    /// What it costs, in USD, if it was ordered now: charged, or invoiced.
    pub price: Option<Decimal>,
    /// The invoice of the order, if the service reported one. Where the wallet did not cover the price, it has to be paid
    /// there within a few minutes.
    pub invoice: Option<String>,
    /// Why it was not bought, or is not known to be.
    pub reason: Option<String>,
}

/// What has become of the purchase of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PurchaseState {
    /// The account had it before; nothing was sent.
    Owned,
    /// It was ordered, and the account has it. It is registered in the background; see
    /// [`wait_for_domains`](crate::Zapmail::wait_for_domains).
    Bought,
    /// It was ordered, now or earlier, and the account does not have it: it can take a few minutes, its invoice has to be
    /// paid, or another customer had it and the price is refunded. With
    /// [`reorder_after`](crate::BuyDomains::reorder_after), it is ordered again.
    Ordered,
    /// It cannot be bought: it is taken, its ending is not sold, or the service refuses it.
    Unavailable,
    /// The service refused the order; nothing was bought.
    Refused,
    /// Nothing was sent: because of its own error, or that of an earlier name.
    NotSent,
    /// It was ordered, and whether it was bought is unknown. The next call looks for it.
    Unknown,
}

impl BoughtDomain {
    pub(super) fn new(name: String, state: PurchaseState) -> Self {
        Self { name, state, price: None, invoice: None, reason: None }
    }

    pub(super) fn because(self, reason: &str) -> Self {
        Self { reason: Some(reason.to_owned()), ..self }
    }

    pub(super) fn with_order(self, price: Option<Decimal>, order: &DomainOrder) -> Self {
        Self { price, invoice: super::link(order), ..self }
    }

    /// What a journal knows of an order of which the account shows nothing.
    pub(super) fn ordered_before(name: String, entry: &JournalEntry) -> Self {
        let order = entry.response.as_ref().and_then(|response| serde_json::from_str(&response.body).ok());
        let invoice = order.as_ref().and_then(super::link);
        let (state, outcome) = match entry.state.is_open() {
            true => (PurchaseState::Unknown, "its outcome is unknown"),
            false => (PurchaseState::Ordered, "the account does not have it yet"),
        };
        Self { invoice, ..Self::new(name, state) }
            .because(&format!("it was ordered at {}, and {outcome}", entry.started_at))
    }
}

/// What an error means for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// This name was refused. Others may not be.
    Refused,
    /// It was not sent, and others could not be either.
    NotSent,
    /// Another process is ordering it, or has.
    Elsewhere,
    Unknown,
}

pub(super) fn verdict(error: &Error) -> Verdict {
    let is_of_purchase = error.operation() == Some(PurchaseDomains::OPERATION.id);
    match (error.kind(), error.status()) {
        _ if error.is_outcome_unknown() => Verdict::Unknown,
        // Of the journal, which has no status.
        (ErrorKind::AlreadyBought | ErrorKind::Conflict, None) => Verdict::Elsewhere,
        (_, Some(400 | 404 | 409 | 422)) if is_of_purchase => Verdict::Refused,
        (_, Some(400..500)) => Verdict::NotSent,
        _ if is_of_purchase && error.may_have_been_processed() => Verdict::Unknown,
        _ => Verdict::NotSent,
    }
}
