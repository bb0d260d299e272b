//! What the sandbox was asked, for tests to look at.

use std::collections::{BTreeMap, VecDeque};

/// Requests that are remembered; a long run forgets the oldest.
const CAPACITY: usize = 100_000;

/// One request that the sandbox has answered.
///
/// ```
/// # use zapmail_sandbox::Sandbox;
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = Sandbox::start().await?;
/// let url = format!("{}/v2/mailboxes/list?page=2", sandbox.base_url());
/// reqwest::Client::new().get(url).header("x-auth-zapmail", sandbox.api_key()).send().await?;
///
/// let requests = sandbox.requests();
/// assert_eq!(requests[0].operation.as_deref(), Some("list_mailboxes"));
/// assert_eq!(requests[0].query, [("page".to_owned(), "2".to_owned())]);
/// assert_eq!(requests[0].status, 200);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedRequest {
    /// Id of the operation it asked for; `None` when the document has none with this method and path.
    pub operation: Option<String>,
    /// HTTP method, in capitals.
    pub method: String,
    /// Path from the root of the address, so it starts with `/api`.
    pub path: String,
    /// Query, in the order in which it came. The value of a parameter that the document does not know, or knows as a
    /// credential, is `[redacted]`.
    pub query: Vec<(String, String)>,
    /// HTTP status of the answer; 0 if a fault dropped the connection instead.
    pub status: u16,
}

/// The latest requests.
#[derive(Debug, Default)]
pub(crate) struct RequestLog(VecDeque<LoggedRequest>);

impl RequestLog {
    /// Those that asked for an operation, oldest first.
    pub(crate) fn of(&self, operation: &str) -> Vec<LoggedRequest> {
        self.0.iter().filter(|request| request.operation.as_deref() == Some(operation)).cloned().collect()
    }

    /// How often each operation was asked for.
    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for operation in self.0.iter().filter_map(|request| request.operation.as_ref()) {
            *counts.entry(operation.clone()).or_default() += 1;
        }
        counts
    }

    pub(crate) fn add(&mut self, request: LoggedRequest) {
        if self.0.len() == CAPACITY {
            self.0.pop_front();
        }
        self.0.push_back(request);
    }

    pub(crate) fn all(&self) -> Vec<LoggedRequest> {
        self.0.iter().cloned().collect()
    }
}
