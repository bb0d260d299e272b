//! The examples as separate processes. Cargo builds them with the tests.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// The command that runs an example.
pub fn example(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let example = test.parent().and_then(Path::parent).unwrap().join("examples").join(name);
    assert!(example.exists(), "{} is not built; run `cargo build --examples --features journal`", example.display());
    Command::new(example)
}

/// Starts an example, and answers its question with yes.
pub fn start(mut command: Command, api_key: &str, base_url: &str) -> Child {
    let mut child = command
        .env("ZAPMAIL_API_KEY", api_key)
        .env("ZAPMAIL_BASE_URL", base_url)
        .env_remove("ZAPMAIL_WORKSPACE_KEY")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"y\n").unwrap();
    child
}

/// Everything that a process has printed.
pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}
