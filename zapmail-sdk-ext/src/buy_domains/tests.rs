//! Tests of domain purchases on the sandbox, with and without faults.

mod journal_failures;

use std::time::Duration;

use serde_json::json;
use tempfile::TempDir;
use zapmail_sandbox::{Fault, Sandbox};

use super::PurchaseState::{Bought, NotSent, Ordered, Owned, Unavailable, Unknown};
use super::{BoughtDomain, PurchaseState};
use crate::testing::{Reply, Service, client_of, journal, seconds};
use crate::types::{DomainPurchase, DomainPurchaseItem};
use crate::{ErrorKind, Journal, RetryPolicy, Zapmail};

struct Shop {
    sandbox: Sandbox,
    buyer: Zapmail,
    journal: Journal,
    _folder: TempDir,
}

impl Shop {
    fn with_wallet(cents: u64) -> Self {
        let sandbox = Sandbox::builder().wallet_cents(cents).build().unwrap();
        let zapmail = client_of(&sandbox).retry_policy(RetryPolicy::none()).build().unwrap();
        let (folder, journal) = journal();
        let buyer = zapmail.allow_spending().journal(journal.clone());
        Self { sandbox, buyer, journal, _folder: folder }
    }

    /// Buys the names for at most 100 USD, and returns their states.
    async fn buy(&self, names: &[&str]) -> Vec<(String, PurchaseState)> {
        states(self.buyer.buy_domains(names, 100).run().await.unwrap())
    }

    fn orders(&self) -> usize {
        self.sandbox.requests_of("purchase_domains").len()
    }

    fn charged(&self) -> Vec<u64> {
        self.sandbox.ledger().iter().map(|entry| entry.cents).collect()
    }
}

fn states(bought: Vec<BoughtDomain>) -> Vec<(String, PurchaseState)> {
    bought.into_iter().map(|bought| (bought.name, bought.state)).collect()
}

fn named<const N: usize>(states: [(&str, PurchaseState); N]) -> Vec<(String, PurchaseState)> {
    states.map(|(name, state)| (name.to_owned(), state)).to_vec()
}

#[tokio::test(start_paused = true)]
async fn available_names_are_bought_once_and_other_names_are_skipped() {
    let shop = Shop::with_wallet(10_000);
    let names = ["Brand.com.", "acme-001.example.com", "taken.com", "brand.net", "brand.com"];
    let bought = shop.buyer.buy_domains(names, 28).run().await.unwrap();
    assert_eq!(bought[0].price, Some("12.99".parse().unwrap()));
    assert!(bought[0].invoice.as_deref().is_some_and(|link| link.starts_with("https://invoice.example.com/")));
    let expected =
        [("brand.com", Bought), ("acme-001.example.com", Owned), ("taken.com", Unavailable), ("brand.net", Bought)];
    assert_eq!(states(bought), named(expected));
    assert_eq!((shop.charged(), shop.orders()), (vec![1299, 1499], 2));

    // A different selection of names does not buy a name again.
    let again = shop.buy(&["brand.net", "brand.org", "brand.com"]).await;
    assert_eq!(again, named([("brand.net", Owned), ("brand.org", Bought), ("brand.com", Owned)]));
    assert_eq!(shop.orders(), 3);
}

#[tokio::test(start_paused = true)]
async fn price_above_limit_or_wallet_balance_buys_nothing() {
    let shop = Shop::with_wallet(2_000);
    for (at_most, expected) in [
        (20, "2 domains cost 27.98 USD, which exceeds `at_most` (20 USD)"),
        (100, "2 domains cost 27.98 USD, but the wallet contains only 20"),
    ] {
        let error = shop.buyer.buy_domains(["brand.com", "brand.net"], at_most).run().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SpendingNotAllowed);
        assert!(error.to_string().contains(expected), "{error}");
    }
    assert_eq!(shop.orders(), 0);
    assert_eq!(shop.buy(&["brand.com"]).await, named([("brand.com", Bought)]));
}

#[tokio::test(start_paused = true)]
async fn purchase_with_lost_response_is_found_by_reading_back() {
    let shop = Shop::with_wallet(10_000);
    shop.sandbox.fail_next("purchase_domains", Fault::DropAfterRequest).unwrap();
    // Nothing else is ordered after an unknown outcome.
    let first = shop.buy(&["brand.com", "brand.net"]).await;
    assert_eq!(first, named([("brand.com", Bought), ("brand.net", NotSent)]));
    let second = shop.buy(&["brand.com", "brand.net"]).await;
    assert_eq!(second, named([("brand.com", Owned), ("brand.net", Bought)]));
    assert_eq!(shop.charged(), [1299, 1499]);
    assert!(shop.journal.open_entries().await.unwrap().is_empty(), "the purchase that was found is settled");
}

#[tokio::test(start_paused = true)]
async fn purchase_without_a_trace_is_retried_only_after_reorder_after() {
    let shop = Shop::with_wallet(10_000);
    shop.sandbox.fail_next("purchase_domains", Fault::DropBeforeRequest).unwrap();
    assert_eq!(shop.buy(&["brand.com"]).await, named([("brand.com", Unknown)]));
    assert_eq!(shop.buy(&["brand.com"]).await, named([("brand.com", Unknown)]));
    assert!(shop.charged().is_empty());
    let retrying = shop.buyer.buy_domains(["brand.com"], 100).reorder_after(Duration::from_secs(600));
    let (bought, waited) = seconds(retrying.run()).await;
    assert_eq!(states(bought.unwrap()), named([("brand.com", Bought)]));
    assert!((600.0..610.0).contains(&waited), "{waited}");
    assert_eq!(shop.charged(), [1299]);
    // No outcome is unknown any longer.
    let again = shop.buyer.buy_domains(["brand.com"], 100).reorder_after(Duration::from_secs(600));
    let (bought, waited) = seconds(again.run()).await;
    assert_eq!(states(bought.unwrap()), named([("brand.com", Owned)]));
    assert!(waited < 10.0, "{waited}");
}

#[tokio::test(start_paused = true)]
async fn order_that_arrives_during_the_wait_is_not_retried() {
    let shop = Shop::with_wallet(10_000);
    shop.sandbox.fail_next("purchase_domains", Fault::DropBeforeRequest).unwrap();
    assert_eq!(shop.buy(&["brand.com"]).await, named([("brand.com", Unknown)]));
    let retrying = shop.buyer.buy_domains(["brand.com"], 100).reorder_after(Duration::from_secs(600));
    // Simulates an order that arrives late.
    let late = async {
        tokio::time::sleep(Duration::from_secs(300)).await;
        let body = DomainPurchase::new([DomainPurchaseItem::new("brand.com")], false, true);
        let other = client_of(&shop.sandbox).allow_spending().build().unwrap();
        other.purchase_domains().body(body).send().await.unwrap();
    };
    let (bought, ()) = tokio::join!(retrying.run(), late);
    assert_eq!(states(bought.unwrap()), named([("brand.com", Owned)]));
    assert_eq!(shop.charged(), [1299]);
    assert!(shop.journal.open_entries().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn concurrent_retries_of_an_order_without_a_trace_buy_once() {
    let shop = Shop::with_wallet(10_000);
    shop.sandbox.fail_next("purchase_domains", Fault::DropBeforeRequest).unwrap();
    assert_eq!(shop.buy(&["brand.com"]).await, named([("brand.com", Unknown)]));
    let retrying =
        |minutes: u64| shop.buyer.buy_domains(["brand.com"], 100).reorder_after(Duration::from_secs(60 * minutes));
    let (first, second) = tokio::join!(retrying(10).run(), retrying(10).run());
    let all = [states(first.unwrap()), states(second.unwrap())].concat();
    assert!(all.iter().any(|(_, state)| *state == Bought), "{all:?}");
    assert_eq!(shop.charged(), [1299]);
}

#[tokio::test(start_paused = true)]
async fn failure_before_the_order_is_reported_as_not_sent() {
    let shop = Shop::with_wallet(10_000);
    // The first request of `list_domains` is the lookup; the second one reads the state before the order.
    shop.sandbox.fail_next("list_domains", Fault::Delay(Duration::from_millis(1))).unwrap();
    shop.sandbox.fail_next("list_domains", Fault::status(500)).unwrap();
    let first = shop.buy(&["brand.com"]).await;
    assert_eq!(first, named([("brand.com", NotSent)]));
    assert_eq!(shop.orders(), 0);
    for status in [401, 403] {
        shop.sandbox.fail_next("purchase_domains", Fault::status(status)).unwrap();
        let states = shop.buy(&["brand.com", "brand.net"]).await;
        assert_eq!(states, named([("brand.com", NotSent), ("brand.net", NotSent)]), "{status}");
    }
    assert_eq!(shop.buy(&["brand.com"]).await, named([("brand.com", Bought)]));
}

#[tokio::test(start_paused = true)]
async fn open_order_of_a_name_in_another_workspace_is_not_retried() {
    let shop = Shop::with_wallet(10_000);
    let other_workspace = shop.buyer.workspace(&shop.sandbox.workspaces()[1].id);
    shop.sandbox.fail_next("purchase_domains", Fault::DropAfterRequest).unwrap();
    shop.sandbox.fail_next("list_domains", Fault::Delay(Duration::from_millis(1))).unwrap();
    let lost = other_workspace.buy_domains(["brand.com"], 100).run().await.unwrap();
    assert_eq!(states(lost), named([("brand.com", Bought)]));
    // The account has the domain in another workspace, so this workspace does not list it.
    let purchase = shop.buyer.buy_domains(["brand.com"], 100).reorder_after(Duration::from_secs(600));
    assert_eq!(states(purchase.run().await.unwrap()), named([("brand.com", Ordered)]));
    assert_eq!(shop.charged(), [1299]);
}

#[tokio::test(start_paused = true)]
async fn rejected_name_does_not_prevent_the_purchase_of_others() {
    let shop = Shop::with_wallet(10_000);
    shop.sandbox.fail_next("purchase_domains", Fault::status(400)).unwrap();
    let bought = shop.buyer.buy_domains(["brand.com", "brand.net"], 100).run().await.unwrap();
    assert!(bought[0].reason.is_some());
    assert_eq!(states(bought), named([("brand.com", PurchaseState::Refused), ("brand.net", Bought)]));
    assert_eq!(shop.buy(&["brand.com"]).await, named([("brand.com", Bought)]));
}

#[tokio::test(start_paused = true)]
async fn purchase_without_permission_or_journal_sends_nothing() {
    let shop = Shop::with_wallet(10_000);
    let zapmail = client_of(&shop.sandbox).build().unwrap();
    let kind =
        |zapmail: Zapmail| async move { zapmail.buy_domains(["brand.com"], 100).run().await.unwrap_err().kind() };
    assert_eq!(kind(zapmail.clone()).await, ErrorKind::SpendingNotAllowed);
    assert_eq!(kind(zapmail.journal(shop.journal.clone())).await, ErrorKind::SpendingNotAllowed);
    assert_eq!(kind(zapmail.allow_spending()).await, ErrorKind::Config);
    let error = shop.buyer.buy_domains(["brand"], 100).run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(shop.sandbox.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn order_with_an_unpaid_invoice_is_not_reported_as_bought() {
    let no_domains = || Reply::page("domains", json!([]));
    let offer = json!([{"domainName": "brand.com", "status": "AVAILABLE", "domainPrice": "12.99"}]);
    let link = "https://invoice.example.com/i/1";
    let service = Service::replying([
        no_domains(),
        Reply::data(json!({"domains": offer})),
        // The response does not contain the balance.
        Reply::json(200, json!({"message": "ok", "autoRechargeEnabled": false})),
        no_domains(),
        Reply::data(json!({"invoiceLink": link})),
        no_domains(),
    ])
    .await;
    let (_folder, journal) = journal();
    let buyer = service.zapmail.allow_spending().journal(journal);
    for _ in 0..2 {
        let bought = buyer.buy_domains(["brand.com"], 100).run().await.unwrap();
        assert_eq!((bought[0].state, bought[0].invoice.as_deref()), (Ordered, Some(link)));
    }
    assert_eq!(service.paths().iter().filter(|path| path.ends_with("/buy")).count(), 1);
}

/// The first name has an unknown order, so the run waits. In the meantime, another process orders the second name.
#[tokio::test(start_paused = true)]
async fn name_that_is_first_ordered_during_the_wait_is_not_ordered_again() {
    let shop = Shop::with_wallet(10_000);
    shop.sandbox.fail_next("purchase_domains", Fault::DropBeforeRequest).unwrap();
    assert_eq!(shop.buy(&["brand.com"]).await, named([("brand.com", Unknown)]));
    let run = shop.buyer.buy_domains(["brand.com", "brand.net"], 100).reorder_after(Duration::from_secs(600)).run();
    let other = async {
        tokio::time::sleep(Duration::from_secs(599)).await;
        shop.sandbox.fail_next("purchase_domains", Fault::DropBeforeRequest).unwrap();
        shop.buy(&["brand.net"]).await
    };
    let (bought, other) = tokio::join!(run, other);
    assert_eq!(other, named([("brand.net", Unknown)]));
    assert_eq!(states(bought.unwrap()), named([("brand.com", Bought), ("brand.net", Unknown)]));
    assert_eq!(shop.charged(), [1299]);
}

#[tokio::test(start_paused = true)]
async fn price_of_an_unsettled_order_counts_unless_the_name_is_ordered_again() {
    let shop = Shop::with_wallet(10_000);
    let run = |at_most| {
        let unsettled = [("brand.com".to_owned(), "12.99".parse().unwrap())].into();
        shop.buyer.buy_domains(["brand.com", "brand.net"], at_most).unsettled(unsettled).run()
    };
    // Both names are ordered.
    let error = run(27).await.unwrap_err();
    assert!(error.to_string().contains("2 domains cost 27.98 USD, which exceeds `at_most` (27 USD)"), "{error}");
    assert_eq!(shop.buy(&["brand.com"]).await, named([("brand.com", Bought)]));
    // The account has the first name, so its price counts.
    let error = run(27).await.unwrap_err();
    assert!(error.to_string().contains("1 domain costs 14.99 USD, which exceeds `at_most` (14.01 USD)"), "{error}");
    assert_eq!(states(run(28).await.unwrap()), named([("brand.com", Owned), ("brand.net", Bought)]));
}

#[tokio::test(start_paused = true)]
async fn concurrent_purchases_of_one_name_are_charged_once() {
    let shop = Shop::with_wallet(10_000);
    let (one, other) = tokio::join!(shop.buy(&["brand.com"]), shop.buy(&["brand.com"]));
    assert!([one, other].concat().contains(&("brand.com".to_owned(), Bought)));
    assert_eq!(shop.charged(), [1299]);
}

/// The service rejects the order in a response with status 200.
#[tokio::test(start_paused = true)]
async fn order_without_a_link_is_not_reported_as_ordered() {
    let no_domains = || Reply::page("domains", json!([]));
    let offer = json!([{"domainName": "brand.com", "status": "AVAILABLE", "domainPrice": "12.99"}]);
    let refusal = json!({"message": "Insufficient wallet balance. Required: $12.99, Available: $4.10"});
    let wallet = json!({"message": "ok", "walletBalance": 50});
    let offers = Reply::data(json!({"domains": offer}));
    let replies =
        [no_domains(), offers, Reply::json(200, wallet), no_domains(), Reply::json(200, refusal), no_domains()];
    let service = Service::replying(replies).await;
    let (_folder, journal) = journal();
    let buyer = service.zapmail.allow_spending().journal(journal);
    let bought = buyer.buy_domains(["brand.com"], 100).run().await.unwrap();
    assert_eq!((bought[0].state, &bought[0].invoice), (Unknown, &None));
    assert_eq!(service.paths().iter().filter(|path| path.ends_with("/buy")).count(), 1);
}
