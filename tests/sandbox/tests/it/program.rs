//! The sandbox as a program.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_zapmail-sandbox"))
}

#[test]
fn a_taken_port_is_told_with_the_flag_that_helps() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let output = program().args(["--port", &port]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains(&port) && error.contains("--port"), "{error}");
}

#[test]
fn the_introduction_says_how_to_begin() {
    let mut running = program().args(["--port", "0", "--domains", "3"]).stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(running.stdout.take().unwrap()).lines().map(Result::unwrap);
    let mut shown = String::new();
    for line in lines {
        shown += &format!("{line}\n");
        if line.contains("curl") {
            break;
        }
    }
    running.kill().unwrap();
    running.wait().unwrap();
    for part in ["http://127.0.0.1:", "/api", "key", "Main", "Client North", "x-auth-zapmail"] {
        assert!(shown.contains(part), "{part} is missing in {shown}");
    }
}

#[test]
fn a_bad_flag_says_what_is_right() {
    let output = program().args(["--port", "eighty"]).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(error.contains("--port <PORT>"), "{error}");
}

#[test]
fn each_bad_flag_says_what_is_right() {
    for (flags, part) in [
        (["--latency", "300"], "as in 300ms"),
        (["--shapes", "round"], "live, documented"),
        (["--bind", "everywhere"], "--bind <ADDRESS>"),
        (["--domains", "100001"], "0..=100000"),
        (["--quota", "off"], "--no-quota"),
    ] {
        let output = program().args(flags).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn the_help_names_every_flag_and_what_it_means() {
    let help = String::from_utf8(program().arg("--help").output().unwrap().stdout).unwrap();
    for part in [
        "--port",
        "--bind",
        "everybody who can reach this machine",
        "--domains",
        "--mailboxes-per-domain",
        "--seed",
        "--state",
        "--no-quota",
        "--latency",
        "300ms",
        "--shapes",
        "live",
        "documented",
        "/_sandbox/",
    ] {
        assert!(help.contains(part), "{part} is missing in {help}");
    }
}

#[test]
fn a_broken_state_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    std::fs::write(&path, "{").unwrap();
    let output = program().args(["--port", "0", "--state"]).arg(&path).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("state.json") && error.contains("holds no state"), "{error}");
}

#[test]
fn a_foreign_address_is_told_with_the_flag_that_helps() {
    // An address of the documentation's (RFC 5737), which no machine has.
    let output = program().args(["--port", "0", "--bind", "192.0.2.1"]).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("192.0.2.1") && error.contains("--bind"), "{error}");
}

#[test]
fn an_open_address_is_warned_of() {
    let mut running = program()
        .args(["--port", "0", "--bind", "0.0.0.0"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let warning = BufReader::new(running.stderr.take().unwrap()).lines().next().unwrap().unwrap();
    running.kill().unwrap();
    running.wait().unwrap();
    assert!(warning.contains("0.0.0.0") && warning.contains("everybody"), "{warning}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_well() {
    let mut running = program().args(["--port", "0"]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(running.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("curl")));
    let signalled = Command::new("kill").args(["-INT", &running.id().to_string()]).status().unwrap();
    assert!(signalled.success());
    assert!(running.wait().unwrap().success());
}
