//! Output whose reader has ended, and control characters in responses.

use std::time::SystemTime;

use zapmail_sandbox::{Quota, Sandbox};
use zapmail_sdk_ext::ReqwestTransport;
use zapmail_sdk_ext::webhooks::{SIGNATURE_HEADER, sign};

use crate::run::zapmail;
use crate::running::Running;

/// A name with control characters.
const NAME: &str = "South\u{1b}]0;title\u{7}\nline";

async fn sandbox() -> Sandbox {
    Sandbox::builder().quota(Quota::unlimited()).start().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn closed_standard_error_does_not_end_the_program() {
    let sandbox = sandbox().await;
    let buy = "wallet buy-addon-mailboxes --quantity 2 --spend --yes -v";
    for (line, expected) in [("users get -v", 0), (buy, 0), ("users get --query nothing", 2)] {
        let (mut child, home) = zapmail().on(&sandbox).line(line).start();
        drop(child.stderr.take());
        assert_eq!(Running::of(child, home).end().code, expected, "{line}");
    }
    assert_eq!(sandbox.ledger().len(), 1);
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn full_standard_error_does_not_end_the_program() {
    let sandbox = sandbox().await;
    let buy = "wallet buy-addon-mailboxes --quantity 2 --spend --yes -v";
    for (line, expected) in [(buy, 0), ("users get --query nothing", 2)] {
        let script = r#"exec "$0" "$@" 2>/dev/full"#;
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", script, env!("CARGO_BIN_EXE_zapmail")]).args(line.split(' ')).env_clear();
        let home = tempfile::tempdir().unwrap();
        shell.env("ZAPMAIL_HOME", home.path()).env("ZAPMAIL_API_KEY", sandbox.api_key());
        let output = shell.env("ZAPMAIL_BASE_URL", sandbox.base_url()).output().unwrap();
        assert_eq!(output.status.code(), Some(expected), "{line}");
    }
    assert_eq!(sandbox.ledger().len(), 1);
}

#[test]
fn watch_ends_when_its_reader_has_ended() {
    let (mut child, home) = zapmail().line("--demo otp --watch -o jsonl").start();
    drop(child.stdout.take());
    let ended = Running::of(child, home).end();
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn listener_ends_when_its_reader_has_ended() {
    let listen = zapmail().line("webhooks listen --bind 127.0.0.1:0 -o jsonl");
    let (mut listener, home) = listen.env("ZAPMAIL_WEBHOOK_SECRET", "hush").start();
    drop(listener.stdout.take());
    let listener = Running::of(listener, home);
    let line = listener.stderr_line();
    let address = line.strip_prefix("listening on ").unwrap();
    let body = r#"{"id": "evt_1", "type": "export.completed", "data": {}}"#;
    let signature = sign("hush", body.as_bytes(), SystemTime::now());
    let client = ReqwestTransport::configured(|builder| builder.no_proxy()).unwrap().client().clone();
    let delivery = client.post(address).header(SIGNATURE_HEADER, signature).body(body);
    assert_eq!(delivery.send().await.unwrap().status(), 200);
    let ended = listener.end();
    assert_eq!((ended.code, ended.stderr.as_str()), (0, ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn control_characters_stay_in_data_and_out_of_tables() {
    let sandbox = sandbox().await;
    let on = || zapmail().on(&sandbox);
    assert_eq!(on().args(["workspaces", "create", "--name", NAME]).run().code, 0);
    let list = |format: &str| on().args(["workspaces", "list", "-o", format, "--columns", "name"]).run().stdout;
    let table = list("table");
    assert_eq!(table.lines().count(), 4, "a row is a line: {table:?}");
    assert!(!table.contains(['\u{1b}', '\u{7}']), "{table:?}");
    assert!(list("csv").contains(&format!("\"{NAME}\"")), "data is unchanged: {:?}", list("csv"));
    let name =
        |arguments: &[&str]| on().line("workspaces list --query /workspaces/1/name").args(arguments).run().stdout;
    assert_eq!(name(&[]), format!("{NAME}\n"));
    let single = on().args(["workspaces", "list", "--query", "/workspaces/1"]).run().stdout;
    assert!(single.contains("South") && !single.contains('\u{1b}'), "{single:?}");
}
