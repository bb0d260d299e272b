//! Tests of swaps on a sandbox.

mod repeated;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use zapmail_sandbox::{Fault, Sandbox};

use super::super::tests::{FIRST, MONTH, bodies, domain_id, statuses};
use crate::testing::{Reply, Service, client_of, operations, sandbox};
use crate::types::{Mailbox, MailboxStatus, ScheduledRemoval};
use crate::{AssignPlan, AssignState, AssignViolation, ErrorKind, RetryPolicy, Swap, Zapmail};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

/// New mailboxes on domains of the sandbox, by the numbers of the domains.
async fn new_mailboxes(zapmail: &Zapmail, domains: impl IntoIterator<Item = usize>, usernames: &[&str]) -> AssignPlan {
    let mut plan = AssignPlan::new();
    for number in domains {
        let name = format!("acme-{number:03}.example.com");
        let id = domain_id(zapmail, &name).await;
        for username in usernames {
            plan = plan.mailbox(&id, &name, "Noa", "Vale", *username);
        }
    }
    plan
}

/// A swap of the mailboxes of the first domain for new mailboxes on the second one.
async fn planned(usernames: &[&str]) -> (Sandbox, Zapmail, Swap) {
    let (sandbox, zapmail) = sandbox();
    let new = new_mailboxes(&zapmail, [2], usernames).await;
    let swap = zapmail.plan_swap(FIRST, new).await.unwrap().interval(MINUTE);
    (sandbox, zapmail, swap)
}

/// The number of requests of an operation.
fn count(sandbox: &Sandbox, operation: &str) -> usize {
    sandbox.requests_of(operation).len()
}

/// The numbers of requests that assign mailboxes, and that schedule removals.
fn writes(sandbox: &Sandbox) -> (usize, usize) {
    (count(sandbox, "assign_mailboxes"), count(sandbox, "schedule_mailbox_removal"))
}

#[tokio::test(start_paused = true)]
async fn removal_is_scheduled_once_new_mailboxes_are_active() {
    let (sandbox, zapmail) = sandbox();
    let new = new_mailboxes(&zapmail, [2, 3], &["noa.vale"]).await;
    let swap = zapmail.plan_swap(FIRST, new.clone()).await.unwrap();
    assert_eq!((swap.new_mailboxes(), swap.removal().domains.len()), (&new, 1));
    assert_eq!(writes(&sandbox), (0, 0));
    let text = swap.to_string();
    assert!(text.starts_with("2 mailboxes to be created first\n  noa.vale@acme-00"), "{text}");
    assert!(text.ends_with(&swap.removal().to_string()), "{text}");

    let started_at = Instant::now();
    let swap = swap.interval(MINUTE);
    let run = swap.clone();
    let created = tokio::spawn(async move { run.run(&zapmail).await }).await.unwrap().unwrap();
    let mut addresses: Vec<_> = new.addresses().collect();
    addresses.sort();
    assert_eq!(created.keys().cloned().collect::<Vec<_>>(), addresses);
    let is_active = |mailbox: &Mailbox| mailbox.status == Some(MailboxStatus::Active) && mailbox.password.is_some();
    assert!(created.values().all(|mailbox| mailbox.as_ref().is_some_and(is_active)));
    // A new mailbox of the sandbox is active after two minutes.
    assert!((2 * MINUTE..3 * MINUTE).contains(&started_at.elapsed()), "{:?}", started_at.elapsed());
    assert_eq!(operations(&sandbox).last().unwrap(), "schedule_mailbox_removal");
    assert_eq!(writes(&sandbox), (1, 1));
    let id = swap.removal().domains[0].id.to_string();
    assert_eq!(bodies(&sandbox), [json!({"domainIds": [id], "remove": true})]);

    sandbox.advance(MONTH);
    let statuses: BTreeMap<_, _> = statuses(&client_of(&sandbox).build().unwrap()).await.into_iter().collect();
    assert!(FIRST.iter().all(|address| statuses[*address] == "EXPIRED"));
    assert!(new.addresses().all(|address| statuses[&address] == "ACTIVE"));
}

#[tokio::test(start_paused = true)]
async fn swap_with_several_problems_reports_all_of_them() {
    let (sandbox, zapmail) = sandbox();
    let new = new_mailboxes(&zapmail, 1..=6, &["noa.vale", "zoe.vale"]).await;
    let refused = zapmail.plan_swap([FIRST[0], "dana"], new).await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::Invalid);
    assert_eq!(refused.removal().unwrap().partial()[0].missing, FIRST[1..]);
    assert_eq!(refused.removal().unwrap().malformed(), ["dana"]);
    assert_eq!(refused.overlapping(), ["acme-001.example.com"]);
    assert_eq!(refused.violations(), [AssignViolation::Slots { free: 10, planned: 12 }]);
    let text = refused.to_string();
    for part in [
        "acme-001.example.com also has lee.wood@acme-001.example.com",
        "new mailboxes on domains that are removed: acme-001.example.com",
        "12 mailboxes are planned, but only 10 slots are free",
        "add the addresses, or leave the domain out",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(count(&sandbox, "list_subscriptions"), 0);
}

#[tokio::test(start_paused = true)]
async fn each_refusal_of_a_swap_has_advice() {
    let (sandbox, zapmail) = sandbox();
    let one = new_mailboxes(&zapmail, [2], &["noa.vale"]).await;
    let many = new_mailboxes(&zapmail, 2..=7, &["noa.vale", "zoe.vale"]).await;
    // The domain that is removed, in a different spelling.
    let same = AssignPlan::new().mailbox("id", "ACME-001.example.com.", "Noa", "Vale", "noa.vale");
    let again = new_mailboxes(&zapmail, [3], &["robin.reed"]).await;
    let body = ScheduledRemoval::new([domain_id(&zapmail, "acme-003.example.com").await], true).contains("robin.reed@");
    zapmail.schedule_mailbox_removal().body(body).send().await.unwrap();
    sandbox.advance(MONTH);
    let before = sandbox.requests().len();
    for (old, new, part) in [
        (&FIRST[..0], one, "`addresses` is empty"),
        (&FIRST, AssignPlan::new(), "use `plan_removal`"),
        (&FIRST, many, "buy slots, or swap fewer"),
        (&FIRST, same, "create them on other domains"),
        (&FIRST, again, "have expired and are still listed: robin.reed@acme-003.example.com; use other addresses"),
    ] {
        let refused = zapmail.plan_swap(old, new).await.unwrap_err();
        assert_eq!(refused.error().kind(), ErrorKind::Invalid);
        assert!(refused.to_string().contains(part), "{refused}");
    }
    assert_eq!(sandbox.requests().len() - before, 3, "empty arguments cost no request");
}

#[tokio::test(start_paused = true)]
async fn removed_domain_is_recognized_by_its_id() {
    let (sandbox, zapmail) = sandbox();
    let ids = [
        domain_id(&zapmail, "acme-001.example.com").await.to_string(),
        domain_id(&zapmail, "acme-002.example.com").await.to_string(),
    ];
    let removed = ["acme-001.example.com"];
    for (id, name, overlapping) in [
        (ids[0].clone(), "acme.net", &removed[..]),
        (ids[0].to_uppercase(), "acme.net", &removed),
        // This domain is not removed, but the id does not belong to it, either.
        (ids[1].clone(), "acme.net", &[]),
        (ids[1].clone(), "acme-001.example.com", &removed),
    ] {
        let refused = zapmail.plan_swap(FIRST, AssignPlan::new().mailbox(&*id, name, "Noa", "Vale", "noa.vale")).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.overlapping(), overlapping, "{id} {name}");
        let listed = if id == ids[1] { "acme-002.example.com" } else { "acme-001.example.com" };
        let violation = AssignViolation::Name { domain: listed.to_owned(), other: name.to_owned() };
        assert_eq!(refused.violations(), [violation], "{id} {name}");
        assert!(
            refused.to_string().contains(&format!("{listed}: the plan uses the different name `{name}`")),
            "{refused}"
        );
    }
    assert_eq!(count(&sandbox, "list_subscriptions"), 0);
    // Different spellings of the id and the name.
    let same = AssignPlan::new().mailbox(ids[1].to_uppercase(), "ACME-002.example.com.", "Noa", "Vale", "noa.vale");
    assert!(zapmail.plan_swap(FIRST, same).await.is_ok());
}

#[tokio::test]
async fn domain_without_mailboxes_is_recognized_by_its_row() {
    let mailbox = json!({"id": "1", "email": "dana@acme.com", "status": "ACTIVE"});
    let rows = json!([
        {"id": "old", "domain": "acme.com", "mailboxes": [mailbox]},
        {"id": "new", "domain": "acme.net", "mailboxes": []},
    ]);
    let list = Reply::json(200, json!({"status": 200, "data": {"totalPages": 1, "domains": rows}}));
    let service = Service::replying([list]).await;
    let plan = AssignPlan::new().mailbox("NEW", "acme.org", "Noa", "Vale", "noa.vale");
    let refused = service.zapmail.plan_swap(["dana@acme.com"], plan).await.unwrap_err();
    let violation = AssignViolation::Name { domain: "acme.net".to_owned(), other: "acme.org".to_owned() };
    assert_eq!((refused.violations(), refused.overlapping()), (&[violation][..], &[][..]));
}

#[tokio::test(start_paused = true)]
async fn rejected_assignment_removes_nothing_and_next_run_continues() {
    let (sandbox, zapmail, swap) = planned(&["noa.vale"]).await;
    sandbox.fail_next("assign_mailboxes", Fault::status(400)).unwrap();
    let started_at = Instant::now();
    let failed = swap.run(&zapmail).await.unwrap_err();
    assert_eq!((failed.error().kind(), failed.error().operation()), (ErrorKind::Invalid, Some("assign_mailboxes")));
    assert_eq!(failed.report().iter().map(|(_, outcome)| outcome).collect::<Vec<_>>(), [&AssignState::NotSent]);
    assert!(started_at.elapsed() < MINUTE, "{:?}", started_at.elapsed());
    assert_eq!(count(&sandbox, "schedule_mailbox_removal"), 0);

    sandbox.fail_next("list_assignable_domains", Fault::status(500)).unwrap();
    assert_eq!(swap.run(&zapmail).await.unwrap_err().error().kind(), ErrorKind::Server);
    swap.run(&zapmail).await.unwrap();
    assert_eq!(writes(&sandbox), (2, 1));
}

#[tokio::test(start_paused = true)]
async fn stored_swap_equals_the_original() {
    let (_sandbox, zapmail) = sandbox();
    let new = new_mailboxes(&zapmail, [2], &["noa.vale"]).await;
    let swap = zapmail.plan_swap(FIRST, new).await.unwrap();
    let stored = serde_json::to_value(&swap).unwrap();
    assert_eq!(stored.as_object().unwrap().keys().collect::<Vec<_>>(), ["new_mailboxes", "removal", "report"]);
    assert_eq!(serde_json::from_value::<Swap>(stored).unwrap(), swap);
    let all = swap.clone().interval(MINUTE).timeout(2 * MINUTE).settle_time(SECOND).mailboxes_per_domain(6);
    assert_ne!(all, swap);
    assert_eq!(serde_json::from_str::<Swap>(&serde_json::to_string(&all).unwrap()).unwrap(), all);
}

#[tokio::test(start_paused = true)]
async fn plan_with_violation_removes_nothing() {
    let (sandbox, zapmail, swap) = planned(&["noa.vale", "zoe.vale", "noa..vale"]).await;
    let failed = swap.run(&zapmail).await.unwrap_err();
    assert_eq!((failed.error().kind(), failed.violations().len()), (ErrorKind::Invalid, 2), "{failed:?}");
    // The limit was raised for the account.
    let failed = swap.mailboxes_per_domain(6).run(&zapmail).await.unwrap_err();
    assert!(matches!(failed.violations(), [AssignViolation::Username { .. }]), "{failed:?}");
    assert_eq!(writes(&sandbox), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn failed_or_late_mailbox_removes_nothing() {
    let (sandbox, zapmail) = sandbox();
    let all = statuses(&zapmail).await;
    let (address, _) = all.iter().find(|(_, status)| status == "FAILED").unwrap();
    let (username, domain) = address.split_once('@').unwrap();
    let failed = AssignPlan::new().mailbox(domain_id(&zapmail, domain).await, domain, "Noa", "Vale", username);
    let swap = zapmail.plan_swap(FIRST, failed).await.unwrap();
    let error = swap.run(&zapmail).await.unwrap_err();
    assert_eq!(error.error().kind(), ErrorKind::JobFailed);
    assert!(error.to_string().contains(address), "{error}");

    let late = new_mailboxes(&zapmail, [2], &["noa.vale"]).await;
    let swap = zapmail.plan_swap(FIRST, late).await.unwrap().interval(10 * SECOND).timeout(MINUTE);
    let started_at = Instant::now();
    assert_eq!(swap.run(&zapmail).await.unwrap_err().error().kind(), ErrorKind::Timeout);
    assert!((MINUTE..2 * MINUTE).contains(&started_at.elapsed()), "{:?}", started_at.elapsed());
    assert_eq!(count(&sandbox, "schedule_mailbox_removal"), 0);
    // By now the new mailboxes are nearly active.
    swap.run(&zapmail).await.unwrap();
    assert_eq!(writes(&sandbox), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn mailbox_added_to_an_old_domain_is_a_conflict_before_anything_is_created() {
    let (sandbox, zapmail, swap) = planned(&["noa.vale"]).await;
    let other = new_mailboxes(&zapmail, [1], &["zoe.vale"]).await;
    zapmail.assign_mailboxes_in_batches(other).run().await.unwrap();
    assert_eq!(swap.run(&zapmail).await.unwrap_err().error().kind(), ErrorKind::Conflict);
    assert_eq!(writes(&sandbox), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn mailbox_added_to_an_old_domain_during_a_swap_is_a_conflict() {
    let (sandbox, zapmail, swap) = planned(&["noa.vale"]).await;
    let other = new_mailboxes(&zapmail, [1], &["zoe.vale"]).await;
    let add = async {
        tokio::time::sleep(MINUTE).await;
        zapmail.assign_mailboxes_in_batches(other).run().await.unwrap();
    };
    let (outcome, ()) = futures::join!(swap.run(&zapmail), add);
    let failed = outcome.unwrap_err();
    assert_eq!(failed.error().kind(), ErrorKind::Conflict);
    assert!(failed.report().is_complete() && failed.report().iter().count() == 1);
    assert_eq!(writes(&sandbox), (2, 0));
}

#[tokio::test(start_paused = true)]
async fn zero_interval_is_refused_before_anything_is_sent() {
    let (sandbox, zapmail, swap) = planned(&["noa.vale"]).await;
    let swap = swap.interval(Duration::ZERO);
    let before = sandbox.requests().len();
    assert_eq!(swap.run(&zapmail).await.unwrap_err().error().kind(), ErrorKind::Config);
    assert_eq!(sandbox.requests().len(), before);
}

#[tokio::test(start_paused = true)]
async fn new_mailboxes_of_an_earlier_run_need_no_slots() {
    let (sandbox, zapmail) = sandbox();
    // All free slots.
    let new = new_mailboxes(&zapmail, 2..=6, &["noa.vale", "zoe.vale"]).await;
    let swap = zapmail.plan_swap(FIRST, new.clone()).await.unwrap();
    timeout(MINUTE, swap.run(&zapmail)).await.unwrap_err();
    let page = zapmail.list_mailboxes().limit(1u32).send().await.unwrap();
    assert_eq!(page.available_mailboxes.unwrap().as_i64(), Some(0));

    let swap = zapmail.plan_swap(FIRST, new.clone()).await.unwrap();
    swap.interval(MINUTE).run(&zapmail).await.unwrap();
    assert_eq!(writes(&sandbox), (1, 1));
    let more = new_mailboxes(&zapmail, [7], &["noa.vale"]).await;
    let refused = zapmail.plan_swap(FIRST, more).await.unwrap_err();
    assert_eq!(refused.violations(), [AssignViolation::Slots { free: 0, planned: 1 }]);
}

/// The effects of a swap: the mailboxes after the renewal, the assignments, and the scheduled removals.
#[derive(Debug, PartialEq)]
struct Outcome {
    mailboxes: BTreeSet<(String, String)>,
    assigned: Vec<Value>,
    removals: BTreeSet<String>,
}

/// The swap of the next run, after a run was dropped.
#[derive(Debug, Clone, Copy)]
enum NextSwap {
    Same,
    Planned,
    Stored,
}

/// Drops a run of a swap after each of these times, and then runs the swap to its end. Also returns the number of
/// writes that were sent before the last run, and the duration of that run.
async fn dropped_after(times: &[Duration], next: NextSwap) -> (Outcome, usize, Duration) {
    // Requests have a latency, so that the future is dropped before, during and after each of them.
    let sandbox = Sandbox::builder().domains(6).mailboxes_per_domain(1).latency(300 * SECOND / 1000);
    let sandbox = sandbox.build().unwrap();
    let zapmail = client_of(&sandbox).build().unwrap();
    let addresses = statuses(&zapmail).await.into_iter().map(|(address, _)| address);
    let is_old = |address: &String| address.contains("acme-001") || address.contains("acme-002");
    let old: Vec<_> = addresses.filter(is_old).collect();
    let new = new_mailboxes(&zapmail, [3, 4], &["noa.vale", "zoe.vale"]).await;
    let plan = async || zapmail.plan_swap(&old, new.clone()).await.unwrap().interval(MINUTE);
    let mut swap = plan().await;
    let stored = serde_json::to_string(&swap).unwrap();
    for time in times {
        _ = timeout(*time, swap.run(&zapmail)).await;
        swap = match next {
            NextSwap::Same => swap,
            NextSwap::Planned => plan().await,
            NextSwap::Stored => serde_json::from_str(&stored).unwrap(),
        };
    }
    let sent = count(&sandbox, "assign_mailboxes") + count(&sandbox, "schedule_mailbox_removal");
    let started_at = Instant::now();
    swap.run(&zapmail).await.unwrap();
    let elapsed = started_at.elapsed();

    let reads = ["list_assignable_domains", "list_domains", "list_mailboxes", "list_subscriptions"];
    let counts = sandbox.request_counts();
    let writes: Vec<_> = counts.keys().filter(|operation| !reads.contains(&operation.as_str())).collect();
    assert_eq!(writes, ["assign_mailboxes", "schedule_mailbox_removal"]);
    sandbox.advance(MONTH);
    let outcome = Outcome {
        mailboxes: statuses(&zapmail).await,
        assigned: sandbox.requests_of("assign_mailboxes").into_iter().filter_map(|request| request.body).collect(),
        removals: bodies(&sandbox).iter().map(Value::to_string).collect(),
    };
    (outcome, sent, elapsed)
}

#[tokio::test(start_paused = true)]
async fn dropped_swap_is_continued_by_next_run() {
    let (undisturbed, _, elapsed) = dropped_after(&[], NextSwap::Same).await;
    assert_eq!((undisturbed.assigned.len(), undisturbed.removals.len()), (1, 1));
    let expired = undisturbed.mailboxes.iter().filter(|(_, status)| status == "EXPIRED").count();
    assert_eq!((expired, undisturbed.mailboxes.len()), (2, 4 + 4));

    // Every 100 ms, except while the wait sleeps.
    let all = (0..=elapsed.as_millis() / 100 + 1).map(|tenths| u32::try_from(tenths).unwrap() * SECOND / 10);
    let times: Vec<_> = all.filter(|time| time.as_secs() % 60 < 4).collect();
    assert!(times.len() > 50, "{elapsed:?}");
    let mut sent = BTreeSet::new();
    let all = [NextSwap::Same, NextSwap::Planned, NextSwap::Stored].into_iter().cycle();
    for (time, next) in times.iter().zip(all) {
        let (outcome, before, _) = dropped_after(&[*time], next).await;
        assert_eq!(outcome, undisturbed, "dropped after {time:?}, {next:?}");
        sent.insert(before);
    }
    assert_eq!(sent, [0, 1, 2].into(), "it was dropped before, between and after both writes");
    // A swap is also continued after several crashes.
    for next in [NextSwap::Same, NextSwap::Planned, NextSwap::Stored] {
        let (outcome, _, _) = dropped_after(&[SECOND / 10, SECOND, 2 * SECOND, MINUTE, elapsed], next).await;
        assert_eq!(outcome, undisturbed, "{next:?}");
    }
}
