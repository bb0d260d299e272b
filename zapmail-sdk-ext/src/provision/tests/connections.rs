//! Tests of provisioning domains that are registered elsewhere.

use std::time::Duration;

use tokio::time::Instant;
use zapmail_sandbox::Fault;

use super::transports::Replaced;
use super::{Account, DomainState, ProvisionPlan};

const HOUR: Duration = Duration::from_secs(60 * 60);

#[tokio::test(start_paused = true)]
async fn unregistered_domain_fails_after_about_an_hour() {
    let account = Account::new();
    let started_at = Instant::now();
    let report = account.run(ProvisionPlan::new().connect("unregistered.example.org")).await;
    let reason = report.domains["unregistered.example.org"].failure.as_deref().unwrap_or_default();
    assert!(reason.contains("DOMAIN_NOT_REGISTERED"), "{report}");
    assert!((HOUR..2 * HOUR).contains(&started_at.elapsed()), "{:?}", started_at.elapsed());
}

#[tokio::test(start_paused = true)]
async fn temporary_failure_while_connecting_does_not_end_the_run() {
    let account = Account::new();
    // The first request is sent at the start, and the second one after ten minutes.
    account.sandbox.fail_next("connect_domains", Fault::Delay(Duration::from_millis(1))).unwrap();
    account.sandbox.fail_next("connect_domains", Fault::status(503)).unwrap();
    let report = account.run(ProvisionPlan::new().connect("fresh.example.org")).await;
    assert!(report.is_complete(), "{report}");
    let statuses: Vec<_> =
        account.sandbox.requests_of("connect_domains").iter().map(|request| request.status).collect();
    assert_eq!(statuses[..2], [207, 503]);
}

#[tokio::test(start_paused = true)]
async fn connection_is_recognized_in_any_letter_case() {
    let mut account = Account::new();
    let (sandbox, operation) = (account.sandbox.transport(), "list_connection_requests");
    account.connect(Replaced { sandbox, operation, word: "SUCCESS", replacement: "success" });
    let report = account.run(ProvisionPlan::new().connect("brand-three.example.org")).await;
    assert_eq!(report.domains["brand-three.example.org"].state, DomainState::Ready, "{report}");
}
