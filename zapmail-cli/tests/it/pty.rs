//! Runs a program in a pseudo-terminal.

use std::io::{Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use tempfile::TempDir;
use zapmail_sandbox::Sandbox;

use crate::running::DEADLINE;

pub const CTRL_C: &str = "\u{3}";

/// The flag for echoing input, in `c_lflag` of Linux, macOS and the BSDs.
const ECHO: u64 = 0o10;

/// A program in a pseudo-terminal, which is killed on drop.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    output: Receiver<Vec<u8>>,
    printed: Vec<u8>,
    /// The controlling side of the terminal, which must outlive the program.
    master: Box<dyn MasterPty + Send>,
    /// `None` after [`end`](Self::end).
    home: Option<TempDir>,
}

/// A builder for a program in a pseudo-terminal.
pub struct Start {
    command: CommandBuilder,
    columns: u16,
    home: TempDir,
}

/// The exit code and complete output of a program, without escape sequences.
#[derive(Debug)]
pub struct Ended {
    pub code: u32,
    pub text: String,
    /// The working folder of the program.
    home: TempDir,
}

/// Creates a run of `zapmail` in a terminal with `columns` columns.
pub fn terminal(columns: u16) -> Start {
    // Without this setting, a terminal discards unread output on ctrl-c, including output that the program prints in
    // response to it.
    let script = r#"stty noflsh && exec "$0" "$@""#;
    program("sh", columns).args(&["-c", script, env!("CARGO_BIN_EXE_zapmail")])
}

pub fn program(path: &str, columns: u16) -> Start {
    let home = tempfile::tempdir().unwrap();
    let mut command = CommandBuilder::new(path);
    command.env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("TERM", "xterm-256color");
    command.env("ZAPMAIL_HOME", home.path());
    command.cwd(home.path());
    Start { command, columns, home }
}

impl Start {
    pub fn args(mut self, arguments: &[&str]) -> Self {
        self.command.args(arguments);
        self
    }

    pub fn line(self, arguments: &str) -> Self {
        let arguments: Vec<_> = arguments.split_whitespace().collect();
        self.args(&arguments)
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub fn on(mut self, sandbox: &Sandbox) -> Self {
        self.command.env("ZAPMAIL_BASE_URL", sandbox.base_url());
        self.command.env("ZAPMAIL_API_KEY", sandbox.api_key());
        self
    }

    pub fn start(self) -> Terminal {
        let size = PtySize { rows: 40, cols: self.columns, ..PtySize::default() };
        let pair = native_pty_system().openpty(size).unwrap();
        let child = pair.slave.spawn_command(self.command).unwrap();
        // Close this copy, so that the output ends when the program closes its own.
        drop(pair.slave);
        let output = chunks(pair.master.try_clone_reader().unwrap());
        let keyboard = pair.master.take_writer().unwrap();
        Terminal { child, keyboard, output, printed: Vec::new(), master: pair.master, home: Some(self.home) }
    }
}

impl Terminal {
    /// Waits until `find` returns a value for the output, and returns the value.
    pub fn wait_for<T>(&mut self, find: impl Fn(&str) -> Option<T>) -> T {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let text = self.text();
            if let Some(found) = find(&text) {
                return found;
            }
            match self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
                Ok(chunk) => self.printed.extend(chunk),
                Err(error) => panic!("{error}; output:\n{text}"),
            }
        }
    }

    pub fn wait_for_text(&mut self, part: &str) {
        self.wait_for(|text| text.contains(part).then_some(()));
    }

    /// Waits until the terminal does not echo input.
    pub fn wait_until_hidden(&mut self) {
        let deadline = Instant::now() + DEADLINE;
        let is_echoing =
            |terminal: &dyn MasterPty| u64::from(terminal.get_termios().unwrap().local_flags.bits()) & ECHO != 0;
        while is_echoing(&*self.master) {
            assert!(Instant::now() < deadline, "the input is echoed\n{}", self.text());
            // A change of the flag is not signaled, so poll.
            if let Ok(chunk) = self.output.recv_timeout(Duration::from_millis(5)) {
                self.printed.extend(chunk);
            }
        }
    }

    pub fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    /// Returns the output so far, without escape sequences.
    pub fn text(&self) -> String {
        anstream::adapter::strip_str(&String::from_utf8_lossy(&self.printed)).to_string()
    }

    /// Waits until the program ends, and returns its exit code and output.
    pub fn end(mut self) -> Ended {
        let deadline = Instant::now() + DEADLINE;
        while let Ok(chunk) = self.output.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            self.printed.extend(chunk);
        }
        assert!(Instant::now() < deadline, "the program has not ended\n{}", self.text());
        let status = self.child.wait().unwrap();
        assert_eq!(status.signal(), None, "{}", self.text());
        Ended { code: status.exit_code(), text: self.text(), home: self.home.take().unwrap() }
    }
}

impl Ended {
    /// Reads a file in the working folder; `None` if it does not exist.
    pub fn file(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.home.path().join(name)).ok()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // After the program has ended, its process id can belong to a different process.
        if !matches!(self.child.try_wait(), Ok(Some(_))) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// Reads on a separate thread, which ends with the program.
fn chunks(mut output: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        // After the program has ended, reading is an error on Linux, and returns no bytes elsewhere.
        while let Ok(count @ 1..) = output.read(&mut buffer) {
            if sender.send(buffer[..count].to_vec()).is_err() {
                break;
            }
        }
    });
    receiver
}
