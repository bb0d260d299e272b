//! The workflow commands.

use std::time::Duration;

use serde_json::{Value, json};
use zapmail_sandbox::{Quota, RemoteSandbox, Sandbox};

use crate::run::zapmail;

const PLAN: &str = "\
domain,username,first_name,last_name,source
tryacme.com,dana.reed,Dana,Reed,buy
acme-001.example.com,noa.vale,Noa,Vale,
";

#[test]
fn whoami_shows_account() {
    let account = zapmail().line("--demo whoami -o json").run().json();
    assert_eq!((&account["email"], &account["walletBalance"]), (&"ops@agency.example.com".into(), &"64.5".into()));
    assert_eq!(account["workspaces"], json!(["Main", "Client North"]));
}

#[test]
fn provision_runs_plan_within_price_limit() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.csv");
    std::fs::write(&file, PLAN).unwrap();
    let run = |arguments: &str| {
        zapmail().args(["--demo", "provision", file.to_str().unwrap(), "-o", "json"]).line(arguments).run()
    };
    let preview = run("--dry-run --at-most 30").json();
    assert_eq!(preview["bought"][0]["name"], "tryacme.com");
    assert_eq!(preview["created"], json!(["dana.reed@tryacme.com", "noa.vale@acme-001.example.com"]));
    assert!(
        run("--dry-run --at-most 1").failed(1).contains("which exceeds --at-most (1 USD)"),
        "a plan with problems is refused"
    );
    assert_eq!(run("--dry-run --at-most 30 --query /price").json(), preview["price"]);
    let text = zapmail().args(["--demo", "provision", file.to_str().unwrap()]).line("--dry-run --query /price");
    assert!(text.line("--at-most 30").run().stdout.starts_with("12.99\n"), "the query applies to tables, too");
    assert!(run("--at-most 30").failed(1).contains("--spend"));
    let report = run("--at-most 30 --spend --yes").json();
    let addresses: Vec<_> = report["domains"].as_object().into_iter().flatten().collect();
    assert_eq!(addresses.len(), 2, "{report}");
    assert!(
        run("--at-most 1 --spend --yes").failed(1).contains("which exceeds --at-most (1 USD)"),
        "the price exceeds the limit"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_provision_creates_mailboxes_once() {
    let sandbox = Sandbox::builder().quota(Quota::unlimited()).start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.json");
    let plan = json!({"domains": {"acme-001.example.com": {
        "mailboxes": [{"username": "noa.vale", "first_name": "Noa", "last_name": "Vale"}],
    }}});
    std::fs::write(&file, plan.to_string()).unwrap();
    let remote = RemoteSandbox::connect(sandbox.base_url()).await.unwrap();
    let clock = tokio::spawn(async move {
        loop {
            remote.advance(Duration::from_secs(60)).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let home = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let run = zapmail().on(&sandbox).home(home.path()).args(["provision", file.to_str().unwrap()]);
        let outcome = run.line("--interval 50ms -o json").run();
        assert_eq!(outcome.code, 0, "{outcome:?}");
    }
    assert_eq!(sandbox.requests_of("assign_mailboxes").len(), 1);
    clock.abort();
}

#[test]
fn audit_prints_rows_of_all_workspaces() {
    let findings = zapmail().line("--demo audit -o jsonl").run();
    assert_eq!(findings.code, 0, "{findings:?}");
    let kinds: Vec<_> =
        findings.stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["kind"].clone()).collect();
    assert!(!kinds.is_empty() && kinds.iter().all(Value::is_string));
    let mailboxes = zapmail().line("--demo audit mailboxes --quick -o csv").run().stdout;
    assert_eq!(mailboxes.lines().count(), 1 + 72, "all workspaces");
}

#[test]
fn workspace_name_ignores_case() {
    let domains = zapmail().line("--demo domains list -w client_north -o jsonl").run();
    assert!(domains.failed(4).contains("client_north does not exist"), "{domains:?}");
    let domains = zapmail().args(["--demo", "domains", "list", "-w", "client NORTH", "-o", "jsonl"]).run();
    assert!(domains.code == 0 && domains.stdout.lines().count() > 0, "{domains:?}");
}

#[test]
fn unknown_column_of_plan_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.csv");
    std::fs::write(&file, PLAN.replace("source", "sorce")).unwrap();
    let outcome = zapmail().args(["--demo", "provision", file.to_str().unwrap(), "--dry-run"]).run();
    assert!(outcome.failed(2).contains("the column `sorce`"), "{outcome:?}");
}

#[test]
fn wait_prints_states_as_rows() {
    let ready = zapmail().line("--demo wait domains acme-001.example.com acme-002.example.com -o csv").run().stdout;
    assert_eq!(ready, "name,status\nacme-001.example.com,ACTIVE\nacme-002.example.com,ACTIVE\n");
}

#[test]
fn export_waits_until_complete() {
    let done = zapmail().line("--demo export --app manual dana.reed@acme-001.example.com --wait -o json").run().json();
    assert_eq!(done["status"], "COMPLETED");
    let started = zapmail().line("--demo export --app MANUAL --every -o json").run().json();
    assert!(started["exportId"].is_i64(), "{started}");
    let nothing = zapmail().line("--demo export --app MANUAL").run();
    assert!(nothing.failed(2).contains("--every"), "{nothing:?}");
}

#[test]
fn wait_succeeds_when_ready_and_fails_on_timeout() {
    let ready = zapmail().line("--demo wait domains acme-001.example.com -o json").run().json();
    assert_eq!(ready["acme-001.example.com"], "ACTIVE");
    let late = zapmail().line("--demo wait connections nothing.example.com --timeout 1s").run();
    assert!(late.failed(1).contains("nothing.example.com"), "{late:?}");
}

#[test]
fn run_is_named_by_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("plan.csv");
    std::fs::write(&file, PLAN).unwrap();
    let provision = zapmail().args(["--demo", "provision", file.to_str().unwrap()]);
    let invalid = provision.line("--at-most 30 --spend --yes --once").args(["two\nlines"]).run();
    assert!(invalid.code != 0 && invalid.stderr.contains("--once"), "the option is used: {invalid:?}");
}

// Unix only: on Windows, the program is killed, so it reports nothing.
#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn interrupted_export_reports_its_id() {
    let sandbox = Sandbox::builder().quota(Quota::unlimited()).start().await.unwrap();
    let line = "export --app manual dana.reed@acme-001.example.com --wait -v";
    let running = crate::running::Running::start(zapmail().on(&sandbox).line(line));
    while !running.stderr_line().contains("get_export_status") {}
    let ended = running.interrupt();
    let id = sandbox.exports()[0].id;
    assert!(ended.failed(130).contains(&format!("zapmail wait export {id}")), "{ended:?}");
}
