//! Tests of bulk assignment against a service with scripted responses.

use std::error::Error as _;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use uuid::Uuid;

use super::{AssignPlan, AssignReport, AssignState, AssignViolation};
use crate::ErrorKind;
use crate::testing::{Reply, Service};

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn plan(domains: u128, mailboxes: usize) -> AssignPlan {
    (0..domains).fold(AssignPlan::new(), |plan, number| {
        (0..mailboxes).fold(plan, |plan, index| {
            plan.mailbox(id(number), format!("acme-{number}.example"), "Dana", "Reed", format!("dana.{index}"))
        })
    })
}

/// Returns the list of assignable domains, with `present` mailboxes on each.
fn assignable(domains: u128, present: usize) -> Reply {
    let rows: Vec<_> =
        (0..domains).map(|number| json!({"id": id(number), "assignedMailboxesCount": present.to_string()})).collect();
    Reply::page("domains", json!(rows))
}

/// Returns the list of mailboxes: the number of free slots, and the user names on each domain.
fn mailboxes(free: i64, present: &[(u128, &[&str])]) -> Reply {
    let rows: Vec<Value> = present
        .iter()
        .map(|(number, usernames)| {
            let mailboxes: Vec<_> =
                usernames.iter().map(|username| json!({"id": Uuid::nil(), "username": username})).collect();
            json!({"id": id(*number), "mailboxes": mailboxes})
        })
        .collect();
    Reply::data(json!({"currentPage": 1, "totalPages": 1, "availableMailboxes": free, "domains": rows}))
}

fn accepted() -> Reply {
    Reply::json(202, json!({"status": 202, "message": "Mailboxes will be assigned shortly", "data": null}))
}

fn bad_gateway() -> Reply {
    Reply::error(502, "Bad gateway")
}

/// A report with these states of domains.
fn report(states: &[(u128, &str)]) -> AssignReport {
    serde_json::from_value(states.iter().map(|(number, state)| (id(*number).to_string(), json!(state))).collect())
        .unwrap()
}

#[tokio::test]
async fn plan_is_sent_in_batches() {
    let service = Service::replying([assignable(5, 0), mailboxes(100, &[]), accepted()]).await;
    let run = service.zapmail.assign_mailboxes_in_batches(plan(5, 3)).domains_per_request(2);
    let report = run.run().await.unwrap();
    assert!(report.is_complete());
    assert_eq!(service.requests(), 2 + 3, "two reads, then five domains in three requests");
}

/// The future of a run can be spawned, and the limit per domain can be raised.
#[tokio::test]
async fn rejected_batch_is_reported_as_not_sent() {
    let rejected = Reply::error(400, "Not enough purchased mailboxes");
    let service = Service::replying([assignable(1, 3), mailboxes(100, &[]), rejected]).await;
    let run = service.zapmail.assign_mailboxes_in_batches(plan(1, 4)).mailboxes_per_domain(7);
    let error = tokio::spawn(run.run()).await.unwrap().unwrap_err();
    assert_eq!((error.error().kind(), error.violations().len()), (ErrorKind::Invalid, 0));
    assert_eq!(error.report().of(id(0)), Some(&AssignState::NotSent));
}

#[tokio::test]
async fn all_violations_are_reported_before_sending() {
    let service = Service::replying([assignable(2, 3), mailboxes(4, &[])]).await;
    let plan = plan(3, 3).mailbox(id(0), "acme-0.example", "Lee", "Wood", "lee..wood").mailbox(
        id(1),
        "acme-1.example",
        "Dana",
        "Reed",
        "DANA.0",
    );
    let error = service.zapmail.assign_mailboxes_in_batches(plan).run().await.unwrap_err();
    assert_eq!(error.error().kind(), ErrorKind::Invalid);
    let expected = [
        AssignViolation::Username { domain: "acme-0.example".into(), username: "lee..wood".into() },
        AssignViolation::TooMany { domain: "acme-0.example".into(), present: 3, planned: 4, most: 5 },
        AssignViolation::Duplicate { domain: "acme-1.example".into(), username: "DANA.0".into() },
        AssignViolation::TooMany { domain: "acme-1.example".into(), present: 3, planned: 4, most: 5 },
        AssignViolation::NotAssignable { domain: "acme-2.example".into() },
        AssignViolation::Slots { free: 4, planned: 11 },
    ];
    assert_eq!(error.violations(), expected);
    assert!(error.to_string().contains("the plan has 6 violations; first: acme-0.example: "), "{error}");
    assert!(error.report().iter().all(|(_, state)| *state == AssignState::NotSent));
    assert_eq!(service.requests(), 2);
}

#[tokio::test]
async fn failed_run_reports_every_domain_and_can_be_resumed() {
    let service = Service::replying([assignable(3, 0), mailboxes(100, &[]), accepted(), bad_gateway()]).await;
    let run = service.zapmail.assign_mailboxes_in_batches(plan(3, 2)).domains_per_request(1);
    let error = run.run().await.unwrap_err();
    assert_eq!(error.error().kind(), ErrorKind::OutcomeUnknown);
    let outcome: Vec<_> = error.report().iter().map(|(_, state)| state.clone()).collect();
    assert_eq!(outcome, [AssignState::Accepted, AssignState::Unknown, AssignState::NotSent]);

    let stored = serde_json::to_string(error.report()).unwrap();
    let report: AssignReport = serde_json::from_str(&stored).unwrap();
    // The batch with the unknown outcome was not processed: its mailboxes do not exist.
    let service = Service::replying([
        mailboxes(100, &[(0, &["dana.0", "dana.1"])]),
        assignable(3, 0),
        mailboxes(100, &[]),
        accepted(),
    ])
    .await;
    let run = service.zapmail.assign_mailboxes_in_batches(plan(3, 2)).domains_per_request(1).resume(report);
    assert!(run.run().await.unwrap().is_complete());
    assert_eq!(service.requests(), 3 + 2, "accepted domains are not sent again");
}

#[tokio::test]
async fn error_chain_prints_each_message_once() {
    let service = Service::replying([Reply::error(403, "Not yours")]).await;
    let assign_error = service.zapmail.assign_mailboxes_in_batches(plan(1, 1)).run().await.unwrap_err();
    let text = assign_error.to_string();
    assert_eq!(text, "list_assignable_domains: 403 Forbidden: Not yours");
    assert_eq!(assign_error.error().to_string(), text);
    let mut source = assign_error.source();
    while let Some(error) = source {
        assert_ne!(error.to_string(), text);
        source = error.source();
    }
}

#[tokio::test]
async fn domains_are_unknown_while_their_request_is_in_flight() {
    let service = Service::replying([assignable(2, 0), mailboxes(100, &[]), accepted()]).await;
    let reports = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&reports);
    let callback = move |report: &AssignReport| {
        log.lock().unwrap().push(report.iter().map(|(_, state)| state.clone()).collect::<Vec<_>>());
    };
    let run = service.zapmail.assign_mailboxes_in_batches(plan(2, 1)).domains_per_request(1).on_progress(callback);
    run.run().await.unwrap();
    use AssignState::{Accepted, NotSent, Unknown};
    let expected = [[Unknown, NotSent], [Accepted, NotSent], [Accepted, Unknown], [Accepted, Accepted]];
    assert_eq!(*reports.lock().unwrap(), expected);
}

#[tokio::test]
async fn resumed_plan_does_not_send_existing_mailboxes() {
    let unknown = report(&[(0, "unknown"), (1, "unknown")]);
    let present = mailboxes(100, &[(0, &["dana.0", "dana.1"]), (1, &["DANA.0"])]);
    let service = Service::replying([present, assignable(2, 2), mailboxes(100, &[]), accepted()]).await;
    let run = service.zapmail.assign_mailboxes_in_batches(plan(2, 2)).resume(unknown);
    let report = run.run().await.unwrap();
    assert_eq!(report.of(id(0)), Some(&AssignState::Accepted));
    assert_eq!(
        report.of(id(1)),
        Some(&AssignState::Unknown),
        "only one of its two mailboxes exists, so a person must decide"
    );
    assert_eq!(service.requests(), 1, "nothing is left to send");
}

#[tokio::test]
async fn rejected_batch_is_looked_up_before_it_is_sent_again() {
    // The service processed part of the request that it rejected.
    let rejected = report(&[(0, "not_sent"), (1, "not_sent")]);
    let present = mailboxes(100, &[(0, &["dana.0", "dana.1"])]);
    let service = Service::replying([present, assignable(2, 0), mailboxes(100, &[]), accepted()]).await;
    let run = service.zapmail.assign_mailboxes_in_batches(plan(2, 2)).resume(rejected);
    assert!(run.run().await.unwrap().is_complete());
    assert_eq!(service.requests(), 4);
    assert_eq!(
        service.paths().iter().filter(|path| *path == "/v2/mailboxes").count(),
        1,
        "only the second domain is sent"
    );
}

/// The domain may have moved to another workspace together with its mailboxes.
#[tokio::test]
async fn unknown_domain_without_mailboxes_stays_unknown_after_an_error() {
    let unknown = report(&[(0, "unknown"), (1, "unknown")]);
    for preflight in [assignable(1, 0), bad_gateway()] {
        let has_violations = preflight.is_success();
        let service = Service::replying([mailboxes(100, &[]), preflight, mailboxes(100, &[])]).await;
        let error =
            service.zapmail.assign_mailboxes_in_batches(plan(2, 1)).resume(unknown.clone()).run().await.unwrap_err();
        assert_eq!(error.violations().is_empty(), !has_violations);
        assert!(error.report().iter().all(|(_, state)| *state == AssignState::Unknown));
    }
}

/// The earlier request arrives between the lookup and this request.
#[tokio::test]
async fn rejection_of_unknown_domain_leaves_it_unknown() {
    let rejected = Reply::error(400, "A mailbox with this username already exists");
    let service = Service::replying([mailboxes(100, &[]), assignable(2, 0), mailboxes(100, &[]), rejected]).await;
    let unknown = report(&[(0, "unknown")]);
    let error = service.zapmail.assign_mailboxes_in_batches(plan(2, 1)).resume(unknown).run().await.unwrap_err();
    assert_eq!(error.report().of(id(0)), Some(&AssignState::Unknown));
    assert_eq!(error.report().of(id(1)), Some(&AssignState::NotSent));
}

#[tokio::test]
async fn unknown_domain_outside_the_plan_costs_no_request() {
    let report = report(&[(0, "accepted"), (9, "unknown")]);
    let service = Service::replying([bad_gateway()]).await;
    service.zapmail.assign_mailboxes_in_batches(plan(1, 1)).resume(report).run().await.unwrap();
    assert_eq!(service.requests(), 0);
}

#[tokio::test]
async fn two_names_for_one_domain_are_a_violation() {
    let service = Service::replying([assignable(1, 0), mailboxes(100, &[])]).await;
    let plan = plan(1, 1).mailbox(id(0), "other.example", "Lee", "Wood", "lee.wood");
    let error = service.zapmail.assign_mailboxes_in_batches(plan).run().await.unwrap_err();
    let name = AssignViolation::Name { domain: "acme-0.example".into(), other: "other.example".into() };
    assert_eq!(error.violations(), [name]);
    assert!(error.to_string().contains("the plan has a violation: acme-0.example: "), "{error}");
}

#[tokio::test]
async fn skip_existing_sends_only_missing_mailboxes() {
    let present = mailboxes(100, &[(0, &["dana.0", "DANA.1"]), (1, &["DANA.0"])]);
    let service = Service::replying([present, assignable(2, 2), mailboxes(100, &[]), accepted()]).await;
    let run = service.zapmail.assign_mailboxes_in_batches(plan(2, 2)).skip_existing();
    assert!(run.run().await.unwrap().is_complete());
    let body = service.bodies().pop().unwrap();
    let sent = body.as_object().unwrap();
    assert_eq!(sent.keys().collect::<Vec<_>>(), [&id(1).to_string()]);
    assert_eq!(sent[&id(1).to_string()].as_array().unwrap().len(), 1);
    assert_eq!(sent[&id(1).to_string()][0]["mailboxUsername"], "dana.1");
}

/// Returns a page with one mailbox of the first domain in the plan.
fn one_mailbox(mailbox: Value) -> Reply {
    let rows = json!([{"id": id(0), "domain": "acme-0.example", "mailboxes": [mailbox]}]);
    Reply::data(json!({"currentPage": 1, "totalPages": 1, "availableMailboxes": 100, "domains": rows}))
}

#[tokio::test]
async fn expired_mailbox_does_not_count_as_existing() {
    let expired = || one_mailbox(json!({"id": Uuid::nil(), "username": "dana.0", "status": "expired"}));
    let service = Service::replying([expired(), assignable(1, 0), expired(), accepted()]).await;
    service.zapmail.assign_mailboxes_in_batches(plan(1, 1)).skip_existing().run().await.unwrap();
    assert_eq!(service.requests(), 4);
    let service = Service::replying([expired(), assignable(1, 0), expired(), accepted()]).await;
    let run = service.zapmail.assign_mailboxes_in_batches(plan(1, 1)).resume(report(&[(0, "unknown")]));
    run.run().await.unwrap();
    assert_eq!(service.requests(), 4);
}

#[tokio::test]
async fn mailbox_without_user_name_is_recognized_by_its_address() {
    let present = || one_mailbox(json!({"id": Uuid::nil(), "email": "Dana.0@Acme-0.example", "status": "ACTIVE"}));
    let service = Service::replying([present(), assignable(1, 1), present(), accepted()]).await;
    let report = service.zapmail.assign_mailboxes_in_batches(plan(1, 1)).skip_existing().run().await.unwrap();
    assert!(report.is_complete());
    assert_eq!(service.requests(), 1);
}
