//! Links to pages of the payment provider, which the sandbox does not have.

use uuid::Uuid;

/// Returns the URL of an invoice.
pub(super) fn invoice(id: Uuid) -> String {
    format!("https://invoice.example.com/i/{id}")
}

/// Returns the URL of a page to pay at.
pub(super) fn checkout(id: Uuid) -> String {
    format!("https://checkout.example.com/session/{id}")
}
