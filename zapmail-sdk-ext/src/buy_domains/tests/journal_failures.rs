//! Tests of failures of the journal while names are ordered.

use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use serde_json::Value;
use zapmail_sandbox::Fault;

use super::PurchaseState::{Bought, NotSent, Unknown};
use super::{Shop, named, states};
use crate::journal::{Claim, JournalEntry, JournalStore};
use crate::{Error, ErrorKind, Journal, Result};

/// A journal that cannot free any key.
#[derive(Debug)]
struct WithoutRemoval(Journal);

impl JournalStore for WithoutRemoval {
    fn claim<'a>(&'a self, entry: &'a JournalEntry, max_duration: Duration) -> BoxFuture<'a, Result<Option<Claim>>> {
        self.0.store().claim(entry, max_duration)
    }

    fn write<'a>(&'a self, entry: &'a JournalEntry) -> BoxFuture<'a, Result<()>> {
        self.0.store().write(entry)
    }

    fn remove<'a>(&'a self, _: &'a JournalEntry) -> BoxFuture<'a, Result<()>> {
        ready(Err(Error::new(ErrorKind::Journal, "no space left on device"))).boxed()
    }

    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Claim>>> {
        self.0.store().read(key)
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<Claim>>> {
        self.0.store().list()
    }

    fn progress<'a>(&'a self, run: &'a str, part: &'a str) -> BoxFuture<'a, Result<Option<Value>>> {
        self.0.store().progress(run, part)
    }

    fn save_progress<'a>(
        &'a self,
        run: &'a JournalEntry,
        part: &'a str,
        progress: &'a Value,
    ) -> BoxFuture<'a, Result<()>> {
        self.0.store().save_progress(run, part, progress)
    }
}

#[tokio::test(start_paused = true)]
async fn key_that_cannot_be_freed_stops_the_orders_and_keeps_their_states() {
    let shop = Shop::with_wallet(10_000);
    shop.sandbox.fail_next("purchase_domains", Fault::DropBeforeRequest).unwrap();
    assert_eq!(shop.buy(&["brand.net"]).await, named([("brand.net", Unknown)]));

    let buyer = shop.buyer.journal(Journal::with_store(WithoutRemoval(shop.journal.clone())));
    let purchase = buyer.buy_domains(["brand.com", "brand.net", "brand.org"], 100);
    let bought = purchase.reorder_after(Duration::from_secs(600)).run().await.unwrap();
    assert_eq!(bought[0].price, Some("12.99".parse().unwrap()));
    for domain in &bought[1..] {
        let reason = domain.reason.as_deref().unwrap_or_default();
        assert!(reason.contains("no space left on device"), "{reason}");
    }
    assert_eq!(states(bought), named([("brand.com", Bought), ("brand.net", NotSent), ("brand.org", NotSent)]));
    assert_eq!(shop.charged(), [1299]);
    // The earlier order is still in the journal.
    assert_eq!(shop.buy(&["brand.net"]).await, named([("brand.net", Unknown)]));
}
