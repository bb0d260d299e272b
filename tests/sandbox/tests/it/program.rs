//! The sandbox as a program.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::api::http;

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_zapmail-sandbox"))
}

#[test]
fn error_for_port_in_use_names_flag() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let output = program().args(["--port", &port]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains(&port) && error.contains("--port"), "{error}");
}

/// Starts the program with these flags on a free port. Returns the process and its output up to the line with `curl`.
fn introduction(flags: &[&str]) -> (Child, String) {
    let mut running = program().args(["--port", "0"]).args(flags).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(running.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut shown = String::new();
    for line in lines {
        shown += &format!("{line}\n");
        if line.contains("curl") {
            break;
        }
    }
    (running, shown)
}

fn stop(mut running: Child) {
    running.kill().unwrap();
    running.wait().unwrap();
}

#[test]
fn introduction_has_workspaces_and_exports_for_copying() {
    let (running, shown) = introduction(&[]);
    stop(running);
    let line = |beginning: &str| shown.lines().find_map(|line| line.strip_prefix(beginning)).unwrap_or(&shown);
    let url = line("export ZAPMAIL_BASE_URL=");
    assert!(url.starts_with("http://127.0.0.1:") && url.ends_with("/api"), "{url}");
    assert_eq!(line("export ZAPMAIL_API_KEY="), "5a9d0b0c-5a9d-4b0c-8e57-5a9db0c0ffee");
    assert!(shown.contains("Main") && shown.contains("Client North"), "{shown}");
}

#[tokio::test]
async fn wallet_flag_sets_starting_balance() {
    for (amount, balance) in [("0", "0"), ("500", "500"), ("12.5", "12.5"), ("64.05", "64.05")] {
        let (running, shown) = introduction(&["--wallet", amount]);
        let value = |name: &str| shown.split_once(&format!("{name}=")).unwrap().1.lines().next().unwrap();
        let url = format!("{}/v2/wallet/balance", value("ZAPMAIL_BASE_URL"));
        let wallet = http().get(url).header("x-auth-zapmail", value("ZAPMAIL_API_KEY")).send().await.unwrap();
        let wallet: serde_json::Value = wallet.json().await.unwrap();
        stop(running);
        assert_eq!(wallet["walletBalance"].to_string(), balance);
    }
}

#[test]
fn errors_for_invalid_values_show_valid_ones() {
    for (flags, part) in [
        (["--latency", "300"], "300ms"),
        (["--domains", "100001"], "0..=100000"),
        (["--wallet", "much"], "such as 500 or 64.50"),
        (["--wallet", "1.234"], "such as 500 or 64.50"),
        (["--wallet=-1", "--no-quota"], "such as 500 or 64.50"),
    ] {
        let output = program().args(flags).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn error_for_invalid_state_file_names_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    std::fs::write(&path, "{").unwrap();
    let output = program().args(["--port", "0", "--state"]).arg(&path).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("state.json") && error.contains("does not contain the state of a sandbox"), "{error}");
}

#[test]
fn error_for_foreign_address_names_flag() {
    // A documentation address (RFC 5737), which no machine has.
    let output = program().args(["--port", "0", "--bind", "192.0.2.1"]).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("192.0.2.1") && error.contains("--bind"), "{error}");
}

#[test]
fn public_address_causes_warning() {
    let mut running = program()
        .args(["--port", "0", "--bind", "0.0.0.0"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let warning = BufReader::new(running.stderr.take().unwrap()).lines().next().unwrap().unwrap();
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(warning.contains("0.0.0.0") && warning.contains("anyone"), "{warning}");
}

#[cfg(unix)]
#[test]
fn interrupt_exits_with_success() {
    let mut running = program().args(["--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(running.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("curl")));
    let signalled = Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap();
    assert!(signalled.success());
    assert!(running.wait().unwrap().success());
}
