//! A server on loopback that injects faults. It writes HTTP/1.1 itself, since server libraries prevent faults.
//!
//! For each connection, the server performs the next act of its script, and then closes the connection. The contract
//! tests also use this file.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

/// The server's behavior for a connection.
#[derive(Debug, Clone)]
pub enum Act {
    /// Resets the connection before reading anything.
    ResetUnread,
    /// Reads the request and resets the connection.
    Reset,
    /// Reads the request and never responds.
    Silence,
    /// Reads the request and sends these bytes.
    Answer(Vec<u8>),
}

impl Act {
    /// A complete response. Headers are lines that end with `\r\n`.
    pub fn answer(status: u16, headers: &str, body: &[u8]) -> Self {
        let length = body.len();
        let head = format!("HTTP/1.1 {status} -\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n");
        Self::Answer([head.as_bytes(), body].concat())
    }

    /// A complete response in JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::answer(status, "content-type: application/json\r\n", body.to_string().as_bytes())
    }

    /// The same act, without the last `bytes` bytes of its response.
    pub fn cut(self, bytes: usize) -> Self {
        match self {
            Self::Answer(mut answer) => {
                answer.truncate(answer.len().saturating_sub(bytes));
                Self::Answer(answer)
            }
            other => other,
        }
    }
}

/// The server. It stops when it is dropped.
pub struct Server {
    address: SocketAddr,
    log: Arc<Mutex<Log>>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Log {
    connections: usize,
    requests: Vec<String>,
}

impl Server {
    /// A server on a free port. After the end of its script, it repeats the last act.
    pub fn acting(script: Vec<Act>) -> Self {
        Self::on(free_port(), script)
    }

    /// A server on a port that was already bound but refused connections until now.
    pub fn on(port: TcpSocket, script: Vec<Act>) -> Self {
        assert!(!script.is_empty(), "the script is empty");
        let address = address(&port);
        let log = Arc::<Mutex<Log>>::default();
        let listener = port.listen(64).expect("a port that can be listened on");
        let task = tokio::spawn(serve(listener, script, Arc::clone(&log)));
        Self { address, log, task }
    }

    /// The base URL for a client.
    pub fn url(&self) -> String {
        url(self.address)
    }

    /// The number of connections accepted.
    pub fn connections(&self) -> usize {
        locked(&self.log).connections
    }

    /// The requests read, as they were sent.
    pub fn requests(&self) -> Vec<String> {
        locked(&self.log).requests.clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A bound port on loopback that refuses connections.
pub fn free_port() -> TcpSocket {
    let port = TcpSocket::new_v4().expect("a socket");
    port.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a free port on loopback");
    port
}

/// The base URL of a server on this port.
pub fn url_of(port: &TcpSocket) -> String {
    url(address(port))
}

fn address(port: &TcpSocket) -> SocketAddr {
    port.local_addr().expect("a bound port")
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}/api")
}

async fn serve(listener: TcpListener, script: Vec<Act>, log: Arc<Mutex<Log>>) {
    loop {
        let (connection, _) = listener.accept().await.expect("a connection");
        let act = {
            let mut log = locked(&log);
            log.connections += 1;
            script[(log.connections - 1).min(script.len() - 1)].clone()
        };
        let log = Arc::clone(&log);
        // Connection failures are intended, so errors are ignored.
        tokio::spawn(async move { _ = perform(connection, act, &log).await });
    }
}

async fn perform(mut connection: TcpStream, act: Act, log: &Mutex<Log>) -> std::io::Result<()> {
    if matches!(act, Act::ResetUnread) {
        return connection.set_zero_linger();
    }
    let request = read_request(&mut connection).await?;
    locked(log).requests.push(request);
    match act {
        Act::ResetUnread | Act::Reset => connection.set_zero_linger(),
        Act::Silence => std::future::pending().await,
        Act::Answer(answer) => {
            connection.write_all(&answer).await?;
            connection.shutdown().await
        }
    }
}

/// Reads one request: its head, and a body of the announced length.
async fn read_request(connection: &mut TcpStream) -> std::io::Result<String> {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            if body.len() >= length.unwrap_or_default() {
                return Ok(text.into_owned());
            }
        }
        if connection.read_buf(&mut request).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

fn locked(log: &Mutex<Log>) -> MutexGuard<'_, Log> {
    log.lock().expect("nothing panics while holding the lock")
}
