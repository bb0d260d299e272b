//! The log of requests, which tests read.

mod headers;
mod request;
mod shown;

use std::collections::{BTreeMap, VecDeque};

pub use request::LoggedRequest;
pub(crate) use request::Sent;

/// Maximum number of requests in the log; a longer run drops the oldest.
const CAPACITY: usize = 100_000;

/// Maximum size of all bodies in the log, in bytes; more of them drop the oldest requests.
const BODIES: usize = 64 << 20;

/// The latest requests.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    requests: VecDeque<Entry>,
    /// The size of all bodies, in bytes.
    bodies: usize,
}

#[derive(Debug)]
struct Entry {
    request: LoggedRequest,
    /// The size of its body, in bytes.
    body: usize,
}

impl RequestLog {
    pub(crate) fn add(&mut self, request: LoggedRequest, body: usize) {
        self.bodies += body;
        self.requests.push_back(Entry { request, body });
        while self.requests.len() > CAPACITY || self.bodies > BODIES && self.requests.len() > 1 {
            self.bodies -= self.requests.pop_front().map_or(0, |oldest| oldest.body);
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

    use super::{BODIES, CAPACITY, LoggedRequest, RequestLog, Sent};
    use crate::routes::Route;

    fn request() -> LoggedRequest {
        let (parts, ()) = Request::get("/api/v2/users").body(()).unwrap().into_parts();
        LoggedRequest::new(&Route::UnknownPath, &Sent { parts: &parts, body: None }, None, None, UNIX_EPOCH)
    }

    #[test]
    fn full_log_drops_oldest_request() {
        let mut log = RequestLog::default();
        (0..=CAPACITY).for_each(|_| log.add(request(), 0));
        assert_eq!(log.all().len(), CAPACITY);
    }

    #[test]
    fn large_bodies_drop_oldest_requests() {
        let mut log = RequestLog::default();
        for (body, left) in [(BODIES / 2, 1), (BODIES / 2, 2), (1, 2), (BODIES, 1), (BODIES * 2, 1), (0, 1), (0, 2)] {
            log.add(request(), body);
            assert_eq!(log.all().len(), left, "{body}");
        }
    }
}
