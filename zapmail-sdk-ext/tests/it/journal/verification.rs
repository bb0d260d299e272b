//! Later verification of purchases, and spending limits, on a sandbox.

use std::future::pending;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::timeout;
use zapmail_sandbox::{Fault, Sandbox};
use zapmail_sdk_ext::http::Method;
use zapmail_sdk_ext::journal::{EntryState, PurchaseOutcome, Verdict};
use zapmail_sdk_ext::types::{DomainPurchase, DomainPurchaseItem, WalletTopUp};
use zapmail_sdk_ext::{Decimal, Error, ErrorKind, Journal, RetryPolicy, Secret, Timeouts, Zapmail};

use crate::cases::service::{Reply, Service};

/// A placeholder for the name of a domain without DNS Shield.
const UNPROTECTED: &str = "unprotected.example";

async fn sandbox() -> (Sandbox, Zapmail) {
    let sandbox = Sandbox::builder().wallet_cents(50_000).start().await.unwrap();
    let builder = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
    let zapmail = builder.retry_policy(RetryPolicy::none()).build().unwrap();
    (sandbox, zapmail)
}

/// The purchase of a domain, paid from the wallet.
fn purchase(domain: &str) -> DomainPurchase {
    DomainPurchase::new([DomainPurchaseItem::new(domain)], false, true)
}

fn journal() -> (tempfile::TempDir, Journal) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::file(folder.path().join("purchases.journal")).unwrap();
    (folder, journal)
}

/// The number of requests of an operation.
fn count(sandbox: &Sandbox, operation: &str) -> usize {
    sandbox.requests().iter().filter(|request| request.operation.as_deref() == Some(operation)).count()
}

#[tokio::test(start_paused = true)]
async fn bought_domains_are_found_by_name() {
    for (fault, verdict, present) in
        [(Fault::DropAfterRequest, Verdict::LooksMade, 1), (Fault::DropBeforeRequest, Verdict::LooksNotMade, 0)]
    {
        let (sandbox, zapmail) = sandbox().await;
        let (_folder, journal) = journal();
        let buyer = zapmail.allow_spending().journal(journal.clone()).once("order-4711");
        let body = purchase("once-4711.com");
        sandbox.fail_next("purchase_domains", fault).unwrap();
        let error = buyer.purchase_domains().body(body.clone()).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");

        let seen = journal.verify(&zapmail, "order-4711").await.unwrap();
        assert_eq!(seen.verdict, verdict, "{seen}");
        let text = seen.to_string();
        assert!(text.contains(&format!("once-4711.com: 0 before, {present} now")), "{text}");
        assert!(text.contains("Check with `list_domains`"), "{text}");

        // The entry stays open until it is resolved.
        let error = buyer.purchase_domains().body(body.clone()).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
        assert!(error.to_string().contains("journal.resolve"), "{error}");
        if verdict == Verdict::LooksMade {
            journal.resolve("order-4711", PurchaseOutcome::Made).await.unwrap();
            let error = buyer.purchase_domains().body(body).send().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::AlreadyBought, "{error}");
            assert!(error.to_string().contains("nothing was sent"), "{error}");
            assert_eq!(journal.verify(&zapmail, "order-4711").await.unwrap().verdict, Verdict::Made);
        } else {
            journal.resolve("order-4711", PurchaseOutcome::NotMade).await.unwrap();
            buyer.purchase_domains().body(body).send().await.unwrap();
        }
    }
}

/// The account still lists the expired domain, next to its successor or reactivated.
#[tokio::test(start_paused = true)]
async fn repurchase_of_an_expired_domain_is_found() {
    let (expired, active) = (
        r#"{"id":"d1","domain":"acme.com","status":"EXPIRED"}"#,
        r#"{"id":"d2","domain":"acme.com","status":"ACTIVE"}"#,
    );
    let both = format!("{expired},{active}");
    for (after, verdict) in
        [(expired, Verdict::LooksNotMade), (active, Verdict::LooksMade), (both.as_str(), Verdict::LooksMade)]
    {
        let after = after.to_owned();
        let service = Service::responding(move |sent, index| match sent.operation {
            "list_domains" => {
                let rows = if index == 0 { expired } else { &after };
                Reply::data(format!(r#"{{"currentPage":1,"totalPages":1,"domains":[{rows}]}}"#))
            }
            _ => Reply::json(500, r#"{"status":500,"message":"Internal server error"}"#),
        });
        let (_folder, journal) = journal();
        let buyer = service.client().journal(journal.clone()).once("order-4711");
        let error = buyer.purchase_domains().body(purchase("acme.com")).send().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}");
        let seen = journal.verify(&service.client(), "order-4711").await.unwrap();
        assert_eq!(seen.verdict, verdict, "{seen}");
    }
}

/// Purchases whose response is lost, both made and not made.
#[tokio::test(start_paused = true)]
async fn counts_show_whether_a_purchase_was_made() {
    let purchases = [
        ("purchase_addon_mailboxes", "/v2/wallet/buy-addon-mailboxes?quantity=2", json!(null)),
        ("purchase_subscription", "/v2/subscriptions/purchase?planName=Starter&billingCycle=monthly", json!(null)),
        ("purchase_prewarmed_plan", "/v2/prewarmed-domains/purchase?planType=starter", json!(null)),
        ("purchase_placement_plan", "/v2/placement-tests/purchase-plan", json!({"planName": "Starter"})),
        (
            "purchase_dns_shield",
            "/v2/dns-shield/purchase",
            json!({"planType": "MONTHLY", "quantity": 1, "domainNames": [UNPROTECTED]}),
        ),
    ];
    for (operation, path, body) in purchases {
        for (fault, verdict) in
            [(Fault::DropBeforeRequest, Verdict::LooksNotMade), (Fault::DropAfterRequest, Verdict::LooksMade)]
        {
            let (sandbox, zapmail) = sandbox().await;
            let (_folder, journal) = journal();
            let buyer = zapmail.allow_spending().journal(journal.clone()).once("order-4711");
            sandbox.fail_next(operation, fault).unwrap();
            let (path, query) = path.split_once('?').unwrap_or((path, ""));
            let mut request = buyer.request(Method::POST, path);
            for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
                request = request.query(name, value);
            }
            if !body.is_null() {
                let domains = zapmail.list_domains().send().await.unwrap().domains;
                let mut domains = domains.into_iter().filter(|domain| domain.dns_shield_enabled == Some(false));
                let unprotected = domains.find_map(|domain| domain.domain).unwrap();
                let body: Value = body.to_string().replace(UNPROTECTED, &unprotected).parse().unwrap();
                request = request.json(&body);
            }
            let error = request.send::<Value>().await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{operation}: {error}");
            let seen = journal.verify(&zapmail, "order-4711").await.unwrap();
            assert_eq!((seen.operation.as_str(), seen.verdict), (operation, verdict), "{seen}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn unreadable_state_before_a_purchase_prevents_it() {
    let (sandbox, zapmail) = sandbox().await;
    let (_folder, journal) = journal();
    let buyer = zapmail.allow_spending().journal(journal.clone()).once("order-4711");
    sandbox.fail_next("list_mailboxes", Fault::status(503)).unwrap();
    let error = buyer.purchase_addon_mailboxes().quantity(2u32).send().await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Server, Some("list_mailboxes")));
    assert!(error.to_string().contains("nothing was bought, and the key is free"), "{error}");
    assert_eq!((journal.entry("order-4711").await.unwrap(), count(&sandbox, "purchase_addon_mailboxes")), (None, 0));
    buyer.purchase_addon_mailboxes().quantity(2u32).send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn recorded_response_has_data_and_zero_attempts() {
    let (sandbox, zapmail) = sandbox().await;
    let (_folder, journal) = journal();
    let buyer = zapmail.allow_spending().journal(journal.clone()).once("order-4711");
    let call = || buyer.purchase_addon_mailboxes().quantity(2u32).send_with_response();
    let (first, second) = (call().await.unwrap(), call().await.unwrap());
    assert_eq!((first.attempts(), second.attempts()), (1, 0));
    assert_eq!(first.data().payment_link, second.data().payment_link);
    assert_eq!(count(&sandbox, "purchase_addon_mailboxes"), 1);
    let entry = journal.entry("order-4711").await.unwrap().unwrap();
    assert_eq!((entry.state, entry.operation.as_str()), (EntryState::Made, "purchase_addon_mailboxes"));

    let other = buyer.purchase_addon_mailboxes().quantity(3u32).send().await.unwrap_err();
    assert_eq!(other.kind(), ErrorKind::Conflict, "{other}");
    // The same request in a different workspace is a different purchase.
    let elsewhere = buyer.workspace(&sandbox.workspaces()[1].id);
    let other = elsewhere.purchase_addon_mailboxes().quantity(2u32).send().await.unwrap_err();
    assert_eq!(other.kind(), ErrorKind::Conflict, "{other}");
}

#[tokio::test(start_paused = true)]
async fn purchase_needs_a_key_and_a_key_needs_a_journal() {
    let (sandbox, zapmail) = sandbox().await;
    let (_folder, journal) = journal();
    let buyer = zapmail.allow_spending();
    let error = buyer.journal(journal.clone()).purchase_addon_mailboxes().quantity(2u32).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SpendingNotAllowed);
    assert!(error.to_string().contains("`zapmail.once(key)`"), "{error}");
    let error = buyer.once("order-4711").purchase_addon_mailboxes().quantity(2u32).send().await.unwrap_err();
    assert!(error.kind() == ErrorKind::Config && error.to_string().contains("`once` needs a journal"), "{error}");
    for key in ["", "  ", "two\nlines", &"x".repeat(201)] {
        let buyer = buyer.journal(journal.clone()).once(key);
        let error = buyer.purchase_addon_mailboxes().quantity(2u32).send().await.unwrap_err();
        assert!(error.kind() == ErrorKind::Config && error.to_string().contains("`once` needs a key"), "{error}");
    }
    // A journal does not allow spending, and only purchases need a key.
    let careful = zapmail.journal(journal.clone()).once("order-4711");
    let error = careful.purchase_addon_mailboxes().quantity(2u32).send().await.unwrap_err();
    assert!(error.to_string().contains("allow_spending()"), "{error}");
    zapmail.journal(journal).get_user().send().await.unwrap();
    assert_eq!(count(&sandbox, "purchase_addon_mailboxes"), 0);
}

#[tokio::test(start_paused = true)]
async fn purchase_under_a_key_times_out_if_the_api_key_provider_never_returns() {
    let (_folder, journal) = journal();
    let builder = Zapmail::builder().api_key_provider(pending::<Result<Secret, Error>>);
    let zapmail = builder.timeouts(Timeouts::default().call(Duration::from_secs(5))).build().unwrap();
    let buyer = zapmail.allow_spending().journal(journal.clone()).once("order-4711");
    let call = buyer.purchase_addon_mailboxes().quantity(2u32).send();
    let error = timeout(Duration::from_secs(60), call).await.expect("the call ends at its deadline").unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_processed()), (ErrorKind::Timeout, false), "{error}");
    assert!(error.to_string().contains("timed out waiting for the API key provider"), "{error}");
    assert_eq!(journal.entry("order-4711").await.unwrap(), None, "the key is free");
}

#[tokio::test(start_paused = true)]
async fn concurrent_purchases_under_a_key_are_made_once() {
    let (sandbox, zapmail) = sandbox().await;
    let (_folder, journal) = journal();
    let buyer = zapmail.allow_spending().journal(journal).once("order-4711");
    let calls = (0..20).map(|_| buyer.purchase_addon_mailboxes().quantity(2u32).send());
    let outcomes = futures::future::join_all(calls).await;
    assert_eq!(count(&sandbox, "purchase_addon_mailboxes"), 1);
    assert!(outcomes.iter().any(Result::is_ok));
    for error in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn spending_limit_stops_purchases_that_exceed_it() {
    let (sandbox, zapmail) = sandbox().await;
    let balance = zapmail.get_wallet_balance().send().await.unwrap().wallet_balance.unwrap();

    // The price of a domain is not known beforehand, so the limit is reached after the first purchase.
    let buyer = zapmail.allow_spending_up_to(5);
    buyer.purchase_domains().body(purchase("first-4711.com")).send().await.unwrap();
    let spent = balance - zapmail.get_wallet_balance().send().await.unwrap().wallet_balance.unwrap();
    assert!(spent >= Decimal::from(5), "{spent}");
    let error = buyer.clone().purchase_domains().body(purchase("second-4711.com")).send().await.unwrap_err();
    assert_eq!((error.kind(), error.may_have_been_processed()), (ErrorKind::SpendingNotAllowed, false));
    let text = error.to_string();
    assert!(text.contains(&format!("the spending limit of 5 USD is reached; {spent} USD was already spent")), "{text}");
    assert_eq!(count(&sandbox, "purchase_domains"), 1);

    // The price of a top-up is known: 60 of 100, and then another 60.
    let buyer = zapmail.allow_spending_up_to(100);
    let top_up = || WalletTopUp::new(Decimal::from(60));
    buyer.add_wallet_balance().body(top_up()).send().await.unwrap();
    let error = buyer.add_wallet_balance().body(top_up()).send().await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("this purchase of 60 USD would exceed the spending limit of 100 USD; 60 USD was already spent"),
        "{error}"
    );

    // If the wallet cannot be read, nothing is bought.
    let buyer = zapmail.allow_spending_up_to(100);
    sandbox.fail_next("get_wallet_balance", Fault::status(503)).unwrap();
    let error = buyer.purchase_domains().body(purchase("third-4711.com")).send().await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Server, Some("get_wallet_balance")));
    assert_eq!(count(&sandbox, "purchase_domains"), 1);
}

/// A recorded purchase is returned from the journal, although the limit is reached.
#[tokio::test(start_paused = true)]
async fn recorded_purchase_is_returned_despite_the_limit() {
    let (_sandbox, zapmail) = sandbox().await;
    let (_folder, journal) = journal();
    let buyer = zapmail.allow_spending_up_to(5).journal(journal.clone()).once("order-4711");
    let body = purchase("first-4711.com");
    for attempts in [1, 0] {
        let response = buyer.purchase_domains().body(body.clone()).send_with_response().await.unwrap();
        assert_eq!(response.attempts(), attempts);
    }
    let error = buyer.once("order-4712").purchase_domains().body(body).send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SpendingNotAllowed, "{error}");
    assert_eq!(journal.entry("order-4712").await.unwrap(), None, "its key is free");
}
