//! The outcome of the purchase of a name.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use zapmail_sdk::builder::PurchaseDomains;
use zapmail_sdk::types::DomainOrder;
use zapmail_sdk::{Error, ErrorKind, Request};

use crate::journal::JournalEntry;

/// A name passed to [`Zapmail::buy_domains`](crate::Zapmail::buy_domains), and the state of its purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct BoughtDomain {
    /// The name, in lower case and in ASCII.
    pub name: String,
    /// The state of the purchase.
    pub state: PurchaseState,
    /// The price in USD that was charged or invoiced, if this call ordered the name. If the state is `Unknown`, the
    /// price may not have been charged.
    pub price: Option<Decimal>,
    /// The link to the invoice of the order, if the service reported one. If the wallet did not cover the price, the
    /// invoice must be paid through this link within a few minutes.
    pub invoice: Option<String>,
    /// The reason why the name was not bought, or why it is unknown whether it was bought.
    pub reason: Option<String>,
}

/// The state of the purchase of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PurchaseState {
    /// The account already had the domain; nothing was sent.
    Owned,
    /// The name was ordered, and the account has the domain. It is registered in the background; see
    /// [`wait_for_domains`](crate::Zapmail::wait_for_domains).
    Bought,
    /// The name was ordered, by this call or an earlier one, but the account does not have the domain: the order can
    /// take a few minutes, its invoice must be paid, or another customer bought the name first and the price is
    /// refunded. With [`reorder_after`](crate::BuyDomains::reorder_after), the name is ordered again.
    Ordered,
    /// The name cannot be bought: it is taken, its top-level domain is not sold, or the service rejects it.
    Unavailable,
    /// The service rejected the order; nothing was bought.
    Refused,
    /// Nothing was bought, because of an error for this name or an earlier one that affects the other names, too.
    NotSent,
    /// The name was ordered, but it is unknown whether it was bought. The next call looks for the domain.
    Unknown,
}

impl BoughtDomain {
    pub(super) fn new(name: String, state: PurchaseState) -> Self {
        Self { name, state, price: None, invoice: None, reason: None }
    }

    pub(super) fn with_reason(self, reason: &str) -> Self {
        Self { reason: Some(reason.to_owned()), ..self }
    }

    pub(super) fn with_order(self, price: Option<Decimal>, order: &DomainOrder) -> Self {
        Self { price, invoice: super::payment_link(order), ..self }
    }

    /// Returns the state of a name that was ordered earlier, according to the journal, and that the account does not
    /// have.
    pub(super) fn ordered_before(name: String, entry: &JournalEntry) -> Self {
        let order = entry.response.as_ref().and_then(|response| serde_json::from_str(&response.body).ok());
        let invoice = order.as_ref().and_then(super::payment_link);
        let (state, outcome) = match entry.state.is_open() {
            true => (PurchaseState::Unknown, "and its outcome is unknown"),
            false => (PurchaseState::Ordered, "but the account does not have it yet"),
        };
        Self { invoice, ..Self::new(name, state) }
            .with_reason(&format!("it was ordered at {}, {outcome}", entry.start_time()))
    }
}

/// The consequence of an error for an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OrderFailure {
    /// The service rejected this name. It may accept others.
    Refused,
    /// The order was not sent, or failed for a reason that affects other names, too.
    NotSent,
    /// Another process is ordering the name, or has ordered it.
    OrderedElsewhere,
    /// The outcome of the order is unknown.
    Unknown,
}

pub(super) fn classify(error: &Error) -> OrderFailure {
    let is_of_purchase = error.operation() == Some(PurchaseDomains::OPERATION.id);
    match (error.kind(), error.status()) {
        _ if error.is_outcome_unknown() => OrderFailure::Unknown,
        // An error of the journal has no HTTP status.
        (ErrorKind::AlreadyBought | ErrorKind::Conflict, None) => OrderFailure::OrderedElsewhere,
        (_, Some(400 | 404 | 409 | 422)) if is_of_purchase => OrderFailure::Refused,
        (_, Some(400..500)) => OrderFailure::NotSent,
        _ if is_of_purchase && error.may_have_been_processed() => OrderFailure::Unknown,
        _ => OrderFailure::NotSent,
    }
}
