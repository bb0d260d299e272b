//! The sandbox, completions, man pages and version.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::run::zapmail;
use crate::running::{HAS_SIGNALS, Running};

/// Runs a script in a shell with only `PATH` in its environment, and returns its output.
fn shell(name: &str, arguments: &[&str], script: &str) -> std::process::Output {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut command = Command::new(name);
    command
        .args(arguments)
        .env_clear()
        .env("PATH", path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut shell = command.spawn().unwrap();
    shell.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    shell.wait_with_output().unwrap()
}

#[cfg(unix)]
#[test]
fn sandbox_env_can_be_evaluated_by_shell() {
    for (line, port) in [("sandbox env", 8080), ("sandbox env --port 18080", 18080)] {
        let script = r#"set -eu; eval "$("$0" $@)"; echo "$ZAPMAIL_BASE_URL"; echo "$ZAPMAIL_API_KEY"; env | grep -c '^ZAPMAIL_'"#;
        let words: Vec<_> = line.split(' ').collect();
        let output = shell("sh", &[&["-c", script, env!("CARGO_BIN_EXE_zapmail")][..], &words].concat(), "");
        let text = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 3, "{text} {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!((lines[0], lines[2]), (format!("http://127.0.0.1:{port}/api").as_str(), "2"));
        assert!(!lines[1].is_empty());
    }
}

/// Interrupts a sandbox, and asserts that it ends without an error.
fn stop(sandbox: Running) {
    let ended = sandbox.interrupt();
    assert_eq!(ended.stderr, "");
    if HAS_SIGNALS {
        assert_eq!(ended.code, 0);
    }
}

#[test]
fn sandbox_keeps_state_until_ctrl_c() {
    let sandbox = Running::start(zapmail().line("sandbox --port 0 --domains 7 --no-quota"));
    let first = sandbox.stdout_line();
    let url = first.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
    assert!(url.starts_with("http://127.0.0.1:") && !url.contains(":0/"), "{first}");
    let mut exports = Vec::new();
    while exports.len() < 2 {
        let line = sandbox.stdout_line();
        exports.extend(
            line.strip_prefix("export ")
                .and_then(|line| line.split_once('='))
                .map(|(name, value)| (name.to_owned(), value.to_owned())),
        );
    }
    assert_eq!(exports[0], ("ZAPMAIL_BASE_URL".to_owned(), url.clone()));
    let on = |arguments: &[&str]| {
        exports.iter().fold(zapmail().args(arguments), |run, (name, value)| run.env(name, value)).run()
    };
    let run = |line: &str| on(&line.split(' ').collect::<Vec<_>>());
    let whoami = run("whoami -o json").json();
    assert_eq!((&whoami["service"], &whoami["email"]), (&url.as_str().into(), &"ops@agency.example.com".into()));
    let domains =
        |workspace: &str| on(&["domains", "list", "--all", "-o", "jsonl", "-w", workspace]).stdout.lines().count();
    assert_eq!(domains("Main") + domains("Client North"), 7);
    // The state is kept between commands.
    assert_eq!(run("workspaces create --name South").code, 0);
    assert!(run("whoami --query /workspaces -o json").json().as_array().unwrap().contains(&"South".into()));
    stop(sandbox);
}

#[test]
fn sandbox_resumes_from_state_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let start = || {
        let sandbox = Running::start(zapmail().args(["sandbox", "--port", "0", "--state", file.to_str().unwrap()]));
        let first = sandbox.stdout_line();
        let url = first.split_whitespace().find(|word| word.starts_with("http://")).unwrap().to_owned();
        let key = sandbox.stdout_line_with("key").split_whitespace().last().unwrap().to_owned();
        (sandbox, url, key)
    };
    let (sandbox, url, key) = start();
    let on =
        |line: &str, url: &str| zapmail().env("ZAPMAIL_BASE_URL", url).env("ZAPMAIL_API_KEY", &key).line(line).run();
    assert_eq!(on("workspaces create --name South", &url).code, 0);
    stop(sandbox);
    let (sandbox, url, _) = start();
    let names = on("whoami --query /workspaces -o json", &url).json();
    assert!(names.as_array().unwrap().contains(&"South".into()), "{names}");
    stop(sandbox);
}

#[test]
fn occupied_sandbox_port_fails_with_hint() {
    let occupied = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = occupied.local_addr().unwrap().port().to_string();
    let outcome = zapmail().args(["sandbox", "--port", &port]).run();
    let report = outcome.failed(1);
    assert!(report.contains(&format!("port {port} is already in use")) && report.contains("--port 0"), "{report}");
}

#[test]
fn completions_contain_commands_and_flags() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let outcome = zapmail().args(["completions", shell]).run();
        assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{shell}");
        for word in ["zapmail", "mailboxes", "check-availability", "listen", "--dry-run", "--domain-names"] {
            // The script for fish contains flags without dashes.
            let word = if shell == "fish" { word.trim_start_matches('-') } else { word };
            assert!(outcome.stdout.contains(word), "{shell}: {word}");
        }
    }
    assert!(zapmail().line("completions tcsh").run().failed(2).contains("bash"));
}

#[cfg(unix)]
#[test]
fn bash_completes_commands() {
    let script = zapmail().line("completions bash").run().stdout;
    let check = shell("bash", &["-n"], &script);
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
    let request = r#"
COMP_WORDS=(zapmail mailboxes li); COMP_CWORD=2
_zapmail zapmail li mailboxes
echo "${COMPREPLY[@]}"
"#;
    let completed = shell("bash", &["--norc"], &format!("{script}{request}"));
    assert_eq!(
        String::from_utf8(completed.stdout).unwrap().trim(),
        "list",
        "{}",
        String::from_utf8_lossy(&completed.stderr)
    );
}

/// Whether a shell is installed. If not, prints that the test is skipped.
fn is_installed(name: &str) -> bool {
    let is_installed = Command::new(name).arg("--version").output().is_ok();
    if !is_installed {
        println!("skipped: {name} is not installed on this machine");
    }
    is_installed
}

#[test]
fn fish_completes_commands() {
    if !is_installed("fish") {
        return;
    }
    let script = zapmail().line("completions fish").run().stdout;
    let completed = shell("fish", &["--no-config"], &format!("{script}\ncomplete -C 'zapmail mailboxes li'\n"));
    let completed = String::from_utf8(completed.stdout).unwrap();
    assert!(completed.starts_with("list\t"), "{completed}");
}

#[test]
fn zsh_parses_completions() {
    if !is_installed("zsh") {
        return;
    }
    let script = zapmail().line("completions zsh").run().stdout;
    let check = shell("zsh", &["-n"], &script);
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}

/// The macros that the generator of man pages uses.
const MACROS: [&str; 12] = [".TH", ".SH", ".SS", ".TP", ".PP", ".IP", ".RS", ".RE", ".br", ".ie", ".el", ".B"];

#[test]
fn every_command_has_a_man_page() {
    let folder = tempfile::tempdir().unwrap();
    let pages = folder.path().join("man").join("man1");
    let outcome = zapmail().args(["man", pages.to_str().unwrap()]).run();
    assert_eq!((outcome.code, outcome.stdout.as_str(), outcome.stderr.as_str()), (0, "", ""));
    let names: BTreeSet<_> =
        fs::read_dir(&pages).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.len() > 100, "{}", names.len());
    for name in [
        "zapmail.1",
        "zapmail-domains.1",
        "zapmail-domains-buy.1",
        "zapmail-webhooks-listen.1",
        "zapmail-sandbox-env.1",
        "zapmail-otp.1",
    ] {
        assert!(names.contains(name), "{name}: {names:?}");
    }
    let document: Value = serde_json::from_str(zapmail_openapi::DOCUMENT).unwrap();
    let methods = document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap().values());
    let operations = methods.filter(|method| method["operationId"].is_string()).count();
    assert!(names.iter().filter(|name| name.matches('-').count() > 1).count() >= operations, "{operations} operations");
    for name in &names {
        let page = fs::read_to_string(pages.join(name)).unwrap();
        let title = name.trim_end_matches(".1");
        assert!(page.contains(&format!(".TH {title} 1")), "{name}");
        for line in page.lines().filter(|line| line.starts_with(['.', '\''])) {
            let word = line.split(' ').next().unwrap();
            assert!(MACROS.contains(&word), "{name}: troff would interpret this line as a request: {line}");
        }
        // Each page has a description.
        let summary = page.split(".SH NAME\n").nth(1).and_then(|rest| rest.lines().next()).unwrap_or_default();
        assert!(summary.split_once(r" \- ").is_some_and(|(_, about)| about.len() > 5), "{name}: {summary}");
    }
}

#[test]
fn version_matches_crate() {
    for flag in ["--version", "-V"] {
        let outcome = zapmail().args([flag]).run();
        assert_eq!((outcome.code, outcome.stdout), (0, format!("zapmail {}\n", env!("CARGO_PKG_VERSION"))));
    }
}
