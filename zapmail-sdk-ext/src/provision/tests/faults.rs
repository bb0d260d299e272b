//! Tests of provisioning with faults: lost requests and responses, rejections, and runs that are dropped at any point.

use std::collections::BTreeSet;
use std::time::Duration;

use zapmail_sandbox::Fault;

use super::transports::Replaced;
use super::{Account, AccountState, MailboxState, plan};
use crate::ErrorKind;

/// The operations, other than lookups, that a run of the plan calls.
const OPERATIONS: [&str; 7] = [
    "purchase_domains",
    "connect_domains",
    "add_domain_forwarding",
    "add_dmarc_record",
    "assign_mailboxes",
    "export_mailboxes",
    "check_domain_availability",
];

/// Returns the state of an account after a run without faults.
async fn expected_state() -> AccountState {
    let account = Account::new();
    account.run(plan()).await;
    account.state().await
}

#[tokio::test(start_paused = true)]
async fn lost_request_or_response_leads_to_the_same_account() {
    let expected = expected_state().await;
    for operation in OPERATIONS {
        for fault in [Fault::DropBeforeRequest, Fault::DropAfterRequest, Fault::status(500), Fault::CutBody] {
            for nth in 0..2 {
                let account = Account::new();
                // The fault affects the first or the second request. Operations that are called once have no second
                // request.
                account.sandbox.fail_next_n(operation, Fault::Delay(Duration::from_millis(1)), nth).unwrap();
                account.sandbox.fail_next(operation, fault.clone()).unwrap();
                let mut runs = 0;
                loop {
                    runs += 1;
                    assert!(runs <= 3, "{operation} {fault:?}");
                    match account.provision(plan()).run().await {
                        Ok(report) if report.is_complete() => break,
                        Ok(report) => assert!(report.failures().next().is_some(), "{report}"),
                        Err(error) => assert_ne!(error.error().kind(), ErrorKind::Invalid, "{error}"),
                    }
                }
                let state = account.state().await;
                assert!(state == expected, "{operation} {fault:?}: {state:?}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn run_dropped_at_any_time_is_continued_by_the_next_run() {
    let expected = expected_state().await;
    let length = {
        let account = Account::new();
        let start = tokio::time::Instant::now();
        account.run(plan()).await;
        start.elapsed()
    };
    // These times cover every wait, and the steps between the waits.
    for nth in 0..30u32 {
        let account = Account::new();
        let time = length * nth / 30;
        _ = tokio::time::timeout(time, account.provision(plan()).run()).await;
        let report = account.run(plan()).await;
        assert!(report.is_complete(), "dropped after {time:?}: {report}");
        let state = account.state().await;
        assert!(state == expected, "dropped after {time:?}: {state:?}");
        assert_eq!(account.sandbox.requests_of("assign_mailboxes").len(), 4, "dropped after {time:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn rejected_mailbox_does_not_prevent_the_creation_of_others_on_its_domain() {
    let account = Account::new();
    // Rejects the request for both mailboxes, then the request for the first one.
    account.sandbox.fail_next_n("assign_mailboxes", Fault::status(400), 2).unwrap();
    let plan = super::ProvisionPlan::new()
        .buy("brand-one.com")
        .mailbox("dana.reed@brand-one.com", "Dana", "Reed")
        .mailbox("lee.wood@brand-one.com", "Lee", "Wood");
    let report = account.run(plan.clone()).await;
    let mailboxes = &report.domains["brand-one.com"].mailboxes;
    assert_eq!(mailboxes["dana.reed@brand-one.com"].state, MailboxState::Planned);
    assert_eq!(mailboxes["lee.wood@brand-one.com"].state, MailboxState::Active);
    assert!(
        report
            .failures()
            .eq([("dana.reed@brand-one.com", mailboxes["dana.reed@brand-one.com"].failure.as_deref().unwrap())])
    );
    assert!(account.run(plan).await.is_complete());
}

#[tokio::test(start_paused = true)]
async fn rejection_after_an_unknown_outcome_is_final_only_the_second_time() {
    let account = Account::new();
    // The requests are for the first domain; for the first domain again and the three others; for the first domain once
    // more.
    let delayed = || Fault::Delay(Duration::from_millis(1));
    for fault in [Fault::DropBeforeRequest, Fault::status(422), delayed(), delayed(), delayed(), Fault::status(422)] {
        account.sandbox.fail_next("assign_mailboxes", fault).unwrap();
    }
    let report = account.run(plan()).await;
    let failures: Vec<_> = report.failures().collect();
    let [(address, reason)] = failures[..] else { panic!("{report}") };
    assert_eq!(address, "noa.vale@acme-001.example.com", "the first domain of the plan");
    assert!(reason.contains("422"), "{reason}");
    let mailboxes = report.domains.values().flat_map(|domain| domain.mailboxes.values());
    assert_eq!(mailboxes.filter(|mailbox| mailbox.state >= MailboxState::Active).count(), 4, "{report}");
    assert!(account.run(plan()).await.is_complete());
}

#[tokio::test(start_paused = true)]
async fn request_with_an_unknown_outcome_is_retried_after_the_settle_time() {
    let account = Account::new();
    account.sandbox.fail_next("assign_mailboxes", Fault::DropBeforeRequest).unwrap();
    account.sandbox.fail_next("purchase_domains", Fault::DropBeforeRequest).unwrap();
    let start = tokio::time::Instant::now();
    let run = account.provision(plan()).settle_time(Duration::from_secs(600)).run();
    assert!(run.await.unwrap().is_complete());
    assert!(start.elapsed() > Duration::from_secs(1200), "{:?}", start.elapsed());
    assert_eq!(account.state().await, expected_state().await);
}

#[tokio::test(start_paused = true)]
async fn rejected_key_ends_the_run_with_its_report() {
    let account = Account::new();
    account.sandbox.fail_next("assign_mailboxes", Fault::status(401)).unwrap();
    let error = account.provision(plan()).run().await.unwrap_err();
    assert_eq!(error.error().kind(), ErrorKind::Unauthorized);
    assert_eq!(error.report().spent(), "25.98".parse().unwrap());
    assert!(account.run(plan()).await.is_complete());
}

/// The amount is enough for one domain, so an order that was not processed must not count.
#[tokio::test(start_paused = true)]
async fn order_without_a_trace_does_not_count_toward_the_amount() {
    let account = Account::new();
    account.sandbox.fail_next("purchase_domains", Fault::DropBeforeRequest).unwrap();
    let run = account.provision(super::ProvisionPlan::new().buy("brand-one.com")).at_most(13).run();
    let report = run.await.unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!(report.spent(), "12.99".parse().unwrap());
}

#[tokio::test(start_paused = true)]
async fn mailbox_that_was_not_requested_is_a_failure() {
    let account = Account::new();
    account.sandbox.fail_next_n("assign_mailboxes", Fault::DropBeforeRequest, 3).unwrap();
    let report = account.run(plan()).await;
    let failures: BTreeSet<_> = report.failures().map(|(subject, _)| subject.to_owned()).collect();
    assert_eq!(failures, plan().addresses().collect(), "{report}");
    assert!(account.run(plan()).await.is_complete());
}

#[tokio::test(start_paused = true)]
async fn existing_mailbox_in_other_spelling_is_not_created_again() {
    let mut account = Account::new();
    let (sandbox, operation) = (account.sandbox.transport(), "list_mailboxes");
    account.connect(Replaced { sandbox, operation, word: "dana.reed", replacement: "Dana.Reed" });
    let plan = super::ProvisionPlan::new().mailbox("dana.reed@acme-001.example.com", "Dana", "Reed");
    assert!(account.run(plan).await.is_complete());
    assert!(account.writes().is_empty());
}

/// The sandbox has no stored account of this app, and the plan names none.
#[tokio::test(start_paused = true)]
async fn export_to_a_missing_account_is_a_failure() {
    let account = Account::new();
    let plan = super::ProvisionPlan::new().mailbox("dana.reed@acme-001.example.com", "Dana", "Reed");
    let report = account.run(plan.export(crate::types::ExportApp::Smartlead, "nobody@acme.example")).await;
    assert_eq!(report.failures().map(|(subject, _)| subject).collect::<Vec<_>>(), ["export"], "{report}");
    assert!(account.sandbox.exports().is_empty());
}
