//! Metrics of all calls, recorded with the crate [`metrics`](https://docs.rs/metrics), for which there are many
//! exporters.

#[cfg(test)]
mod tests;

use std::time::Duration;

use metrics::{SharedString, counter, histogram};

use crate::observer::{AttemptEnd, Call, CallEnd, CodeSource, Observer, Retry};

/// An observer that records metrics of calls, attempts, delays and codes. All metrics except that of codes have the
/// label `operation`.
///
/// | metric | kind | value | additional labels |
/// | --- | --- | --- | --- |
/// | `zapmail_calls_total` | counter | calls that have ended | `outcome`: `ok`, or the error kind |
/// | `zapmail_call_duration_seconds` | histogram | duration of calls, including all attempts and delays | |
/// | `zapmail_attempts_total` | counter | attempts | `status`: the HTTP status, or `none` without a response |
/// | `zapmail_attempt_duration_seconds` | histogram | duration of attempts | |
/// | `zapmail_retries_total` | counter | retries | |
/// | `zapmail_rate_limited_total` | counter | attempts with a 429 response | |
/// | `zapmail_rate_limiter_wait_seconds` | histogram | duration of waits for the rate limiter | |
/// | `zapmail_unknown_outcomes_total` | counter | calls whose outcome is unknown | |
/// | `zapmail_codes_total` | counter | authenticator codes that were returned | `source`: `request`, `cache` or `seed` |
///
/// ```
/// use zapmail_sdk_ext::{Metrics, Zapmail};
///
/// let zapmail = Zapmail::builder().api_key("not-a-real-key").observer(Metrics::new()).build()?;
/// # Ok::<(), zapmail_sdk_ext::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Metrics;

impl Metrics {
    /// Creates an observer, which uses the program's installed recorder.
    pub fn new() -> Self {
        Self
    }
}

impl Observer for Metrics {
    fn attempt_ended(&self, end: &AttemptEnd<'_>) {
        let operation = end.attempt.call.operation.id;
        let status = end.status().map_or(SharedString::const_str("none"), |status| status.to_string().into());
        counter!("zapmail_attempts_total", "operation" => operation, "status" => status).increment(1);
        histogram!("zapmail_attempt_duration_seconds", "operation" => operation).record(end.elapsed);
        if end.error().is_some_and(zapmail_sdk::Error::is_rate_limited) {
            counter!("zapmail_rate_limited_total", "operation" => operation).increment(1);
        }
    }

    fn waited_for_rate_limiter(&self, call: &Call<'_>, time: Duration) {
        histogram!("zapmail_rate_limiter_wait_seconds", "operation" => call.operation.id).record(time);
    }

    fn retrying(&self, retry: &Retry<'_>) {
        counter!("zapmail_retries_total", "operation" => retry.attempt.call.operation.id).increment(1);
    }

    fn call_ended(&self, end: &CallEnd<'_>) {
        let operation = end.call.operation.id;
        let outcome = end.error().map_or(SharedString::const_str("ok"), |error| format!("{:?}", error.kind()).into());
        counter!("zapmail_calls_total", "operation" => operation, "outcome" => outcome).increment(1);
        histogram!("zapmail_call_duration_seconds", "operation" => operation).record(end.elapsed);
        if end.error().is_some_and(zapmail_sdk::Error::is_outcome_unknown) {
            counter!("zapmail_unknown_outcomes_total", "operation" => operation).increment(1);
        }
    }

    fn code_used(&self, source: CodeSource) {
        counter!("zapmail_codes_total", "source" => source.to_string()).increment(1);
    }
}
