//! Metrics of all calls, through the crate [`metrics`](https://docs.rs/metrics), which every exporter understands.

#[cfg(test)]
mod tests;

use std::time::Duration;

use metrics::{SharedString, counter, histogram};

use crate::observer::{AttemptEnd, Call, CallEnd, CodeSource, Observer, Retry};

/// Feeds the metrics of a program with calls, attempts, delays and codes. All but those of codes have the label `operation`.
///
/// | metric | kind | what it counts | more labels |
/// | --- | --- | --- | --- |
/// | `zapmail_calls_total` | counter | calls that have ended | `outcome`: `ok`, or the kind of the error |
/// | `zapmail_call_duration_seconds` | histogram | how long calls took, with all attempts and delays | |
/// | `zapmail_attempts_total` | counter | attempts | `status`: the HTTP status, or `none` without a response |
/// | `zapmail_attempt_duration_seconds` | histogram | how long attempts took | |
/// | `zapmail_retries_total` | counter | attempts that were repeated | |
/// | `zapmail_rate_limited_total` | counter | attempts to which the service responded with 429 | |
/// | `zapmail_rate_limiter_wait_seconds` | histogram | how long calls waited for the rate limiter, if they did | |
/// | `zapmail_unknown_outcomes_total` | counter | calls whose outcome is unknown | |
/// | `zapmail_codes_total` | counter | authenticator codes that were handed out | `source`: `request`, `cache` or `seed` |
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
    /// Creates an observer for the recorder that the program has installed.
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
