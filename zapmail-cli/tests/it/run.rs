//! Runs the program to its end.

use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use zapmail_sandbox::Sandbox;

/// Environment variables that a run inherits. On Windows, sockets require `SystemRoot`.
const ENVIRONMENT: [&str; 2] = ["PATH", "SystemRoot"];

/// A builder for a run of the program, with few environment variables and a temporary `ZAPMAIL_HOME`.
pub struct Zapmail {
    command: Command,
    stdin: String,
    /// The folder of the profiles and the journal.
    _home: TempDir,
}

/// The exit code and output of a run.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Creates a run without arguments.
pub fn zapmail() -> Zapmail {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_zapmail"));
    command.env_clear().env("ZAPMAIL_HOME", home.path());
    command.envs(ENVIRONMENT.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?))));
    Zapmail { command, stdin: String::new(), _home: home }
}

impl Zapmail {
    pub fn args<A: AsRef<std::ffi::OsStr>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.command.args(arguments);
        self
    }

    /// Adds arguments, separated by whitespace.
    pub fn line(self, arguments: &str) -> Self {
        self.args(arguments.split_whitespace())
    }

    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn home(self, folder: &Path) -> Self {
        self.env("ZAPMAIL_HOME", folder)
    }

    pub fn stdin(mut self, text: &str) -> Self {
        text.clone_into(&mut self.stdin);
        self
    }

    /// Connects the program to a sandbox.
    pub fn on(self, sandbox: &Sandbox) -> Self {
        self.env("ZAPMAIL_BASE_URL", sandbox.base_url()).env("ZAPMAIL_API_KEY", sandbox.api_key())
    }

    /// Runs the program to its end.
    pub fn run(self) -> Outcome {
        let stdin = self.stdin.clone();
        let (mut child, _home) = self.start();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        Outcome {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts the program, and returns it with its temporary folder.
    pub fn start(mut self) -> (Child, TempDir) {
        let child = self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        (child.unwrap(), self._home)
    }
}

impl Outcome {
    /// Asserts success, and returns the output as JSON.
    pub fn json(&self) -> serde_json::Value {
        assert_eq!(self.code, 0, "{self:?}");
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Asserts the exit code, and returns standard error.
    pub fn failed(&self, code: i32) -> &str {
        assert_eq!(self.code, code, "{self:?}");
        &self.stderr
    }
}
