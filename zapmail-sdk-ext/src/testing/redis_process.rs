//! A Redis server for tests: a process on a free port that writes no files.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};

/// A running `redis-server`. Dropping it kills it.
pub struct RedisProcess {
    port: u16,
    arguments: Vec<String>,
    child: Child,
}

impl RedisProcess {
    /// Starts a server with additional arguments, in which `{port}` is replaced by its port. Returns `None` and prints
    /// a message to standard error if `redis-server` is not installed.
    pub fn start(arguments: &[&str]) -> Option<Self> {
        let arguments: Vec<_> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        // Another process may take the port in the meantime.
        for _ in 0..5 {
            let port = free_port();
            let child = match spawn(port, &arguments) {
                Ok(child) => child,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    let test = std::thread::current().name().unwrap_or("a test").to_owned();
                    // `eprintln!` is not used, because the test runner captures its output.
                    _ = writeln!(std::io::stderr(), "SKIPPED {test}: redis-server is not installed");
                    return None;
                }
                Err(error) => panic!("redis-server: {error}"),
            };
            if let Some(child) = ready(child) {
                return Some(Self { port, arguments, child });
            }
        }
        panic!("redis-server did not start on five free ports");
    }

    /// Returns the URL, without a password.
    pub fn url(&self) -> String {
        format!("redis://{}", self.address())
    }

    /// Returns the host and port.
    pub fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Kills the server immediately.
    pub fn kill(&mut self) {
        // The process may have ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }

    /// Starts the server again on the same port, after `kill`.
    pub fn restart(&mut self) {
        let child = spawn(self.port, &self.arguments).expect("a server that was started before");
        self.child = ready(child).expect("the same port");
    }
}

impl Drop for RedisProcess {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Returns a free port on loopback.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("a bound port").port()
}

fn spawn(port: u16, arguments: &[String]) -> std::io::Result<Child> {
    let port = port.to_string();
    let arguments = arguments.iter().map(|argument| argument.replace("{port}", &port));
    Command::new("redis-server")
        .args(["--port", &port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
}

/// Waits until the server accepts connections; `None` if its process ended.
fn ready(mut child: Child) -> Option<Child> {
    let output = BufReader::new(child.stdout.take().expect("a pipe"));
    let mut lines = output.lines().map_while(Result::ok);
    if lines.any(|line| line.contains("Ready to accept connections")) {
        // Drain the output, so that the server does not block on a full pipe.
        std::thread::spawn(move || lines.for_each(drop));
        return Some(child);
    }
    _ = child.wait();
    None
}
