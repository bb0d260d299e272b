//! A running program, with its output line by line.

use std::io::{BufRead, BufReader, Read};
use std::process::Child;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::run::{Outcome, Zapmail};

/// The maximum time that a test waits for output.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// A started program, which is killed on drop.
pub struct Running {
    child: Child,
    stdout: Receiver<String>,
    stderr: Receiver<String>,
    _home: TempDir,
}

impl Running {
    pub fn start(zapmail: Zapmail) -> Self {
        let (child, home) = zapmail.start();
        Self::of(child, home)
    }

    /// Reads the output of a started program. Output that was closed has no lines.
    pub fn of(mut child: Child, home: TempDir) -> Self {
        let stdout = child.stdout.take().map_or_else(|| channel().1, lines);
        let stderr = child.stderr.take().map_or_else(|| channel().1, lines);
        Self { child, stdout, stderr, _home: home }
    }

    /// Returns the next line of standard output, waiting for it.
    pub fn stdout_line(&self) -> String {
        self.stdout
            .recv_timeout(DEADLINE)
            .unwrap_or_else(|error| panic!("no output: {error}; {:?}", self.stderr.try_recv()))
    }

    /// Returns the next line of standard output that contains `part`, waiting for it.
    pub fn stdout_line_with(&self, part: &str) -> String {
        loop {
            let line = self.stdout_line();
            if line.contains(part) {
                return line;
            }
        }
    }

    /// Returns the next line of standard error, waiting for it.
    pub fn stderr_line(&self) -> String {
        self.stderr
            .recv_timeout(DEADLINE)
            .unwrap_or_else(|error| panic!("no error output: {error}; {:?}", self.stdout.try_recv()))
    }

    /// Interrupts the program as ctrl-c does, and returns its exit code and unread output. The exit code is that of an
    /// interruption only if [`HAS_SIGNALS`].
    pub fn interrupt(mut self) -> Outcome {
        interrupt(&mut self.child);
        self.end()
    }

    /// Waits until the program ends, and returns its exit code and unread output.
    pub fn end(mut self) -> Outcome {
        let (stdout, stderr) = (rest(&self.stdout), rest(&self.stderr));
        let status = self.child.wait().unwrap();
        Outcome { code: status.code().unwrap_or(-1), stdout, stderr }
    }
}

/// Whether a test can send ctrl-c to a program. On Windows, this requires unsafe code.
pub const HAS_SIGNALS: bool = cfg!(unix);

/// Interrupts a program as ctrl-c does; without signals, kills it.
#[cfg(unix)]
pub fn interrupt(program: &mut Child) {
    let kill = std::process::Command::new("kill").args(["-INT", &program.id().to_string()]).status().unwrap();
    assert!(kill.success());
}

#[cfg(not(unix))]
pub fn interrupt(program: &mut Child) {
    program.kill().unwrap();
}

impl Drop for Running {
    fn drop(&mut self) {
        // Killing fails if the program has already ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads lines on a separate thread, which ends with the program.
fn lines(output: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut lines = BufReader::new(output).lines().map_while(Result::ok);
        lines.by_ref().try_for_each(|line| sender.send(line))
    });
    receiver
}

/// Returns the remaining lines of the output, up to the end of the program.
fn rest(lines: &Receiver<String>) -> String {
    let mut rest = String::new();
    loop {
        match lines.recv_timeout(DEADLINE) {
            Ok(line) => rest += &format!("{line}\n"),
            Err(RecvTimeoutError::Disconnected) => return rest,
            Err(RecvTimeoutError::Timeout) => panic!("the program has not ended; output:\n{rest}"),
        }
    }
}
