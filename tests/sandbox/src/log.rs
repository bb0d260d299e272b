//! The log of requests, for tests.

mod headers;
mod redaction;
mod request;

use std::collections::{BTreeMap, VecDeque};

pub use request::LoggedRequest;
pub(crate) use request::ReceivedRequest;

/// Maximum number of requests in the log; the oldest are dropped.
const MAX_REQUESTS: usize = 100_000;

/// Maximum total size of the bodies in the log, in bytes; the oldest requests are dropped.
const MAX_BODY_BYTES: usize = 64 << 20;

/// The latest requests.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    requests: VecDeque<Entry>,
    /// The total size of the bodies, in bytes.
    body_bytes: usize,
}

#[derive(Debug)]
struct Entry {
    request: LoggedRequest,
    /// The size of the body, in bytes.
    body_bytes: usize,
}

impl RequestLog {
    pub(crate) fn add(&mut self, request: LoggedRequest, body_bytes: usize) {
        self.body_bytes += body_bytes;
        self.requests.push_back(Entry { request, body_bytes });
        while self.requests.len() > MAX_REQUESTS || self.body_bytes > MAX_BODY_BYTES && self.requests.len() > 1 {
            self.body_bytes -= self.requests.pop_front().map_or(0, |oldest| oldest.body_bytes);
        }
    }

    /// Returns all requests, oldest first.
    pub(crate) fn all(&self) -> Vec<LoggedRequest> {
        self.requests().cloned().collect()
    }

    /// Returns the requests for one operation, oldest first.
    pub(crate) fn of(&self, operation: &str) -> Vec<LoggedRequest> {
        self.requests().filter(|request| request.operation.as_deref() == Some(operation)).cloned().collect()
    }

    /// Returns the number of requests for each operation.
    pub(crate) fn counts(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for operation in self.requests().filter_map(|request| request.operation.as_ref()) {
            *counts.entry(operation.clone()).or_default() += 1;
        }
        counts
    }

    fn requests(&self) -> impl Iterator<Item = &LoggedRequest> {
        self.requests.iter().map(|entry| &entry.request)
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use axum::http::Request;

    use super::{LoggedRequest, MAX_BODY_BYTES, MAX_REQUESTS, ReceivedRequest, RequestLog};
    use crate::routes::Route;

    fn request() -> LoggedRequest {
        let (parts, ()) = Request::get("/api/v2/users").body(()).unwrap().into_parts();
        LoggedRequest::new(&Route::UnknownPath, &ReceivedRequest { parts: &parts, body: None }, None, None, UNIX_EPOCH)
    }

    #[test]
    fn full_log_drops_oldest_request() {
        let mut log = RequestLog::default();
        (0..=MAX_REQUESTS).for_each(|_| log.add(request(), 0));
        assert_eq!(log.all().len(), MAX_REQUESTS);
    }

    #[test]
    fn large_bodies_drop_oldest_requests() {
        let mut log = RequestLog::default();
        let half = MAX_BODY_BYTES / 2;
        for (bytes, requests) in
            [(half, 1), (half, 2), (1, 2), (MAX_BODY_BYTES, 1), (MAX_BODY_BYTES * 2, 1), (0, 1), (0, 2)]
        {
            log.add(request(), bytes);
            assert_eq!(log.all().len(), requests, "{bytes}");
        }
    }
}
