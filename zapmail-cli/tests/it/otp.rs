//! Authenticator codes.

use std::io::{BufRead, BufReader};

use serde_json::Value;
use zapmail_sandbox::{Quota, Sandbox};

use crate::run::zapmail;

const ADDRESS: &str = "dana.reed@acme-001.example.com";

/// Starts a sandbox with the current time, which the program uses to compute codes.
async fn sandbox() -> Sandbox {
    Sandbox::builder().quota(Quota::unlimited()).starting_at(std::time::SystemTime::now()).start().await.unwrap()
}

fn is_code(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[tokio::test(flavor = "multi_thread")]
async fn single_code_is_printed_without_table() {
    let sandbox = sandbox().await;
    let outcome = zapmail().on(&sandbox).args(["otp", ADDRESS]).run();
    assert!(outcome.code == 0 && is_code(outcome.stdout.trim_end()), "{:?}", outcome.code);
    assert_eq!(sandbox.requests_of("get_authenticator_code").len(), 1);
    let columns = zapmail().on(&sandbox).args(["otp", ADDRESS, "--columns", "name"]).run();
    assert!(columns.stdout.contains(ADDRESS), "{:?}", columns.code);
}

#[tokio::test(flavor = "multi_thread")]
async fn code_from_seed_is_not_requested() {
    let sandbox = sandbox().await;
    let run = |arguments: &[&str]| {
        let codes = zapmail()
            .on(&sandbox)
            .args(["otp", ADDRESS, "--valid-for", "10s", "-o", "json"])
            .args(arguments)
            .run()
            .json();
        codes[0].clone()
    };
    let requested = run(&[]);
    let requests = sandbox.requests_of("get_authenticator_code").len();
    let computed = run(&["--from-seed"]);
    assert_eq!(sandbox.requests_of("get_authenticator_code").len(), requests);
    assert_eq!(computed["name"], ADDRESS);
    assert!(is_code(computed["code"].as_str().unwrap()) && computed["seconds"].as_u64().unwrap() >= 9, "a code");
    // The codes are equal unless a period has ended between them.
    if requested["seconds"].as_u64() >= computed["seconds"].as_u64() {
        assert_eq!(requested["code"], computed["code"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_printed_in_order_of_arguments() {
    let sandbox = sandbox().await;
    let page = zapmail().on(&sandbox).line("mailboxes list --limit 1 -o jsonl").run().stdout;
    let rows: Vec<Value> = page.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids: Vec<_> = rows.iter().map(|row| row["id"].as_str().unwrap()).collect();
    let codes = zapmail().on(&sandbox).args(["otp", "-o", "json"]).args(&ids).run().json();
    let names: Vec<_> = codes.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap()).collect();
    assert_eq!((names, ids.len()), (ids, 3));
}

#[test]
fn watch_in_pipe_prints_rows() {
    let (mut child, _home) = zapmail().line("--demo otp --watch -o jsonl").start();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let row: Value = serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap();
    assert!(is_code(row["code"].as_str().unwrap()));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn mailbox_without_authenticator_is_refused() {
    let list = zapmail().line("--demo mailboxes list --all -o jsonl").run().stdout;
    let rows = list.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let microsoft = rows.into_iter().find(|row| row["serviceProvider"] == "MICROSOFT").unwrap();
    let outcome = zapmail().args(["--demo", "otp", microsoft["email"].as_str().unwrap()]).run();
    assert!(outcome.failed(1).contains("2FA"), "{outcome:?}");
}
