//! The output of `-v`: attempts, delays and status codes, without the content of requests and responses.

use std::time::Duration;

use zapmail_sdk_ext::Observer;
use zapmail_sdk_ext::observer::{AttemptEnd, Call, Retry};

use crate::terminal::note;

/// Shorter waits for the rate limiter are not printed.
const MIN_WAIT: Duration = Duration::from_millis(50);

/// An observer that prints to standard error.
pub struct Verbose;

impl Observer for Verbose {
    fn attempt_ended(&self, end: &AttemptEnd<'_>) {
        let (operation, number) = (end.attempt.call.operation.id, end.attempt.number);
        let elapsed = end.elapsed.as_millis();
        match (end.status(), end.error()) {
            (Some(status), _) => note(&format!("{operation}: attempt {number}: {status} after {elapsed} ms")),
            (None, Some(error)) => note(&format!("{operation}: attempt {number}: {error}")),
            (None, None) => {}
        }
    }

    fn waited_for_rate_limiter(&self, call: &Call<'_>, time: Duration) {
        if time >= MIN_WAIT {
            note(&format!("{}: waited {} ms for the rate limiter", call.operation.id, time.as_millis()));
        }
    }

    fn retrying(&self, retry: &Retry<'_>) {
        let operation = retry.attempt.call.operation.id;
        note(&format!("{operation}: retrying in {} ms", retry.delay.as_millis()));
    }
}
