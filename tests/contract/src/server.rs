//! A server on loopback that sends a fixed response, and the request that it received.

#[path = "../../../zapmail-sdk-ext/tests/it/server.rs"]
mod acting;

use zapmail_sdk::reqwest::Url;

pub use acting::{Act, Server, free_port, url_of};

/// A request that a server received.
#[derive(Debug, Clone)]
pub struct Recorded {
    pub method: String,
    /// The path below the base URL.
    pub path: String,
    /// The query parameters in their original order, decoded.
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Recorded {
    /// Reads a request as it was sent.
    fn read(server: &Server, request: &str) -> Option<Self> {
        let (head, body) = request.split_once("\r\n\r\n")?;
        let mut lines = head.lines();
        let mut words = lines.next()?.split(' ');
        let (method, target) = (words.next()?, words.next()?);
        let base = Url::parse(&server.url()).ok()?;
        let url = base.join(target).ok()?;
        let header = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned()));
        Some(Self {
            method: method.to_owned(),
            path: url.path().strip_prefix(base.path()).unwrap_or(url.path()).to_owned(),
            query: url.query_pairs().into_owned().collect(),
            headers: lines.filter_map(header).collect(),
            body: body.to_owned(),
        })
    }
}

/// The response to every request.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub content_type: &'static str,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self { status, content_type: "application/json", body: body.to_string().into() }
    }

    /// Starts a server that sends this response.
    pub fn serve(&self) -> Server {
        let headers = format!("content-type: {}\r\n", self.content_type);
        Server::acting(vec![Act::answer(self.status, &headers, &self.body)])
    }
}

/// Returns the only request that a server received.
///
/// # Errors
///
/// If there is none, or more than one.
pub fn only_request(server: &Server) -> Result<Recorded, String> {
    match server.requests().as_slice() {
        [request] => Recorded::read(server, request).ok_or_else(|| format!("an incomplete request: {request}")),
        requests => Err(format!("{} requests instead of one", requests.len())),
    }
}
