//! Output formats, columns and pagination.

use serde_json::Value;
use zapmail_sandbox::{Quota, Sandbox};

use crate::run::zapmail;
use crate::running::Running;

async fn sandbox() -> Sandbox {
    Sandbox::builder().quota(Quota::unlimited()).start().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_fetches_every_page() {
    let sandbox = sandbox().await;
    let list = |line: &str| zapmail().on(&sandbox).line(line).args(["-o", "jsonl"]).run();
    let one = list("mailboxes list --limit 5").stdout;
    assert_eq!(one.lines().count(), 15, "the mailboxes of five domains");
    let before = sandbox.requests().len();
    let all = list("mailboxes list --limit 5 --all").stdout;
    assert_eq!((all.lines().count(), sandbox.requests().len() - before), (48, 4));
    let ids: std::collections::BTreeSet<_> =
        all.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].to_string()).collect();
    assert_eq!(ids.len(), 48);
    assert_eq!(list("domains list --limit 5 --all").stdout.lines().count(), 16);
    assert_eq!(list("workspaces list --all").stdout.lines().count(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn failed_page_prints_no_rows() {
    let sandbox = sandbox().await;
    sandbox.fail_next("list_domains", zapmail_sandbox::Fault::Delay(std::time::Duration::ZERO)).unwrap();
    sandbox.fail_next("list_domains", zapmail_sandbox::Fault::status(400)).unwrap();
    let outcome = zapmail().on(&sandbox).line("domains list --limit 5 --all").run();
    outcome.failed(1);
    assert_eq!(outcome.stdout, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_formats_contain_the_same_rows() {
    let sandbox = sandbox().await;
    let run = |format: &str| {
        let outcome = zapmail().on(&sandbox).line("domains list --limit 3").args(["-o", format]).run();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""));
        outcome.stdout
    };
    let json: Value = serde_json::from_str(&run("json")).unwrap();
    let ids: Vec<_> = json["domains"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 3);
    let first_column = |text: &str, separator: &str| {
        let cells = text.lines().map(|line| line.trim().split(separator).next().unwrap().to_owned());
        cells.collect::<Vec<_>>()
    };
    let expected = |header: &str| [header].iter().chain(&ids).map(|cell| (*cell).to_owned()).collect::<Vec<_>>();
    assert_eq!(first_column(&run("csv"), ","), expected("id"));
    assert_eq!(first_column(&run("table"), " "), expected("id"));
    let jsonl = run("jsonl");
    let rows: Vec<Value> = jsonl.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(Value::from(rows), json["domains"]);
    let yaml = run("yaml");
    assert!(ids.iter().all(|id| yaml.contains(&format!("id: {id}"))), "{yaml}");
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_are_selected_by_name() {
    let sandbox = sandbox().await;
    let run = |format: &str| {
        zapmail().on(&sandbox).line("domains list --limit 1 --columns status,domain").args(["-o", format]).run().stdout
    };
    assert!(run("csv").starts_with("status,domain\nACTIVE,acme-001.example.com\n"), "{}", run("csv"));
    assert_eq!(run("jsonl").lines().next(), Some(r#"{"domain":"acme-001.example.com","status":"ACTIVE"}"#));
    assert_eq!(run("table").split_whitespace().next(), Some("status"));
    let unknown = zapmail().on(&sandbox).line("domains list --columns domian").run();
    assert!(unknown.failed(2).contains("the column domian does not exist; the columns are id, domain,"), "{unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_request_prints_progress_to_pipe() {
    let sandbox = sandbox().await;
    let delay = zapmail_sandbox::Fault::Delay(std::time::Duration::from_secs(600));
    sandbox.fail_next("get_wallet_balance", delay).unwrap();
    let running = Running::start(zapmail().on(&sandbox).line("whoami"));
    assert_eq!(running.stderr_line(), "Reading the account (1s)");
}

#[tokio::test(flavor = "multi_thread")]
async fn query_selects_part_of_output() {
    let sandbox = sandbox().await;
    let run = |pointer: &str, format: &str| {
        zapmail().on(&sandbox).line("wallet get-balance").args(["--query", pointer, "-o", format]).run()
    };
    assert_eq!(run("/walletBalance", "table").stdout, "64.5\n");
    assert_eq!(run("/walletBalance", "json").stdout, "64.5\n");
    assert!(run("walletBalance", "json").failed(2).contains("use one such as /0/id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn output_to_pipe_is_plain_text() {
    let sandbox = sandbox().await;
    let table = zapmail().on(&sandbox).line("domains list").run().stdout;
    assert!(!table.contains('\u{1b}') && table.is_ascii(), "{table}");
    // Global options can also precede the command.
    let before = zapmail().on(&sandbox).line("-o csv domains list").run().stdout;
    assert!(before.starts_with("id,"), "{before}");
}

#[tokio::test(flavor = "multi_thread")]
async fn columns_of_values_that_are_not_objects_are_refused() {
    let sandbox = sandbox().await;
    let names = zapmail().on(&sandbox).line("whoami --query /workspaces --columns name").run();
    assert!(names.failed(2).contains("the rows have no columns"), "{names:?}");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn empty_list_is_noted_on_a_terminal() {
    let sandbox = sandbox().await;
    let line = "mailboxes list --contains nothing";
    let shown = crate::pty::terminal(100).on(&sandbox).line(line).start().end();
    assert_eq!((shown.code, shown.text.trim_end()), (0, "no rows"));
    let piped = zapmail().on(&sandbox).line(line).run();
    assert_eq!((piped.stdout.as_str(), piped.stderr.as_str()), ("", ""));
}
