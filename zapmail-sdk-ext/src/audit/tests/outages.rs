//! Tests of audits in which the key is rejected, the service fails, or a list ends early.

use std::sync::atomic::{AtomicUsize, Ordering};

use zapmail_sandbox::Quota;

use super::*;

/// Returns a function that returns whether it has been called more than `count` times.
fn is_after(count: usize) -> impl Fn() -> bool {
    let requests = AtomicUsize::new(0);
    move || requests.fetch_add(1, Ordering::Relaxed) >= count
}

#[tokio::test(start_paused = true)]
async fn revoked_key_ends_the_account_with_one_failure() {
    let sandbox = Sandbox::builder().domains(150).mailboxes_per_domain(1).quota(Quota::unlimited()).build().unwrap();
    // The lists of workspaces, domains and mailboxes are read, then 41 requests for domains succeed.
    let is_revoked = is_after(1 + 1 + 1 + 41);
    let revoked = altered(&sandbox, move |_| if is_revoked() { error(401) } else { None });
    let report = run(&sandbox, Audit::of([("revoked", revoked), ("good", client(&sandbox))])).await;
    let [failure] = &report.failures[..] else { panic!("{:?}", report.failures) };
    assert_eq!(
        (failure.account.as_str(), failure.kind, &failure.workspace),
        ("revoked", ErrorKind::Unauthorized, &None)
    );
    let read =
        report.domains.iter().filter(|row| row.health_score.is_some() && row.dns_problems.is_some()).count() - 150;
    assert!((15..=21).contains(&read), "{read}");
    let expected = format!("not read after this: {} domains and 1 workspace", 100 - read);
    assert!(failure.error.ends_with(&expected), "{}", failure.error);
    assert_eq!(
        report.domains.iter().filter(|row| row.account == "revoked").count(),
        100,
        "all listed domains are reported"
    );
    assert_eq!(report.mailboxes.iter().filter(|row| row.account == "revoked").count(), 100);

    let is_revoked = is_after(1);
    let revoked = altered(&sandbox, move |_| if is_revoked() { error(401) } else { None });
    let report = run(&sandbox, revoked.audit()).await;
    assert_eq!(failures(&report), [("", None, Some("list_domains"), ErrorKind::Unauthorized)]);
    assert!(report.failures[0].error.ends_with("not read after this: 2 workspaces"), "{}", report.failures[0]);
}

#[tokio::test(start_paused = true)]
async fn service_outage_ends_the_account_with_few_failures() {
    let sandbox = Sandbox::builder().domains(300).mailboxes_per_domain(1).build().unwrap();
    let is_down = is_after(1 + 2 + 2 + 40);
    let zapmail = altered(&sandbox, move |_| if is_down() { error(503) } else { None });
    let seen = Arc::new(Mutex::new(AuditProgress::default()));
    let log = Arc::clone(&seen);
    let report =
        run(&sandbox, zapmail.audit().on_progress(move |progress| *log.lock().unwrap() = progress.clone())).await;
    assert!(report.failures.iter().all(|failure| failure.kind == ErrorKind::Server));
    assert!(report.failures.len() < 50, "{}", report.failures.len());
    let summaries: Vec<_> =
        report.failures.iter().filter(|failure| failure.error.contains("not read after this")).collect();
    let [health, dns, rest] = &summaries[..] else { panic!("{summaries:?}") };
    assert!(health.error.contains("get_domain_health: 503") && health.error.contains("the health of 1"), "{health}");
    assert!(dns.error.contains("list_dns_records: 503") && dns.error.contains("the DNS records of 1"), "{dns}");
    assert_eq!((rest.workspace.is_none(), rest.operation.as_deref()), (true, Some("list_domains")));
    assert!(rest.error.ends_with("not read after this: 1 workspace"), "{rest}");
    assert_eq!((report.domains.len(), report.mailboxes.len()), (200, 200));
    let progress = seen.lock().unwrap().clone();
    assert_eq!((progress.domains_done, progress.workspaces_done, progress.accounts_done), (200, 2, 1));
}

#[tokio::test(start_paused = true)]
async fn outage_of_one_operation_does_not_stop_the_others() {
    let sandbox = Sandbox::builder().domains(90).mailboxes_per_domain(1).build().unwrap();
    let zapmail = altered(&sandbox, |request| if request.operation == "get_domain_health" { error(500) } else { None });
    let report = run(&sandbox, zapmail.audit()).await;
    assert!(report.failures.iter().all(|failure| failure.operation.as_deref() == Some("get_domain_health")));
    assert!(report.domains.iter().all(|row| row.health_score.is_none() && row.dns_problems.is_some()));
    // For each workspace, one failure per request in flight, and one summary of the requests that were not sent.
    let summaries = report.failures.iter().filter(|failure| failure.domain.is_none());
    let summaries: Vec<_> = summaries.map(|failure| failure.workspace_name.as_deref().unwrap()).collect();
    assert_eq!(summaries, ["Main", "Client North"]);
    assert!(report.failures.len() <= 2 * (15 + 5 + 1), "{}", report.failures.len());
    assert_eq!(report.subscriptions.len(), 6, "the other lists are read");
}

#[tokio::test(start_paused = true)]
async fn workspaces_before_a_failed_page_are_audited() {
    let sandbox = Sandbox::builder().domains(3).build().unwrap();
    let main = sandbox.workspaces()[0].id.clone();
    for (status, kind) in [(422, ErrorKind::Invalid), (500, ErrorKind::Server)] {
        let main = main.clone();
        let zapmail = altered(&sandbox, move |request| {
            match (request.operation, request.query.get("page").map(String::as_str)) {
                ("list_workspaces", Some("1")) => {
                    let workspace = json!({"id": main, "name": "Main"});
                    data(
                        json!({"currentPage": 1, "totalPages": 2, "currentWorkspace": workspace, "workspaces": [workspace]}),
                    )
                }
                ("list_workspaces", _) => error(status),
                _ => None,
            }
        });
        let report = run(&sandbox, zapmail.audit()).await;
        assert_eq!(failures(&report), [("", None, Some("list_workspaces"), kind)]);
        assert_eq!((report.domains.len(), report.mailboxes.len()), (2, 6));
    }
}
