//! A service that counts requests on arrival, in strict sliding windows, behind an imperfect network.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// The documented limits.
const LIMITS: [(usize, Duration); 2] = [(5, Duration::from_secs(1)), (200, Duration::from_secs(60))];

const BODY: &str = r#"{"status": 200, "data": {"id": "1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f"}}"#;

/// Delays of requests, in milliseconds. `connect_ms` and `latency_ms` are the maximum of random delays.
#[derive(Debug, Clone, Copy)]
pub struct Network {
    /// The delay before the first request on a new connection.
    pub connect_ms: u64,
    /// The latency in each direction.
    pub latency_ms: u64,
    /// Whether connections are kept open for further requests.
    pub keep_alive: bool,
    /// The exact processing time of requests from three out of four tasks.
    pub work_ms: u64,
}

impl Default for Network {
    fn default() -> Self {
        Self { connect_ms: 0, latency_ms: 0, keep_alive: true, work_ms: 0 }
    }
}

/// The numbers of requests that arrived.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counted {
    pub accepted: u32,
    pub rejected: u32,
}

#[derive(Debug, Default)]
struct Arrivals {
    recent: VecDeque<Instant>,
    counted: Counted,
}

impl Arrivals {
    /// Counts a request; returns whether it is accepted.
    fn count(&mut self) -> bool {
        let now = Instant::now();
        let is_inside = |(max, length): &(usize, Duration)| {
            let recent = self.recent.iter().rev().take_while(|arrived| now.duration_since(**arrived) < *length);
            recent.count() < *max
        };
        if !LIMITS.iter().all(is_inside) {
            self.counted.rejected += 1;
            return false;
        }
        self.counted.accepted += 1;
        self.recent.push_back(now);
        if self.recent.len() > 200 {
            self.recent.pop_front();
        }
        true
    }
}

/// A running service, in a separate thread until the program ends.
pub struct Service {
    address: SocketAddr,
    arrivals: Arc<Mutex<Arrivals>>,
}

impl Service {
    pub fn start(network: Network) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let arrivals = Arc::<Mutex<Arrivals>>::default();
        let counted = Arc::clone(&arrivals);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        thread::spawn(move || {
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener).unwrap();
                loop {
                    let (connection, _) = listener.accept().await.unwrap();
                    // The client may close the connection at any time, so errors are ignored.
                    tokio::spawn(serve(connection, network, Arc::clone(&counted)));
                }
            });
        });
        Self { address, arrivals }
    }

    pub fn url(&self) -> String {
        format!("http://{}/api", self.address)
    }

    pub fn counted(&self) -> Counted {
        self.arrivals.lock().unwrap().counted
    }
}

async fn serve(mut connection: TcpStream, network: Network, arrivals: Arc<Mutex<Arrivals>>) -> std::io::Result<()> {
    let up_to = |max: u64| sleep(Duration::from_millis(fastrand::u64(0..=max)));
    up_to(network.connect_ms).await;
    let mut received = Vec::new();
    loop {
        // No request has a body.
        let head = loop {
            match received.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                Some(end) => {
                    break String::from_utf8_lossy(&received.drain(..end + 4).collect::<Vec<_>>()).into_owned();
                }
                None if connection.read_buf(&mut received).await? == 0 => return Ok(()),
                None => {}
            }
        };
        up_to(network.latency_ms).await;
        let (status, body) = if arrivals.lock().unwrap().count() { (200, BODY) } else { (429, "{}") };
        if !head.starts_with("GET /api/v2/users ") {
            sleep(Duration::from_millis(network.work_ms)).await;
        }
        up_to(network.latency_ms).await;
        let keep_alive = if network.keep_alive { "keep-alive" } else { "close" };
        let response = format!(
            "HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: {keep_alive}\r\n\r\n{body}",
            body.len()
        );
        connection.write_all(response.as_bytes()).await?;
        if !network.keep_alive {
            return connection.shutdown().await;
        }
    }
}
