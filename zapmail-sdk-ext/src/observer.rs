//! Observers: what a program can see of calls while they are made.
//!
//! A client without an observer does nothing for them. What an observer is called with prints no credential, and nothing of a
//! request or a response.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use zapmail_sdk::{BufferedResponse, Error, Operation, Result, Untyped};

/// Is called while calls are made, for metrics, logs and audits.
///
/// The methods run in the task of the call, so they must not block. Each does nothing unless it is implemented.
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
    /// An attempt is about to be sent.
    fn attempt_started(&self, attempt: &Attempt<'_>) {
        _ = attempt;
    }

    /// An attempt has ended, with a response or without.
    fn attempt_ended(&self, end: &AttemptEnd<'_>) {
        _ = end;
    }

    /// A call has waited for the rate limiter, for this time.
    fn waited_for_rate_limiter(&self, call: &Call<'_>, time: Duration) {
        _ = (call, time);
    }

    /// An attempt is repeated after a delay.
    fn retrying(&self, retry: &Retry<'_>) {
        _ = retry;
    }

    /// A call has ended. A call that is dropped ends without this.
    fn call_ended(&self, end: &CallEnd<'_>) {
        _ = end;
    }

    /// An authenticator code was handed out.
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
    /// The id of the workspace; `None` for the key owner's primary one.
    pub workspace: Option<&'a str>,
}

/// An attempt of a call.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// The call.
    pub call: Call<'a>,
    /// Its number, from 1.
    pub number: u32,
}

/// The end of an attempt.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct AttemptEnd<'a> {
    /// The attempt.
    pub attempt: Attempt<'a>,
    /// How long it took.
    pub elapsed: Duration,
    outcome: Outcome<'a>,
}

/// The repetition of an attempt.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Retry<'a> {
    /// The attempt that failed.
    pub attempt: Attempt<'a>,
    /// Why it failed.
    pub error: &'a Error,
    /// The delay before the next one.
    pub delay: Duration,
}

/// The end of a call.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct CallEnd<'a> {
    /// The call.
    pub call: Call<'a>,
    /// How long it took, with all attempts and delays.
    pub elapsed: Duration,
    outcome: Outcome<'a>,
}

/// Where an authenticator code has come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CodeSource {
    /// It was requested.
    Request,
    /// It was cached, or another task was requesting it.
    Cache,
    /// It was computed from a seed.
    Seed,
}

type Outcome<'a> = std::result::Result<&'a BufferedResponse, &'a Error>;

impl AttemptEnd<'_> {
    /// The HTTP status; `None` without a response.
    pub fn status(&self) -> Option<u16> {
        status(self.outcome)
    }

    /// Why it failed; `None` if it did not.
    pub fn error(&self) -> Option<&Error> {
        self.outcome.err()
    }
}

impl CallEnd<'_> {
    /// The HTTP status of the last attempt; `None` without a response.
    pub fn status(&self) -> Option<u16> {
        status(self.outcome)
    }

    /// Why it failed; `None` if it did not. What comes later, such as a response that cannot be decoded, is not seen here.
    pub fn error(&self) -> Option<&Error> {
        self.outcome.err()
    }

    /// The number of attempts; 0 if nothing was sent.
    pub fn attempts(&self) -> u32 {
        self.outcome.map_or_else(Error::attempts, BufferedResponse::attempts)
    }

    /// The body of the response, which prints nothing; `None` without a response, or if the body is not JSON.
    pub fn body(&self) -> Option<Untyped> {
        self.outcome.map_or_else(Error::body, |response| serde_json::from_slice(response.bytes()).ok())
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
    /// With one more.
    pub fn with(&self, observer: impl Observer) -> Self {
        let known = self.0.iter().flat_map(|observers| observers.iter().cloned());
        Self(Some(known.chain([Arc::new(observer) as Arc<dyn Observer>]).collect()))
    }

    /// Calls each observer, if there is one.
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
