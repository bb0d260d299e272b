//! Requests of one kind: once several in a row have failed, the rest would fail, too.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use zapmail_sdk::{Error, ErrorKind, Result};

/// How many requests in a row fail before the rest are not sent. Each has its own retries.
const MOST_IN_A_ROW: usize = 5;

/// A series of requests, some of them at the same time.
#[derive(Debug, Default)]
pub(super) struct Series {
    /// How many of the last ones failed.
    in_a_row: AtomicUsize,
    end: OnceLock<Error>,
}

impl Series {
    /// Notes the outcome of a request.
    pub fn note<T>(&self, outcome: &Result<T>) {
        match outcome {
            Err(error) if is_outage(error) => {
                if self.in_a_row.fetch_add(1, Ordering::Relaxed) + 1 >= MOST_IN_A_ROW {
                    _ = self.end.set(error.clone());
                }
            }
            _ => self.in_a_row.store(0, Ordering::Relaxed),
        }
    }

    /// The error that has ended the series.
    pub fn end(&self) -> Option<&Error> {
        self.end.get()
    }
}

/// Whether an error is about the service or the connection to it, and not about the object that was asked for.
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
                series.note(&outcome(kind));
                assert!(series.end().is_none());
            }
            series.note(&outcome(Some(ErrorKind::Timeout)));
            assert_eq!(series.end().map(Error::kind), Some(ErrorKind::Timeout));
        }
    }
}
