//! The program while it runs: its output line by line, and its end.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::run::{Outcome, Zapmail};

/// The longest that a test waits for output: what takes this long does not come.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// A program that has been started. It is ended when this is dropped.
pub struct Running {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    _home: TempDir,
}

impl Running {
    pub fn start(zapmail: Zapmail) -> Self {
        let (mut child, home) = zapmail.start();
        let stdout = lines(child.stdout.take().unwrap());
        let stderr = lines(child.stderr.take().unwrap());
        Self { child, stdout, stderr, _home: home }
    }

    /// Waits for the next line of the standard output.
    pub fn stdout_line(&self) -> String {
        self.stdout
            .recv_timeout(DEADLINE)
            .unwrap_or_else(|error| panic!("no output: {error}; {:?}", self.stderr.try_recv()))
    }

    /// Waits for a line of the standard output that contains this.
    pub fn stdout_line_with(&self, part: &str) -> String {
        loop {
            let line = self.stdout_line();
            if line.contains(part) {
                return line;
            }
        }
    }

    /// Waits for the next line of the standard error output.
    pub fn stderr_line(&self) -> String {
        self.stderr
            .recv_timeout(DEADLINE)
            .unwrap_or_else(|error| panic!("no error output: {error}; {:?}", self.stdout.try_recv()))
    }

    /// Interrupts the program as ctrl-c does, and returns how it ended, and what it has printed that was not read yet.
    #[cfg(unix)]
    pub fn interrupt(mut self) -> Outcome {
        let kill = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(kill.success());
        let (stdout, stderr) = (rest(&self.stdout), rest(&self.stderr));
        let status = self.child.wait().unwrap();
        Outcome { code: status.code().unwrap_or(-1), stdout, stderr }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already if it was interrupted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads lines on a thread of their own, which ends with the program.
fn lines(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        lines.by_ref().try_for_each(|line| sender.send(line))
    });
    receiver
}

/// The lines up to the end of the output.
#[cfg(unix)]
fn rest(lines: &Receiver<String>) -> String {
    let mut rest = String::new();
    while let Ok(line) = lines.recv_timeout(DEADLINE) {
        rest += &line;
        rest.push('\n');
    }
    rest
}
