//! Tests of a journal that is used with two services: a key that was used with one of them is refused with the other.

use tempfile::TempDir;
use zapmail_sandbox::{Fault, Quota, Sandbox};
use zapmail_sdk::{Error, ErrorKind};

#[cfg(feature = "redis")]
use crate::redis_server::Redis;
#[cfg(feature = "redis")]
use crate::testing::redis_process::RedisProcess;
use crate::testing::{client_of, journal};
use crate::types::{DomainPurchase, DomainPurchaseItem};
use crate::{Journal, ProvisionPlan, PurchaseState, RateLimits, RetryPolicy, Zapmail};

const FIRST: &str = "http://localhost:8080/api";
const SECOND: &str = "http://localhost:9090/api";

/// A sandbox, and a client of it that is allowed to spend.
struct Service {
    sandbox: Sandbox,
    buyer: Zapmail,
}

impl Service {
    fn at(base_url: &str, journal: &Journal) -> Self {
        let sandbox = Sandbox::builder().wallet_cents(10_000).quota(Quota::unlimited()).build().unwrap();
        let builder = client_of(&sandbox)
            .base_url(base_url)
            .rate_limits(RateLimits::unlimited())
            .retry_policy(RetryPolicy::none());
        Self { buyer: builder.build().unwrap().allow_spending().journal(journal.clone()), sandbox }
    }

    /// Returns the number of charges.
    fn charges(&self) -> usize {
        self.sandbox.ledger().len()
    }
}

/// A journal and two services that use it.
fn with_services(journal: Journal) -> (Journal, Service, Service) {
    let [first, second] = [FIRST, SECOND].map(|base_url| Service::at(base_url, &journal));
    (journal, first, second)
}

/// A journal in a file, and one in Redis if a server is installed, each with two services.
struct Journals {
    all: Vec<(Journal, Service, Service)>,
    _folder: TempDir,
    #[cfg(feature = "redis")]
    _server: Option<RedisProcess>,
}

impl Journals {
    fn open() -> Self {
        let (folder, file) = journal();
        #[cfg(feature = "redis")]
        let server = RedisProcess::start(&[]);
        #[cfg(feature = "redis")]
        let in_redis = server.as_ref().map(|server| Journal::redis(Redis::new(server.url()).unwrap(), "acme"));
        #[cfg(not(feature = "redis"))]
        let in_redis = None;
        Self {
            all: [file].into_iter().chain(in_redis).map(with_services).collect(),
            _folder: folder,
            #[cfg(feature = "redis")]
            _server: server,
        }
    }
}

/// Checks an error that refuses a key of the first service with a client of the second one.
fn check_refusal(error: &Error, key: &str, advice: &str) {
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error}");
    assert!(!error.may_have_been_processed(), "{error}");
    let text = error.to_string();
    for part in [&format!("the key `{key}` was already used"), FIRST, SECOND, advice] {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn key_of_another_service_is_refused_and_nothing_is_sent() {
    let journals = Journals::open();
    for (_, first, second) in &journals.all {
        let buy = |service: &Service| service.buyer.once("order-4711").purchase_addon_mailboxes().quantity(2).send();
        let made = buy(first).await.unwrap();
        let error = buy(second).await.unwrap_err();
        check_refusal(&error, "order-4711", "use a different key, or a separate journal for each service");
        assert!(second.sandbox.requests().is_empty());
        // The service that the key was used with returns the recorded response.
        assert_eq!(buy(first).await.unwrap().payment_link, made.payment_link);
        assert_eq!((first.charges(), second.charges()), (1, 0));
    }
}

#[tokio::test]
async fn service_is_recorded_in_normalized_form() {
    let (_folder, journal) = journal();
    for (base_url, attempts) in [(" HTTP://LocalHost:80/api// ", 1), ("http://localhost/api", 0)] {
        let service = Service::at(base_url, &journal);
        let bought = service.buyer.once("order-4711").purchase_addon_mailboxes().quantity(2).send_with_response();
        assert_eq!(bought.await.unwrap().attempts(), attempts);
    }
    assert_eq!(journal.entry("order-4711").await.unwrap().unwrap().service, "http://localhost/api");
}

#[tokio::test]
async fn domain_ordered_from_another_service_is_refused() {
    let journals = Journals::open();
    for (_, first, second) in &journals.all {
        let buy = |service: &Service| service.buyer.buy_domains(["brand.com"], 100).run();
        assert_eq!(buy(first).await.unwrap()[0].state, PurchaseState::Bought);
        let error = buy(second).await.unwrap_err();
        check_refusal(&error, "domain/brand.com", "use a separate journal for each service; nothing was bought");
        assert!(second.sandbox.requests_of("purchase_domains").is_empty());
        assert_eq!((first.charges(), second.charges()), (1, 0));
    }
}

#[tokio::test]
async fn provisioning_with_a_domain_ordered_from_another_service_is_refused() {
    let journals = Journals::open();
    for (_, first, second) in &journals.all {
        first.buyer.buy_domains(["brand.com"], 100).run().await.unwrap();
        let run = || {
            let plan = ProvisionPlan::new().buy("brand.com").connect("brand.example.org");
            second.buyer.once("acme").provision(plan.mailbox("dana.reed@brand.com", "Dana", "Reed")).at_most(50)
        };
        let preview = run().dry_run().await.unwrap();
        assert!(preview.problems.iter().any(|problem| problem.contains(FIRST)), "{preview}");
        let error = run().run().await.unwrap_err();
        check_refusal(error.error(), "domain/brand.com", "use a separate journal for each service");
        assert_eq!(second.sandbox.requests_of("connect_domains").len(), 0);
        assert_eq!(second.charges(), 0);
    }
}

#[tokio::test]
async fn purchase_of_another_service_is_neither_verified_nor_settled() {
    let journals = Journals::open();
    for (journal, first, second) in &journals.all {
        // The response of the first service is lost, and the account at the second one has the domain.
        first.sandbox.fail_next("purchase_domains", Fault::DropAfterRequest).unwrap();
        let body = DomainPurchase::new([DomainPurchaseItem::new("brand.com")], false, true);
        let lost = first.buyer.once("domain/brand.com").purchase_domains().body(body.clone()).send();
        assert_eq!(lost.await.unwrap_err().kind(), ErrorKind::OutcomeUnknown);
        second.buyer.once("order-1").purchase_domains().body(body).send().await.unwrap();

        let sent = second.sandbox.requests().len();
        let error = journal.verify(&second.buyer, "domain/brand.com").await.unwrap_err();
        check_refusal(&error, "domain/brand.com", "call `verify` with a client of that service");
        assert_eq!(second.sandbox.requests().len(), sent);

        let bought = second.buyer.buy_domains(["brand.com"], 100).run().await.unwrap();
        assert_eq!(bought[0].state, PurchaseState::Owned);
        assert_eq!(journal.open_entries().await.unwrap().len(), 1);
        // A client of the first service verifies and settles it.
        journal.verify(&first.buyer, "domain/brand.com").await.unwrap();
        first.buyer.buy_domains(["brand.com"], 100).run().await.unwrap();
        assert_eq!(journal.open_entries().await.unwrap(), []);
    }
}
