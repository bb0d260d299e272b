//! Purchases with and without a key.

use zapmail_sdk_ext::Request;
use zapmail_sdk_ext::builder::PurchaseAddonMailboxes;

use crate::canaries;
use crate::process::Actor;
use crate::records::Purchase;

/// Buys with a key that other actions of the account can also use.
pub async fn once(actor: &Actor, key: u8, quantity: u32) {
    let key = format!("order-{key}");
    let (zapmail, call) = actor.call();
    let zapmail = Actor::with_subject(&zapmail, &key);
    let buyer = zapmail.allow_spending().journal(actor.process.journal.clone()).once(&key);
    let outcome = buyer.purchase_addon_mailboxes().quantity(quantity).send().await;
    if let Ok(link) = &outcome {
        canaries::check(actor.world(), "a purchase", &format!("{link:?}"));
    }
    let purchase = Purchase { key, query: format!("quantity={quantity}") };
    actor.claim(call, PurchaseAddonMailboxes::OPERATION, Some(purchase), &outcome);
}

/// Buys without a key and a journal.
pub(super) async fn slots(actor: &Actor, quantity: u32) {
    let (zapmail, call) = actor.call();
    let outcome = zapmail.allow_spending().purchase_addon_mailboxes().quantity(quantity).send().await;
    actor.claim_single(call, PurchaseAddonMailboxes::OPERATION, &outcome);
}
