//! Tests of removals on a sandbox, and with scripted responses.

use std::collections::BTreeSet;
use std::error::Error as _;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;
use zapmail_sandbox::{LoggedRequest, Sandbox};
use zapmail_sdk::types::{NewMailbox, ScheduledRemoval};

use super::{PartialDomain, Removal};
use crate::prelude::*;
use crate::testing::{Reply, Service, client_of, operations};
use crate::{DomainId, ErrorKind, Zapmail, types};

/// The mailboxes of the first domain.
pub(super) const FIRST: [&str; 3] =
    ["dana.reed@acme-001.example.com", "lee.wood@acme-001.example.com", "robin.west@acme-001.example.com"];
/// The mailboxes of the second domain.
const SECOND: [&str; 3] =
    ["alex.west@acme-002.example.com", "lee.reed@acme-002.example.com", "robin.wood@acme-002.example.com"];

/// Longer than the paid period of a sandbox mailbox.
pub(super) const MONTH: Duration = Duration::from_secs(31 * 24 * 60 * 60);

/// A sandbox whose subscriptions end in the future.
fn sandbox() -> (Sandbox, Zapmail) {
    let sandbox = Sandbox::builder().starting_at(SystemTime::now()).build().unwrap();
    let zapmail = client_of(&sandbox).build().unwrap();
    (sandbox, zapmail)
}

pub(super) async fn domain_id(zapmail: &Zapmail, name: &str) -> DomainId {
    zapmail.domains_by_name([name]).await.unwrap().remove(name).flatten().unwrap().id
}

/// The addresses of all mailboxes, with their statuses.
pub(super) async fn statuses(zapmail: &Zapmail) -> BTreeSet<(String, String)> {
    let mailboxes = zapmail.list_mailboxes().limit(100u32).items().collect().await.unwrap();
    let row = |mailbox: types::Mailbox| (mailbox.address().into_owned(), mailbox.status.unwrap().to_string());
    mailboxes.into_iter().map(row).collect()
}

/// The end of the period of the oldest subscriptions.
async fn period_end(zapmail: &Zapmail) -> DateTime<Utc> {
    let subscriptions = zapmail.list_subscriptions().send().await.unwrap();
    let oldest = subscriptions.iter().min_by_key(|subscription| subscription.subscription_creation_date).unwrap();
    oldest.period_end.unwrap()
}

/// The addresses of the mailboxes that have expired.
async fn expired(zapmail: &Zapmail) -> Vec<String> {
    let statuses = statuses(zapmail).await.into_iter();
    statuses.filter(|(_, status)| status == "EXPIRED").map(|(address, _)| address).collect()
}

/// The bodies of the requests that schedule or revert removals.
pub(super) fn bodies(sandbox: &Sandbox) -> Vec<Value> {
    let requests = sandbox.requests_of("schedule_mailbox_removal");
    requests.into_iter().filter_map(|request: LoggedRequest| request.body).collect()
}

fn addresses(removal: &Removal) -> Vec<&str> {
    let mailboxes = removal.domains.iter().flat_map(|domain| &domain.mailboxes);
    mailboxes.map(|mailbox| mailbox.address.as_str()).collect()
}

/// Creates a mailbox on the first domain.
async fn add_mailbox(zapmail: &Zapmail, username: &str) {
    let id = domain_id(zapmail, "acme-001.example.com").await;
    let mailbox = NewMailbox::new("acme-001.example.com", "Noa", "Vale", username);
    let body = types::MailboxAssignments([(id, vec![mailbox])].into());
    zapmail.assign_mailboxes().body(body).send().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn plan_contains_all_mailboxes_of_domains_in_any_spelling() {
    let (sandbox, zapmail) = sandbox();
    let mut list: Vec<_> = SECOND.iter().chain(&FIRST).map(ToString::to_string).collect();
    list.push(" Dana.Reed@ACME-001.example.com. ".to_owned());
    list.retain(|address| address != FIRST[0]);
    let removal = zapmail.plan_removal(list).await.unwrap();
    let names: Vec<_> = removal.domains.iter().map(|domain| domain.name.as_str()).collect();
    assert_eq!(names, ["acme-001.example.com", "acme-002.example.com"]);
    assert_eq!(addresses(&removal), [FIRST, SECOND].concat());
    assert_eq!(operations(&sandbox), ["list_mailboxes", "list_subscriptions"]);
    let end = period_end(&zapmail).await;
    assert!(end > DateTime::<Utc>::from(SystemTime::now()));
    for mailbox in removal.domains.iter().flat_map(|domain| &domain.mailboxes) {
        assert_eq!(mailbox.derived_date, Some(end), "{mailbox}");
    }
    assert_eq!(removal.domains[0].id, domain_id(&zapmail, "acme-001.example.com").await);
    let one = zapmail.mailbox_by_address(FIRST[0]).await.unwrap().unwrap();
    assert_eq!(removal.domains[0].mailboxes[0].id, one.id);
}

#[tokio::test(start_paused = true)]
async fn list_with_several_problems_reports_all_of_them() {
    let (sandbox, zapmail) = sandbox();
    let list = [FIRST[0], "dana", "@acme-001.example.com", "nobody@acme-001.example.com", SECOND[1], "x@other.example"];
    let refused = zapmail.plan_removal(list).await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::Invalid);
    assert_eq!(refused.malformed(), ["@acme-001.example.com", "dana"]);
    assert_eq!(refused.unknown(), ["nobody@acme-001.example.com", "x@other.example"]);
    let partial = |name: &str, missing: &[&str]| PartialDomain {
        name: name.to_owned(),
        missing: missing.iter().map(ToString::to_string).collect(),
    };
    let expected =
        [partial("acme-001.example.com", &FIRST[1..]), partial("acme-002.example.com", &[SECOND[0], SECOND[2]])];
    assert_eq!(refused.partial(), expected);
    assert_eq!(
        refused.to_string(),
        "schedule_mailbox_removal: `addresses` cannot be removed: \
         not an address: `@acme-001.example.com`, `dana`; \
         without a mailbox: nobody@acme-001.example.com, x@other.example; \
         acme-001.example.com also has lee.wood@acme-001.example.com, robin.west@acme-001.example.com; \
         acme-002.example.com also has alex.west@acme-002.example.com, robin.wood@acme-002.example.com; \
         the service removes whole domains: add the addresses, or leave the domain out"
    );
    assert_eq!(operations(&sandbox), ["list_mailboxes"]);
}

#[tokio::test(start_paused = true)]
async fn list_without_addresses_sends_no_request() {
    let (sandbox, zapmail) = sandbox();
    let refused = zapmail.plan_removal([""; 0]).await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::Invalid);
    assert!(refused.to_string().contains("`addresses` is empty"), "{refused}");
    let refused = zapmail.plan_removal(["dana", " "]).await.unwrap_err();
    assert_eq!(
        (refused.error().kind(), refused.malformed()),
        (ErrorKind::Invalid, &["".to_owned(), "dana".to_owned()][..])
    );
    assert!(refused.to_string().ends_with("use addresses such as `dana@acme.com`"), "{refused}");
    assert!(sandbox.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn failed_or_unfinished_mailbox_counts_as_missing() {
    let (_sandbox, zapmail) = sandbox();
    let all = statuses(&zapmail).await;
    for status in ["FAILED", "IN_PROGRESS"] {
        let (address, _) = all.iter().find(|(_, other)| other == status).unwrap();
        let domain = address.split_once('@').unwrap().1;
        let others = all.iter().map(|(other, _)| other).filter(|other| other.ends_with(domain) && *other != address);
        let refused = zapmail.plan_removal(others.take(1)).await.unwrap_err();
        assert_eq!(refused.partial()[0].name, domain);
        assert!(refused.partial()[0].missing.contains(address), "{status}: {refused}");
    }
}

#[tokio::test(start_paused = true)]
async fn expired_mailbox_is_neither_missing_nor_removed() {
    let (sandbox, zapmail) = sandbox();
    let id = domain_id(&zapmail, "acme-001.example.com").await;
    let body = ScheduledRemoval::new([id], true).contains("lee.wood@");
    zapmail.schedule_mailbox_removal().body(body).send().await.unwrap();
    sandbox.advance(MONTH);
    assert_eq!(expired(&zapmail).await, [FIRST[1]]);

    let without = zapmail.plan_removal([FIRST[0], FIRST[2]]).await.unwrap();
    assert_eq!(addresses(&without), [FIRST[0], FIRST[2]]);
    assert_eq!(zapmail.plan_removal(FIRST).await.unwrap(), without);
    without.schedule(&zapmail).await.unwrap();

    let refused = zapmail.plan_removal([FIRST[1]]).await.unwrap_err();
    assert_eq!(refused.error().kind(), ErrorKind::Invalid);
    assert!(refused.to_string().contains("all mailboxes of the list have expired"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn scheduled_removal_sends_only_domain_ids() {
    let (sandbox, zapmail) = sandbox();
    let removal = zapmail.plan_removal([FIRST, SECOND].concat()).await.unwrap();
    let ids: Vec<_> = removal.domains.iter().map(|domain| domain.id.to_string()).collect();
    let body = |remove: bool| json!({"domainIds": ids, "remove": remove});
    removal.schedule(&zapmail).await.unwrap();
    assert_eq!(bodies(&sandbox), [body(true)]);
    // Scheduling it again is safe, and a stored plan equals the original.
    let stored = serde_json::to_string(&removal).unwrap();
    let stored: Removal = serde_json::from_str(&stored).unwrap();
    assert_eq!(stored, removal);
    stored.schedule(&zapmail).await.unwrap();
    stored.undo(&zapmail).await.unwrap();
    assert_eq!(bodies(&sandbox), [body(true), body(true), body(false)]);
    stored.schedule(&zapmail).await.unwrap();
    sandbox.advance(MONTH);
    let mut removed = [FIRST, SECOND].concat();
    removed.sort_unstable();
    assert_eq!(expired(&zapmail).await, removed);
}

#[tokio::test(start_paused = true)]
async fn executed_removal_cannot_be_undone() {
    let (sandbox, zapmail) = sandbox();
    let removal = zapmail.plan_removal(FIRST).await.unwrap();
    removal.schedule(&zapmail).await.unwrap();
    sandbox.advance(MONTH);
    let error = removal.undo(&zapmail).await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Conflict, Some("schedule_mailbox_removal")));
    assert_eq!(
        error.to_string(),
        format!(
            "schedule_mailbox_removal: mailboxes that have expired or are no longer listed: {}; the billing date may have \
             passed; nothing was sent",
            FIRST.join(", ")
        )
    );
    assert_eq!(bodies(&sandbox).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn undo_reverts_other_mailboxes_if_one_is_gone() {
    let (sandbox, zapmail) = sandbox();
    let removal = zapmail.plan_removal([FIRST, SECOND].concat()).await.unwrap();
    removal.schedule(&zapmail).await.unwrap();
    let [gone, _, _] = &removal.domains[0].mailboxes[..] else { panic!("{removal}") };
    zapmail.remove_mailboxes_instantly().body(types::InstantRemoval::new([&gone.id], true)).send().await.unwrap();

    let error = removal.undo(&zapmail).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert_eq!(
        error.to_string(),
        "schedule_mailbox_removal: mailboxes that have expired or are no longer listed: dana.reed@acme-001.example.com; the \
         removal of the others was reverted, on 2 domains (acme-001.example.com, acme-002.example.com)"
    );
    assert_eq!(bodies(&sandbox)[1]["domainIds"].as_array().unwrap().len(), 2);
    sandbox.advance(MONTH);
    assert!(expired(&zapmail).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn mailbox_added_after_planning_is_a_conflict() {
    let (sandbox, zapmail) = sandbox();
    let removal = zapmail.plan_removal([FIRST, SECOND].concat()).await.unwrap();
    add_mailbox(&zapmail, "noa.vale").await;
    let error = removal.schedule(&zapmail).await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Conflict, Some("schedule_mailbox_removal")));
    assert!(error.message().ends_with("since the removal was planned: noa.vale@acme-001.example.com"), "{error}");
    assert!(bodies(&sandbox).is_empty());

    let list = [FIRST.as_slice(), &SECOND, &["noa.vale@acme-001.example.com"]].concat();
    zapmail.plan_removal(list).await.unwrap().schedule(&zapmail).await.unwrap();
    assert_eq!(bodies(&sandbox).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn removal_runs_in_the_workspace_of_the_client() {
    let (sandbox, zapmail) = sandbox();
    let workspace = sandbox.workspaces()[1].id.clone();
    let north = zapmail.workspace(&workspace);
    let address = statuses(&north).await.first().unwrap().0.clone();
    let domain = address.split_once('@').unwrap().1.to_owned();
    let list: Vec<_> = statuses(&north).await.into_iter().map(|(address, _)| address).collect();
    let list: Vec<_> = list.iter().filter(|address| address.ends_with(&domain)).collect();
    assert_eq!(zapmail.plan_removal(&list).await.unwrap_err().unknown().len(), list.len());
    let removal = north.plan_removal(&list).await.unwrap();

    let error = removal.schedule(&zapmail).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.message().ends_with(&format!("without mailboxes in this workspace: {domain}")), "{error}");
    assert!(bodies(&sandbox).is_empty());
    removal.schedule(&north).await.unwrap();
    let error = removal.undo(&zapmail).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(error.to_string().contains(&format!("{domain}; use a client for the workspace")), "{error}");
    removal.undo(&north).await.unwrap();
    let workspaces = sandbox.requests_of("schedule_mailbox_removal").into_iter().map(|request| request.workspace);
    assert_eq!(workspaces.collect::<Vec<_>>(), [Some(workspace.clone()), Some(workspace)]);
}

#[tokio::test(start_paused = true)]
async fn many_domains_are_sent_in_batches() {
    let sandbox = Sandbox::builder().domains(180).mailboxes_per_domain(1).build().unwrap();
    let zapmail = client_of(&sandbox).build().unwrap();
    let list = statuses(&zapmail).await.into_iter().map(|(address, _)| address);
    let removal = zapmail.plan_removal(list).await.unwrap();
    assert_eq!(removal.domains.len(), 120);
    for (remove, before) in [(true, 0), (false, 3)] {
        let reads = sandbox.requests_of("list_mailboxes").len();
        match remove {
            true => removal.schedule(&zapmail).await.unwrap(),
            false => removal.undo(&zapmail).await.unwrap(),
        }
        // The mailboxes are read before each batch that deletes them: 120 domains are two pages.
        let reads = sandbox.requests_of("list_mailboxes").len() - reads;
        assert_eq!(reads, if remove { 3 * 2 } else { 2 });
        let sent = bodies(&sandbox).split_off(before);
        let ids: Vec<Vec<_>> = sent
            .iter()
            .map(|body| body["domainIds"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect())
            .collect();
        assert_eq!(ids.iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20]);
        let planned: BTreeSet<_> = removal.domains.iter().map(|domain| domain.id.as_str()).collect();
        assert_eq!(ids.concat().into_iter().collect::<BTreeSet<_>>(), planned);
        assert!(sent.iter().all(|body| body["remove"] == remove && body.as_object().unwrap().len() == 2));
    }
}

/// A plan with 120 domains of one mailbox each, and the list of their mailboxes.
fn many() -> (Removal, Vec<Value>) {
    let addresses: Vec<_> = (1..=120).map(|number| format!("dana@{number:03}.com")).collect();
    let domains = addresses.iter().map(|address| {
        let name = address.split_once('@').unwrap().1;
        let mailbox = json!({"id": format!("id of {address}"), "address": address, "derived_date": null});
        json!({"id": id_of(name), "name": name, "mailboxes": [mailbox]})
    });
    let removal = serde_json::from_value(json!({"domains": domains.collect::<Value>()})).unwrap();
    (removal, addresses.iter().map(|address| mailbox(address)).collect())
}

fn status(status: u16) -> Reply {
    Reply::error(status, "ok")
}

#[tokio::test]
async fn failed_batch_names_scheduled_domains() {
    let (removal, mailboxes) = many();
    let list = || page(json!({"totalPages": 1}), &mailboxes);
    let first = "50 domains (001.com, 002.com, 003.com, 004.com, 005.com and 45 more)";
    let second = "50 domains (051.com, 052.com, 053.com, 054.com, 055.com and 45 more)";
    let all = "100 domains (001.com, 002.com, 003.com, 004.com, 005.com and 95 more)";
    let again = "call `schedule` again to continue, or `undo`";
    for (replies, kind, expected) in [
        (vec![list(), status(400)], ErrorKind::Invalid, "400 Bad Request: ok".to_owned()),
        (
            vec![list(), status(500)],
            ErrorKind::Server,
            format!("500 Internal Server Error: ok; the removal may be scheduled for {first}; {again}"),
        ),
        (
            vec![list(), status(200), list(), status(400)],
            ErrorKind::Invalid,
            format!("400 Bad Request: ok; the removal is scheduled for {first}; {again}"),
        ),
        (
            vec![list(), status(200), list(), status(500)],
            ErrorKind::Server,
            format!(
                "500 Internal Server Error: ok; the removal is scheduled for {first}, and may be scheduled for {second}; {again}"
            ),
        ),
        (
            vec![list(), status(200), list(), status(200), status(500)],
            ErrorKind::Server,
            format!("500 Internal Server Error: ok; the removal is scheduled for {all}; {again}"),
        ),
    ] {
        let service = Service::replying(replies).await;
        let error = removal.schedule(&service.zapmail).await.unwrap_err();
        assert_eq!((error.kind(), error.to_string().split_once(": ").unwrap().1), (kind, expected.as_str()));
    }
    for (replies, expected) in [
        (vec![list(), status(400)], "400 Bad Request: ok".to_owned()),
        (
            vec![list(), status(200), status(200), status(400)],
            format!("400 Bad Request: ok; the removal is reverted for {all}; call `undo` again to continue"),
        ),
    ] {
        let service = Service::replying(replies).await;
        let error = removal.undo(&service.zapmail).await.unwrap_err();
        assert_eq!(error.to_string().split_once(": ").unwrap().1, expected);
    }
}

#[tokio::test]
async fn mailbox_added_between_two_batches_is_a_conflict() {
    let (removal, mailboxes) = many();
    let list = |more: &[Value]| page(json!({"totalPages": 1}), &[&mailboxes[..], more].concat());
    // The added mailbox is on a domain of the third batch.
    let service = Service::replying([list(&[]), status(200), list(&[mailbox("lee@111.com")])]).await;
    let error = removal.schedule(&service.zapmail).await.unwrap_err();
    assert_eq!((error.kind(), service.requests()), (ErrorKind::Conflict, 3));
    assert_eq!(
        error.to_string(),
        "schedule_mailbox_removal: mailboxes were added since the removal was planned: lee@111.com; the removal is scheduled \
         for 50 domains (001.com, 002.com, 003.com, 004.com, 005.com and 45 more); plan the removal again, or call `undo`"
    );
}

#[tokio::test(start_paused = true)]
async fn plan_without_domains_is_never_sent() {
    let (sandbox, zapmail) = sandbox();
    let removal = Removal { domains: Vec::new() };
    for outcome in [removal.schedule(&zapmail).await, removal.undo(&zapmail).await] {
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        assert!(error.message().contains("`domains` is empty"), "{error}");
    }
    assert!(sandbox.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn mailbox_of_newer_subscription_has_date_of_that_subscription() {
    let (sandbox, zapmail) = sandbox();
    sandbox.advance(Duration::from_secs(5 * 24 * 60 * 60));
    add_mailbox(&zapmail, "noa.vale").await;
    sandbox.advance(Duration::from_secs(24 * 60 * 60));
    zapmail.allow_spending().purchase_subscription().plan_name("Starter").send().await.unwrap();
    sandbox.advance(Duration::from_secs(24 * 60 * 60));
    add_mailbox(&zapmail, "zoe.vale").await;

    let list = [FIRST.as_slice(), &["noa.vale@acme-001.example.com", "zoe.vale@acme-001.example.com"]].concat();
    let removal = zapmail.plan_removal(list).await.unwrap();
    let dates: Vec<_> = removal.domains[0].mailboxes.iter().map(|mailbox| mailbox.derived_date.unwrap()).collect();
    let subscriptions = zapmail.list_subscriptions().send().await.unwrap();
    let newest = subscriptions.iter().max_by_key(|subscription| subscription.subscription_creation_date).unwrap();
    let old = period_end(&zapmail).await;
    // By address: dana, lee, noa, robin, zoe.
    assert_eq!(dates, [old, old, old, old, newest.period_end.unwrap()]);
    assert!(newest.period_end.unwrap() > old);
}

/// An id derived from the name of a domain.
fn id_of(domain: &str) -> Uuid {
    Uuid::from_u128(domain.bytes().fold(0u128, |digest, byte| digest.wrapping_mul(256) + u128::from(byte)))
}

/// The only page of the list of mailboxes, with one domain row per mailbox.
fn page(counters: Value, mailboxes: &[Value]) -> Reply {
    let rows = mailboxes.iter().map(|mailbox| {
        let domain = mailbox["email"].as_str().unwrap().rsplit_once('@').unwrap().1;
        json!({"id": id_of(domain), "domain": domain, "mailboxes": [mailbox]})
    });
    let mut data = counters;
    data["domains"] = rows.collect();
    Reply::data(data)
}

fn mailbox(address: &str) -> Value {
    json!({"id": format!("id of {address}"), "email": address, "status": "ACTIVE", "createdAt": "2026-06-15T00:00:00Z"})
}

fn subscription(created: Option<&str>, end: Option<&str>, status: &str) -> Value {
    let at = |date: &str| format!("{date}T00:00:00Z");
    json!({
        "id": Uuid::nil(),
        "subscriptionStatus": status,
        "subscriptionCreationDate": created.map(at),
        "periodEnd": end.map(at),
    })
}

/// The date that is derived for a mailbox with these properties.
async fn derived_date(properties: Value, all: &[Value]) -> Option<String> {
    let mut mailbox = mailbox("dana@acme.com");
    mailbox.as_object_mut().unwrap().extend(properties.as_object().unwrap().clone());
    let list = page(json!({"totalPages": 1}), &[mailbox]);
    let service = Service::replying([list, Reply::data(json!(all))]).await;
    let removal = service.zapmail.plan_removal(["dana@acme.com"]).await.unwrap();
    assert_eq!(service.requests(), 2);
    removal.domains[0].mailboxes[0].derived_date.map(|date| date.date_naive().to_string())
}

#[tokio::test]
async fn date_is_end_of_newest_subscription_before_mailbox() {
    let all = [
        subscription(Some("2026-03-01"), Some("2999-12-01"), "ACTIVE"),
        subscription(Some("2026-01-01"), Some("2999-12-11"), "ACTIVE"),
        subscription(Some("2026-05-01"), Some("2999-12-21"), "CANCELLED"),
        subscription(None, Some("2999-12-31"), "ACTIVE"),
        subscription(Some("2026-07-01"), None, "ACTIVE"),
        subscription(Some("2026-09-01"), Some("2999-12-09"), "ACTIVE"),
        subscription(Some("2026-09-01"), Some("2999-12-05"), "PAST_DUE"),
        subscription(Some("2026-09-01"), Some("2026-09-30"), "CANCELLED"),
        subscription(Some("2026-10-05"), Some("2026-11-05"), "CANCELLED"),
    ];
    for (created_at, pre_warmed, expected) in [
        (json!("2025-12-31T23:59:59Z"), false, None),
        (json!("2026-01-01T00:00:00Z"), false, Some("2999-12-11")),
        (json!("2026-02-28T00:00:00Z"), false, Some("2999-12-11")),
        (json!("2026-03-01T00:00:00Z"), false, Some("2999-12-01")),
        // The status of a subscription does not matter.
        (json!("2026-06-15T00:00:00Z"), false, Some("2999-12-21")),
        // The date of an older subscription would be wrong.
        (json!("2026-08-01T00:00:00Z"), false, None),
        // The earlier of two ends is the safer choice; the third has passed.
        (json!("2026-10-01T00:00:00Z"), false, Some("2999-12-05")),
        // The newest subscription has ended.
        (json!("2026-10-10T00:00:00Z"), false, None),
        (json!("2026-10-01T00:00:00Z"), true, None),
        (json!(null), false, None),
    ] {
        let name = format!("{created_at} {pre_warmed}");
        let date = derived_date(json!({"createdAt": created_at, "isWarmedUp": pre_warmed}), &all).await;
        assert_eq!(date.as_deref(), expected, "{name}");
    }
}

#[tokio::test]
async fn date_ignores_subscriptions_for_other_provider() {
    let of = |provider: &str, created: &str, end: &str| {
        let mut subscription = subscription(Some(created), Some(end), "ACTIVE");
        subscription["serviceProvider"] = provider.into();
        subscription
    };
    let all = [
        of("GOOGLE", "2026-01-01", "2999-12-01"),
        of("microsoft", "2026-02-01", "2999-12-02"),
        of("YAHOO", "2025-01-01", "2999-12-03"),
    ];
    for (provider, expected) in [
        (json!("GOOGLE"), "2999-12-01"),
        (json!("google"), "2999-12-01"),
        (json!("MICROSOFT"), "2999-12-02"),
        // An unknown provider can be any provider.
        (json!(null), "2999-12-02"),
        (json!("YAHOO"), "2999-12-02"),
    ] {
        let date = derived_date(json!({"serviceProvider": provider}), &all).await;
        assert_eq!(date.as_deref(), Some(expected), "{provider}");
    }
    let date = derived_date(json!({"serviceProvider": "MICROSOFT"}), &all[..1]).await;
    assert_eq!(date, None);
    let date = derived_date(json!({"serviceProvider": "MICROSOFT"}), &all[2..]).await;
    assert_eq!(date.as_deref(), Some("2999-12-03"));
}

#[tokio::test]
async fn mailbox_that_moves_between_pages_is_found() {
    let [a, b, c] = ["dana@a.com", "dana@b.com", "dana@c.com"].map(mailbox);
    // After the first page, a.com is removed, and c.com moves to the first page.
    let before = page(json!({"totalPages": 2, "totalSearchedCount": 3}), &[a, b.clone()]);
    let behind = page(json!({"totalPages": 1, "totalSearchedCount": 2}), &[]);
    let after = page(json!({"totalPages": 1, "totalSearchedCount": 2}), &[b, c]);
    let service = Service::replying([before.clone(), behind.clone(), after.clone(), Reply::data(json!([]))]).await;
    let removal = service.zapmail.plan_removal(["dana@c.com"]).await.unwrap();
    assert_eq!(addresses(&removal), ["dana@c.com"]);

    // The list is read in the same way before anything is scheduled.
    let mut added = mailbox("lee@c.com");
    added["id"] = json!("another");
    let after = page(json!({"totalPages": 1, "totalSearchedCount": 2}), &[mailbox("dana@c.com"), added]);
    let service = Service::replying([before, behind, after]).await;
    assert_eq!(removal.schedule(&service.zapmail).await.unwrap_err().kind(), ErrorKind::Conflict);
    assert!(!service.paths().iter().any(|path| path.ends_with("scheduled-removal")));
}

#[tokio::test]
async fn active_mailbox_with_address_of_expired_one_is_removed() {
    let mut old = mailbox("dana@acme.com");
    (old["status"], old["id"]) = (json!("expired"), json!("old"));
    let list = page(json!({"totalPages": 1}), &[old, mailbox("Dana@Acme.com")]);
    let service = Service::replying([list, Reply::data(json!([]))]).await;
    let removal = service.zapmail.plan_removal(["dana@acme.com"]).await.unwrap();
    let ids = removal.domains.iter().flat_map(|domain| &domain.mailboxes).map(|mailbox| mailbox.id.as_str());
    assert_eq!(ids.collect::<Vec<_>>(), ["id of Dana@Acme.com"]);
}

#[tokio::test]
async fn plan_and_error_contain_no_credentials() {
    let mut mailbox = mailbox("dana@acme.com");
    for part in ["password", "appPassword", "secret", "recoveryEmail"] {
        mailbox[part] = json!("canary");
    }
    let mut other = mailbox.clone();
    (other["id"], other["email"]) = (json!("other"), json!("lee@acme.com"));
    let row = json!({
        "id": Uuid::nil(),
        "domain": "acme.com",
        "adminDetails": {"newPassword": "canary", "secret": "canary"},
        "msSubAdminDetails": {"password": "canary"},
        "mailboxes": [mailbox, other],
    });
    let list = Reply::page("domains", json!([row]));
    let service = Service::replying([list.clone(), Reply::data(json!([])), list]).await;
    let removal = service.zapmail.plan_removal(["dana@acme.com", "lee@acme.com"]).await.unwrap();
    let refused = service.zapmail.plan_removal(["dana@acme.com"]).await.unwrap_err();
    assert_eq!(refused.partial()[0].missing, ["lee@acme.com"]);
    let json = serde_json::to_string(&removal).unwrap();
    for text in [json, format!("{removal} {removal:?}"), format!("{refused} {refused:?}")] {
        assert!(text.contains("lee@acme.com") && !text.contains("canary"), "{text}");
    }
}

#[tokio::test]
async fn error_of_request_is_returned() {
    let service = Service::replying([Reply::error(403, "Not yours")]).await;
    let error = service.zapmail.plan_removal(["dana@acme.com"]).await.unwrap_err();
    assert_eq!(error.to_string(), "list_mailboxes: 403 Forbidden: Not yours");
    assert!(error.partial().is_empty() && error.source().is_none());
    assert_eq!(crate::Error::from(error).kind(), ErrorKind::Forbidden);

    let list = page(json!({"totalPages": 1}), &[mailbox("dana@acme.com")]);
    let service = Service::replying([list, Reply::error(403, "Not yours")]).await;
    let error = service.zapmail.plan_removal(["dana@acme.com"]).await.unwrap_err();
    assert_eq!(error.error().operation(), Some("list_subscriptions"));
}

#[test]
fn removal_is_displayed_with_one_line_per_mailbox() {
    let removal: Removal = serde_json::from_value(json!({"domains": [{"id": "1", "name": "acme.com", "mailboxes": [
        {"id": "1", "address": "dana@acme.com", "derived_date": "2026-12-13T09:00:00Z"},
        {"id": "2", "address": "lee@acme.com", "derived_date": null},
    ]}]}))
    .unwrap();
    let expected = "2 mailboxes on 1 domain to be deleted at the next billing date; dates are derived, not reported by the \
                    service\nacme.com\n  dana@acme.com, presumably on 2026-12-13\n  lee@acme.com, date unknown";
    assert_eq!(removal.to_string(), expected);
}

#[tokio::test]
async fn removal_of_a_domain_without_planned_mailboxes_is_reverted() {
    let (sandbox, zapmail) = sandbox();
    let id = domain_id(&zapmail, "acme-001.example.com").await;
    let removal = json!({"domains": [{"id": id, "name": "acme-001.example.com", "mailboxes": []}]});
    serde_json::from_value::<Removal>(removal).unwrap().undo(&zapmail).await.unwrap();
    assert_eq!(bodies(&sandbox), [json!({"domainIds": [id], "remove": false})]);
}
