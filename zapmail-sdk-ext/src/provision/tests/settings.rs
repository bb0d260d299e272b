//! Tests of DNS records of provisioned domains, which the service may list with a delay.

use std::sync::Mutex;
use std::time::Duration;

use tokio::time::{Instant, timeout};
use zapmail_sandbox::Fault;

use super::transports::DelayedRecords;
use super::{Account, ProvisionPlan, Provisioning};
use crate::DomainSettings;
use crate::types::DnsRecordType;

const MINUTE: Duration = Duration::from_secs(60);

fn delayed_records() -> Account {
    let mut account = Account::new();
    let (sandbox, lag) = (account.sandbox.transport(), MINUTE);
    account.connect(DelayedRecords { sandbox, lag, added_at: Mutex::default() });
    account
}

fn run(account: &Account, domains: &[&str]) -> Provisioning {
    let plan = domains.iter().fold(ProvisionPlan::new(), |plan, domain| plan.domain(domain));
    let settings = DomainSettings::new().dns_record("track", DnsRecordType::Cname, "track.example.com");
    account.provision(plan.settings(settings)).settle_time(5 * MINUTE)
}

/// The number of requests to add records.
fn additions(account: &Account) -> usize {
    account.sandbox.requests_of("add_dns_records").len()
}

#[tokio::test(start_paused = true)]
async fn record_that_is_not_listed_yet_is_not_added_again_after_a_rejection() {
    let account = delayed_records();
    account.sandbox.fail_next("add_dns_records", Fault::Delay(Duration::from_millis(1))).unwrap();
    account.sandbox.fail_next("add_dns_records", Fault::status(400)).unwrap();
    let report = run(&account, &["acme-001.example.com", "acme-002.example.com"]).run().await.unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!(additions(&account), 3, "one per domain, and the rejected one");
}

#[tokio::test(start_paused = true)]
async fn record_that_is_not_listed_yet_is_not_added_again_by_the_next_run() {
    let account = delayed_records();
    timeout(MINUTE / 3, run(&account, &["acme-001.example.com"]).run()).await.unwrap_err();
    assert_eq!(additions(&account), 1);
    assert!(run(&account, &["acme-001.example.com"]).run().await.unwrap().is_complete());
    assert_eq!(additions(&account), 1);
    // No record is being added any longer, so there is nothing to wait for.
    let started_at = Instant::now();
    assert!(run(&account, &["acme-001.example.com"]).run().await.unwrap().is_complete());
    assert!(started_at.elapsed() < MINUTE, "{:?}", started_at.elapsed());
}
