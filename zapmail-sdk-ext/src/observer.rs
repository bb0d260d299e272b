//! Observers: callbacks for the events of calls, such as attempts, retries and results.
//!
//! A client without observers has no overhead from them. The `Debug` output of the values that an observer receives
//! contains no credentials, and no content of requests or responses.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use zapmail_sdk::surrogates::replace_lone;
use zapmail_sdk::{BufferedResponse, Error, Operation, RawJson, Result};

/// An observer of calls, for metrics, logs and audits.
///
/// The methods run in the task of the call, so they must not block. By default, each method does nothing.
///
/// ```
/// use zapmail_sdk_ext::observer::{CallEnd, Observer};
/// use zapmail_sdk_ext::Zapmail;
///
/// struct Log;
///
/// impl Observer for Log {
///     fn call_ended(&self, end: &CallEnd<'_>) {
///         println!("{} {:?} after {:?}", end.call.operation.id, end.status(), end.elapsed);
///     }
/// }
///
/// let zapmail = Zapmail::builder().api_key("not-a-real-key").observer(Log).build()?;
/// # Ok::<(), zapmail_sdk_ext::Error>(())
/// ```
pub trait Observer: Send + Sync + 'static {
    /// Called when an attempt is about to be sent.
    fn attempt_started(&self, attempt: &Attempt<'_>) {
        _ = attempt;
    }

    /// Called when an attempt has ended, with or without a response.
    fn attempt_ended(&self, end: &AttemptEnd<'_>) {
        _ = end;
    }

    /// Called when a call has waited for the rate limiter. `time` is the duration of the wait.
    fn waited_for_rate_limiter(&self, call: &Call<'_>, time: Duration) {
        _ = (call, time);
    }

    /// Called when a failed attempt will be retried, before the delay.
    fn retrying(&self, retry: &Retry<'_>) {
        _ = retry;
    }

    /// Called when a call has ended. Not called if the future of the call is dropped.
    fn call_ended(&self, end: &CallEnd<'_>) {
        _ = end;
    }

    /// Called when an authenticator code is returned to the program.
    fn code_used(&self, source: CodeSource) {
        _ = source;
    }
}

/// A call.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Call<'a> {
    /// The operation.
    pub operation: &'static Operation,
    /// The id of the workspace; `None` for the key owner's primary workspace.
    pub workspace: Option<&'a str>,
}

/// An attempt of a call.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The call.
    pub call: Call<'a>,
    /// The number of the attempt, starting at 1.
    pub number: u32,
}

/// The end of an attempt.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct AttemptEnd<'a> {
    /// The attempt.
    pub attempt: Attempt<'a>,
    /// The duration of the attempt.
    pub elapsed: Duration,
    outcome: Outcome<'a>,
}

/// A retry of a failed attempt.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Retry<'a> {
    /// The attempt that failed.
    pub attempt: Attempt<'a>,
    /// The error of that attempt.
    pub error: &'a Error,
    /// The delay before the next attempt.
    pub delay: Duration,
}

/// The end of a call.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct CallEnd<'a> {
    /// The call.
    pub call: Call<'a>,
    /// The duration of the call, including all attempts and delays.
    pub elapsed: Duration,
    outcome: Outcome<'a>,
}

/// The source of an authenticator code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CodeSource {
    /// The code was requested from the service.
    Request,
    /// The code was cached, or another task was already requesting it.
    Cache,
    /// The code was computed from a seed.
    Seed,
}

type Outcome<'a> = std::result::Result<&'a BufferedResponse, &'a Error>;

impl AttemptEnd<'_> {
    /// Returns the HTTP status; `None` without a response.
    pub fn status(&self) -> Option<u16> {
        status(self.outcome)
    }

    /// Returns the error of the attempt; `None` if it succeeded.
    pub fn error(&self) -> Option<&Error> {
        self.outcome.err()
    }
}

impl CallEnd<'_> {
    /// Returns the HTTP status of the last attempt; `None` without a response.
    pub fn status(&self) -> Option<u16> {
        status(self.outcome)
    }

    /// Returns the error of the call; `None` if it succeeded. Later errors, such as a response that cannot be decoded,
    /// are not included.
    pub fn error(&self) -> Option<&Error> {
        self.outcome.err()
    }

    /// Returns the number of attempts; 0 if nothing was sent.
    pub fn attempts(&self) -> u32 {
        self.outcome.map_or_else(Error::attempts, BufferedResponse::attempts)
    }

    /// Returns the body of the response; `None` without a response, or if the body is not JSON. Its `Debug` output is
    /// redacted.
    pub fn body(&self) -> Option<RawJson> {
        self.outcome.map_or_else(Error::body, |response| serde_json::from_slice(&replace_lone(response.bytes())).ok())
    }
}

fn status(outcome: Outcome<'_>) -> Option<u16> {
    outcome.map_or_else(Error::status, |response| Some(response.status().as_u16()))
}

impl fmt::Display for CodeSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Request => "request",
            Self::Cache => "cache",
            Self::Seed => "seed",
        })
    }
}

/// The observers of a client.
#[derive(Clone, Default)]
pub(crate) struct Observers(Option<Arc<[Arc<dyn Observer>]>>);

impl Observers {
    /// Returns these observers and one more.
    pub fn with(&self, observer: impl Observer) -> Self {
        let known = self.0.iter().flat_map(|observers| observers.iter().cloned());
        Self(Some(known.chain([Arc::new(observer) as Arc<dyn Observer>]).collect()))
    }

    /// Calls `observe` with each observer.
    pub fn each(&self, observe: impl Fn(&dyn Observer)) {
        for observer in self.0.iter().flat_map(|observers| observers.iter()) {
            observe(&**observer);
        }
    }

    pub fn attempt_ended(&self, attempt: Attempt<'_>, elapsed: Duration, outcome: &Result<BufferedResponse>) {
        self.each(|observer| {
            observer.attempt_ended(&AttemptEnd { attempt, elapsed, outcome: outcome.as_ref() });
        });
    }

    pub fn call_ended(&self, call: Call<'_>, elapsed: Duration, outcome: &Result<BufferedResponse>) {
        self.each(|observer| observer.call_ended(&CallEnd { call, elapsed, outcome: outcome.as_ref() }));
    }
}
