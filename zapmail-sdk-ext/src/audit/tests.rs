//! Tests of audits on an in-process sandbox, under paused time. A test can replace and delay individual responses.

mod credentials;
mod findings;
mod lists;
mod order;
mod outages;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::time::sleep;
use zapmail_sandbox::{InProcess, Sandbox};
use zapmail_sdk::operations::{Effect, find};

use super::{Audit, AuditFailure, AuditProgress, AuditReport, FindingKind};
use crate::{BufferedResponse, ErrorKind, Operation, Result, Timeouts, Transport, Zapmail};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The parts of a request by which a test selects its response.
#[derive(Debug)]
struct RequestInfo {
    operation: &'static str,
    workspace: Option<String>,
    query: BTreeMap<String, String>,
}

/// The status and body of a response.
type Reply = (u16, Value);

/// Returns the delay of a request, and the response that replaces the response of the sandbox, if any.
type Alter = dyn Fn(&RequestInfo) -> (Duration, Option<Reply>) + Send + Sync;

struct AlteredTransport {
    sandbox: InProcess,
    alter: Box<Alter>,
}

impl Transport for AlteredTransport {
    fn send<'a>(
        &'a self,
        request: reqwest::Request,
        operation: &'static Operation,
    ) -> BoxFuture<'a, Result<BufferedResponse>> {
        let workspace = request.headers().get("x-workspace-key").and_then(|id| id.to_str().ok()).map(str::to_owned);
        let query = request.url().query_pairs().into_owned().collect();
        let (delay, reply) = (self.alter)(&RequestInfo { operation: operation.id, workspace, query });
        Box::pin(async move {
            sleep(delay).await;
            match reply {
                Some((status, body)) => {
                    let status = StatusCode::from_u16(status).unwrap();
                    Ok(BufferedResponse::new(status, HeaderMap::new(), body.to_string()))
                }
                None => self.sandbox.send(request, operation).await,
            }
        })
    }
}

impl fmt::Debug for AlteredTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AlteredTransport")
    }
}

fn client(sandbox: &Sandbox) -> Zapmail {
    altered(sandbox, |_| None)
}

/// Returns a client of a sandbox with replaced responses.
fn altered(sandbox: &Sandbox, reply: impl Fn(&RequestInfo) -> Option<Reply> + Send + Sync + 'static) -> Zapmail {
    delayed(sandbox, move |request| (Duration::ZERO, reply(request)))
}

/// Returns a client for which the workspace at this position is forbidden.
fn without_workspace(sandbox: &Sandbox, position: usize) -> Zapmail {
    let forbidden = Some(sandbox.workspaces()[position].id.clone());
    altered(sandbox, move |request| if request.workspace == forbidden { error(403) } else { None })
}

fn delayed(
    sandbox: &Sandbox,
    alter: impl Fn(&RequestInfo) -> (Duration, Option<Reply>) + Send + Sync + 'static,
) -> Zapmail {
    let transport = AlteredTransport { sandbox: sandbox.transport(), alter: Box::new(alter) };
    Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).transport(transport).build().unwrap()
}

fn data(data: Value) -> Option<Reply> {
    Some((200, json!({"status": 200, "data": data})))
}

/// Returns the only page of a list.
fn page(key: &str, rows: Value) -> Option<Reply> {
    data(json!({"currentPage": 1, "nextPage": 2, "totalPages": 1, key: rows}))
}

fn error(status: u16) -> Option<Reply> {
    Some((status, json!({"status": status, "message": "Something went wrong"})))
}

/// Runs an audit at the sandbox's time.
async fn run(sandbox: &Sandbox, audit: Audit) -> AuditReport {
    audit.run_at(sandbox.now().into()).await
}

/// Returns the kinds and subjects of the findings.
fn found(report: &AuditReport) -> Vec<(FindingKind, &str)> {
    report.findings.iter().map(|finding| (finding.kind, finding.subject.as_str())).collect()
}

/// Returns the account, the workspace, the operation and the kind of each failure.
fn failures(report: &AuditReport) -> Vec<(&str, Option<&str>, Option<&str>, ErrorKind)> {
    let failures = report.failures.iter().map(|failure| {
        (&*failure.account, failure.workspace_name.as_deref(), failure.operation.as_deref(), failure.kind)
    });
    failures.collect()
}

#[tokio::test(start_paused = true)]
async fn report_contains_all_rows_of_all_workspaces() {
    let sandbox = Sandbox::builder().build().unwrap();
    let report = run(&sandbox, client(&sandbox).audit()).await;
    assert_eq!(report.failures, []);

    let [main, north] = <[_; 2]>::try_from(sandbox.workspaces()).unwrap();
    let domains: Vec<_> =
        report.domains.iter().map(|row| (row.workspace.as_str(), row.name.clone().unwrap())).collect();
    let expected = (1..=24).map(|number| {
        let workspace = if number <= 16 { &main } else { &north };
        (workspace.id.as_str(), format!("acme-{number:03}.example.com"))
    });
    assert_eq!(domains, expected.collect::<Vec<_>>());
    let microsoft = json!(report.domains[3]);
    assert_eq!(microsoft["provider"], "MICROSOFT");
    assert_eq!(
        microsoft,
        json!({
            "account": "", "workspace": main.id, "workspace_name": "Main", "id": microsoft["id"],
            "name": "acme-004.example.com", "status": "ACTIVE", "provider": "MICROSOFT",
            "expires_on": "2027-09-19T09:00:00Z", "auto_renew": false, "mailboxes": 3,
            "health_score": 90, "health_label": "healthy", "dns_problems": "",
        })
    );

    assert_eq!(report.mailboxes.len(), 72);
    let mailbox = json!(report.mailboxes[9]);
    assert_eq!(
        mailbox,
        json!({
            "account": "", "workspace": main.id, "workspace_name": "Main", "id": mailbox["id"],
            "address": "alex.reed@acme-004.example.com", "domain": "acme-004.example.com", "name": "Alex Reed",
            "status": "ACTIVE", "provider": "MICROSOFT",
            "created_at": "2026-11-03T09:00:00Z", "expires_on": "2026-12-03T09:00:00Z",
        })
    );

    let subscriptions: Vec<_> = report.subscriptions.iter().map(|row| json!(row)).collect();
    let lists: Vec<_> = subscriptions.iter().map(|row| (&row["workspace_name"], &row["list"], &row["price"])).collect();
    let expected = json!([
        ["Main", "mailboxes", 99],
        ["Main", "mailboxes", 91],
        ["Main", "placement", null],
        ["Main", "dns_shield", null],
        ["Client North", "mailboxes", 99],
        ["Client North", "mailboxes", 13],
    ]);
    assert_eq!(json!(lists), expected);
    assert_eq!(
        subscriptions[0],
        json!({
            "account": "", "workspace": main.id, "workspace_name": "Main", "list": "mailboxes",
            "id": subscriptions[0]["id"], "subscription_id": subscriptions[0]["subscription_id"],
            "status": "ACTIVE", "plan": "GROWTH", "price": 99, "due": "2026-12-13T09:00:00Z", "payment_failure": null,
        })
    );
    let row = &report.subscriptions[0];
    assert!(row.subscription_id.as_deref().unwrap().starts_with("sub_"));
    assert!(uuid::Uuid::try_parse(row.id.as_deref().unwrap()).is_ok());

    // One mailbox has failed, three mailboxes are new, and every mailbox subscription is due in 20 days.
    let due: Vec<_> =
        report.subscriptions.iter().filter(|row| row.due.is_some()).map(|row| row.subscription_id.clone()).collect();
    let due: Vec<_> = due.iter().flatten().map(|id| (FindingKind::SubscriptionDue, id.as_str())).collect();
    let mailboxes = [
        "emery.west@acme-014.example.com",
        "rowan.reed@acme-015.example.com",
        "emery.wood@acme-015.example.com",
        "dana.north@acme-015.example.com",
    ];
    let of_main = mailboxes.map(|address| (FindingKind::MailboxInactive, address)).into_iter();
    assert_eq!(found(&report), of_main.chain(due).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn audit_only_reads_and_requests_per_domain_can_be_disabled() {
    let sandbox = Sandbox::builder().domains(6).build().unwrap();
    run(&sandbox, client(&sandbox).audit()).await;
    let counts = sandbox.request_counts();
    assert!(counts.keys().all(|id| find(id).unwrap().effect == Effect::Read), "{counts:?}");
    let expected = [
        ("get_domain_health", 6),
        ("list_dns_records", 6),
        ("list_dns_shield_subscriptions", 2),
        ("list_domains", 2),
        ("list_mailboxes", 2),
        ("list_placement_subscriptions", 2),
        ("list_prewarmed_subscriptions", 2),
        ("list_subscriptions", 2),
        ("list_workspaces", 1),
    ];
    assert_eq!(counts, expected.map(|(id, count)| (id.to_owned(), count)).into());

    let sandbox = Sandbox::builder().domains(6).build().unwrap();
    let report = run(&sandbox, client(&sandbox).audit().without_health().without_dns()).await;
    let counts = sandbox.request_counts();
    assert!(!counts.contains_key("get_domain_health") && !counts.contains_key("list_dns_records"), "{counts:?}");
    let row = &report.domains[0];
    assert_eq!((&row.health_score, &row.health_label, &row.dns_problems), (&None, &None, &None));
}

#[tokio::test(start_paused = true)]
async fn inactive_and_empty_domains_are_not_requested() {
    let sandbox = Sandbox::builder().domains(12).build().unwrap();
    let north = sandbox.workspaces()[1].id.clone();
    let statuses = ["ACTIVE", "EXPIRED", "PENDING", "IN_PROGRESS", "INACTIVE", "active", "A_NEW_WORD"];
    let id = |nth: usize| format!("7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d{nth:02}");
    let domain =
        move |nth: usize| json!({"id": id(nth), "domain": format!("acme-{nth}.example"), "status": statuses.get(nth)});
    let mailbox = |nth: usize, status: &str| {
        let mailbox = json!({"id": id(nth), "username": "dana", "status": status});
        json!({"id": id(nth), "domain": format!("acme-{nth}.example"), "mailboxes": [mailbox]})
    };
    // The second to last domain has only an expired mailbox, and the last one has none.
    let domains: Vec<_> = (0..10).map(domain).collect();
    let mut mailboxes: Vec<_> = (0..8).map(|nth| mailbox(nth, "ACTIVE")).collect();
    mailboxes.push(mailbox(8, "expired"));
    let requested = Arc::new(Mutex::new(BTreeMap::<_, Vec<String>>::new()));
    let log = Arc::clone(&requested);
    let zapmail = altered(&sandbox, move |request| match request.operation {
        _ if request.workspace.as_ref() == Some(&north) => error(403),
        "list_domains" => page("domains", json!(domains)),
        "list_mailboxes" => page("domains", json!(mailboxes)),
        "get_domain_health" | "list_dns_records" => {
            let id = request.query.get("domainId").or(request.query.get("id")).unwrap().clone();
            log.lock().unwrap().entry(request.operation).or_default().push(id);
            data(json!({"score": 90}))
        }
        "list_subscriptions" | "list_placement_subscriptions" | "list_dns_shield_subscriptions" => data(json!([])),
        _ => None,
    });
    let report = run(&sandbox, zapmail.audit()).await;
    let ids = |numbers: &[usize]| numbers.iter().map(|nth| id(*nth)).collect::<Vec<_>>();
    let expected = [("get_domain_health", ids(&[0, 5, 6, 7])), ("list_dns_records", ids(&[0, 5, 6, 7, 8, 9]))];
    assert_eq!(*requested.lock().unwrap(), expected.into());
    let counts: Vec<_> = report.domains.iter().map(|row| row.mailboxes.unwrap()).collect();
    assert_eq!(counts, [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
    let scores: Vec<_> = report.domains.iter().map(|row| row.health_score.is_some()).collect();
    assert_eq!(scores, [true, false, false, false, false, true, true, true, false, false]);
    let empty: Vec<_> =
        found(&report).into_iter().filter(|(kind, _)| *kind == FindingKind::DomainWithoutMailbox).collect();
    let subject = |subject| (FindingKind::DomainWithoutMailbox, subject);
    assert_eq!(empty, [subject("acme-8.example"), subject("acme-9.example")]);
}

#[tokio::test(start_paused = true)]
async fn wrong_key_fails_one_account_and_the_others_are_read() {
    let sandbox = Sandbox::builder().domains(3).build().unwrap();
    let wrong_key = Zapmail::builder().api_key("not-a-real-key").base_url(sandbox.base_url());
    let wrong_key = wrong_key.transport(sandbox.transport()).build().unwrap();
    let accounts = [("one", client(&sandbox)), ("wrong", wrong_key), ("two", client(&sandbox))];
    let report = run(&sandbox, Audit::of(accounts)).await;
    assert_eq!(failures(&report), [("wrong", None, Some("list_workspaces"), ErrorKind::Unauthorized)]);
    let printed = report.failures[0].to_string();
    assert!(printed.starts_with("wrong: list_workspaces: 401 Unauthorized"), "{printed}");
    assert!(!printed.contains("not-a-real-key"), "{printed}");
    let accounts: Vec<_> = report.domains.iter().map(|row| row.account.as_str()).collect();
    assert_eq!(accounts, ["one", "one", "one", "two", "two", "two"]);
    assert_eq!(json!(report.failures[0])["kind"], "unauthorized");
}

#[tokio::test(start_paused = true)]
async fn forbidden_workspace_is_one_failure_and_others_are_read() {
    let sandbox = Sandbox::builder().domains(3).build().unwrap();
    let report = run(&sandbox, without_workspace(&sandbox, 0).audit()).await;
    assert_eq!(failures(&report), [("", Some("Main"), Some("list_domains"), ErrorKind::Forbidden)]);
    assert!(report.failures[0].to_string().starts_with("Main: list_domains: 403 Forbidden"));
    assert_eq!(report.domains.len(), 1);
    assert!(report.domains.iter().all(|row| row.workspace_name.as_deref() == Some("Client North")));
    assert_eq!(report.subscriptions.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn failed_request_of_a_domain_leaves_its_row_without_the_value() {
    let sandbox = Sandbox::builder().domains(2).build().unwrap();
    let zapmail = altered(&sandbox, |request| match request.operation {
        "get_domain_health" => error(404),
        "list_dns_records" => error(422),
        _ => None,
    });
    let report = run(&sandbox, zapmail.audit()).await;
    let of =
        |failure: &AuditFailure| (failure.domain.clone().unwrap(), failure.operation.clone().unwrap(), failure.kind);
    let expected = ["acme-001.example.com", "acme-002.example.com"].map(|name| {
        [("get_domain_health", ErrorKind::NotFound), ("list_dns_records", ErrorKind::Invalid)]
            .map(|(operation, kind)| (name.to_owned(), operation.to_owned(), kind))
    });
    assert_eq!(report.failures.iter().map(of).collect::<Vec<_>>(), expected.concat());
    assert_eq!(report.domains.len(), 2);
    assert!(report.domains.iter().all(|row| row.health_score.is_none() && row.dns_problems.is_none()));
    assert_eq!(report.mailboxes.len(), 6);
}

#[tokio::test(start_paused = true)]
async fn domains_are_read_as_fast_as_the_rate_limits_allow() {
    // 400 requests of 8 seconds each, and a few for the lists: two minutes at 200 per minute.
    let sandbox = Sandbox::builder().domains(300).mailboxes_per_domain(1).build().unwrap();
    let north = sandbox.workspaces()[1].id.clone();
    let zapmail = delayed(&sandbox, move |request| {
        let is_slow = ["get_domain_health", "list_dns_records"].contains(&request.operation);
        let refused = if request.workspace.as_ref() == Some(&north) { error(403) } else { None };
        (if is_slow { Duration::from_secs(8) } else { Duration::ZERO }, refused)
    });
    let started_at = tokio::time::Instant::now();
    let report = run(&sandbox, zapmail.audit()).await;
    assert_eq!(report.domains.len(), 200);
    let minutes = started_at.elapsed().as_secs_f64() / 60.0;
    assert!((1.5..2.5).contains(&minutes), "{minutes}");
}

#[tokio::test(start_paused = true)]
async fn hundreds_of_domains_do_not_time_out_in_the_queue() {
    let sandbox = Sandbox::builder().domains(450).mailboxes_per_domain(1).latency(Duration::from_secs(2));
    let sandbox = sandbox.build().unwrap();
    // The timeout is slightly longer than the longest window of the limits.
    let zapmail = client(&sandbox).with_timeouts(Timeouts::default().call(Duration::from_secs(75)));
    let report = run(&sandbox, Audit::of([("a", zapmail.clone()), ("b", zapmail.clone()), ("c", zapmail)])).await;
    assert_eq!(report.failures, []);
    assert_eq!(report.domains.len(), 3 * 450);
    assert!(report.domains.iter().all(|row| row.health_score.is_some() && row.dns_problems.is_some()));
}

#[tokio::test(start_paused = true)]
async fn progress_grows_to_the_totals() {
    let sandbox = Sandbox::builder().domains(6).build().unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let audit = Audit::of([("one", client(&sandbox)), ("two", client(&sandbox))]);
    let report = run(&sandbox, audit.on_progress(move |progress| log.lock().unwrap().push(progress.clone()))).await;
    let seen = seen.lock().unwrap();
    let last = AuditProgress {
        accounts: 2,
        accounts_done: 2,
        workspaces: 4,
        workspaces_done: 4,
        domains: report.domains.len(),
        domains_done: report.domains.len(),
        mailboxes: report.mailboxes.len(),
        subscriptions: report.subscriptions.len(),
        failures: 0,
    };
    assert_eq!(seen.last(), Some(&last));
    assert!(seen.windows(2).all(|pair| pair[0].domains_done <= pair[1].domains_done && pair[0] != pair[1]));
    assert!(seen.iter().all(|progress| progress.domains_done <= progress.domains));
}

#[tokio::test(start_paused = true)]
async fn audit_without_accounts_is_empty_and_run_can_be_spawned() {
    let none: [(&str, Zapmail); 0] = [];
    assert_eq!(Audit::of(none).run().await, AuditReport::default());
    let sandbox = Sandbox::builder().domains(1).build().unwrap();
    let report = tokio::spawn(client(&sandbox).audit().on_progress(|_| ()).run()).await.unwrap();
    assert_eq!(report.domains.len(), 1);
}
