//! Tests of the export of provisioned mailboxes.

use std::time::Duration;

use zapmail_sandbox::Fault;

use super::{Account, MailboxState, ProvisionPlan, ProvisionStep};
use crate::types::ExportApp;

fn plan(account: &str) -> ProvisionPlan {
    let plan = ProvisionPlan::new().mailbox("noa.vale@acme-001.example.com", "Noa", "Vale");
    plan.export(ExportApp::Manual, account)
}

#[tokio::test(start_paused = true)]
async fn spelling_of_the_account_does_not_export_again() {
    let account = Account::new();
    assert!(account.run(plan("ops@acme.example")).await.is_complete());
    assert!(account.run(plan(" Ops@ACME.example")).await.is_complete());
    assert_eq!(account.sandbox.exports().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn export_without_a_status_is_a_failure() {
    let account = Account::new();
    account.sandbox.fail_next("get_export_status", Fault::status(404)).unwrap();
    let report = account.run(plan("ops@acme.example")).await;
    assert!(report.failures().next().is_some_and(|(subject, _)| subject == "export"), "{report}");
    assert_eq!(account.sandbox.exports().len(), 1);
}

/// The service may never finish that export, for example because its login has stopped working.
#[tokio::test(start_paused = true)]
async fn unfinished_export_to_another_account_is_not_waited_for() {
    let account = Account::new();
    account.sandbox.fail_next("get_export_status", Fault::Delay(Duration::from_secs(90))).unwrap();
    let run = |plan| account.provision(plan).timeout(ProvisionStep::Export, Duration::from_secs(60)).run();
    let first = run(plan("old@acme.example")).await.unwrap();
    assert!(!first.is_complete());
    let id = first.export.unwrap().id.unwrap().to_string();
    let polls = || {
        let polls = account.sandbox.requests_of("get_export_status").into_iter();
        polls.filter(|poll| poll.query.contains(&("exportId".to_owned(), id.clone()))).count()
    };
    let before = polls();
    let report = run(plan("ops@acme.example")).await.unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!((polls(), account.sandbox.exports().len()), (before, 2));
    let mailbox = &report.domains["acme-001.example.com"].mailboxes["noa.vale@acme-001.example.com"];
    assert_eq!(mailbox.state, MailboxState::Exported);
}
