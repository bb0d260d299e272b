//! A series of requests of one kind, which ends after several failures in a row, because the rest would fail, too.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use zapmail_sdk::{Error, ErrorKind, Result};

/// The number of failed requests in a row after which the rest are not sent. Each request has its own retries.
const MAX_FAILURES_IN_A_ROW: usize = 5;

/// A series of requests, some of which are concurrent.
#[derive(Debug, Default)]
pub(super) struct Series {
    /// The current number of failures in a row.
    failures_in_a_row: AtomicUsize,
    /// The error that ended the series.
    end: OnceLock<Error>,
}

impl Series {
    /// Records the outcome of a request.
    pub fn record<T>(&self, outcome: &Result<T>) {
        match outcome {
            Err(error) if is_outage(error) => {
                if self.failures_in_a_row.fetch_add(1, Ordering::Relaxed) + 1 >= MAX_FAILURES_IN_A_ROW {
                    _ = self.end.set(error.clone());
                }
            }
            _ => self.failures_in_a_row.store(0, Ordering::Relaxed),
        }
    }

    /// Returns the error that ended the series.
    pub fn end(&self) -> Option<&Error> {
        self.end.get()
    }
}

/// Returns whether an error is caused by the service or the connection, and not by the requested object.
fn is_outage(error: &Error) -> bool {
    use ErrorKind::{Connection, RateLimited, Server, Timeout};
    matches!(error.kind(), Connection | RateLimited | Server | Timeout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_ends_after_five_outages_in_a_row() {
        let outcome = |kind: Option<ErrorKind>| kind.map_or(Ok(()), |kind| Err(Error::new(kind, "failed")));
        let (down, missing) = (Some(ErrorKind::Server), Some(ErrorKind::NotFound));
        for between in [None, missing] {
            let series = Series::default();
            for kind in [down, down, down, down, between, down, Some(ErrorKind::Connection), down, down] {
                series.record(&outcome(kind));
                assert!(series.end().is_none());
            }
            series.record(&outcome(Some(ErrorKind::Timeout)));
            assert_eq!(series.end().map(Error::kind), Some(ErrorKind::Timeout));
        }
    }
}
