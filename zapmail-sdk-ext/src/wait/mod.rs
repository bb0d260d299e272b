//! Waits: polling until a job of the service reaches a final state.
//!
//! A wait ends with the state if it is a success, or with an error if it is a failure or the timeout elapses.
//! Undocumented states are treated as pending. Errors carry the last state.

mod jobs;
#[cfg(test)]
mod tests;

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::policy::later;
use zapmail_sdk::{Error, ErrorKind, Operation, Result};

/// The timeout of the final poll.
const LAST_POLL: Duration = Duration::from_secs(5);

/// A wait that has not started: set it up, then await it. Dropping it stops the polling.
///
/// ```no_run
/// use std::time::Duration;
/// use zapmail_sdk_ext::Zapmail;
///
/// # async fn example(zapmail: Zapmail) -> zapmail_sdk_ext::Result<()> {
/// let export = zapmail
///     .wait_for_export(10421)
///     .interval(Duration::from_secs(10))
///     .timeout(Duration::from_secs(600))
///     .on_progress(|export| println!("{:?}", export.status))
///     .await?;
/// println!("{:?}", export.status);
/// # Ok(())
/// # }
/// ```
#[must_use = "a wait does nothing until it is awaited"]
pub struct Wait<S> {
    operation: &'static Operation,
    poll: Poll<S>,
    judge: Judge<S>,
    interval: Duration,
    timeout: Duration,
    on_progress: Option<ProgressCallback<S>>,
}

/// Reads the current state.
type Poll<S> = Box<dyn FnMut() -> BoxFuture<'static, Result<S>> + Send>;

/// Decides what a state means.
type Judge<S> = Box<dyn FnMut(&S) -> Verdict + Send>;

/// Called with each state.
type ProgressCallback<S> = Box<dyn FnMut(&S) + Send>;

/// What a state means.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    /// Not final; in a few words.
    Pending(String),
    Done,
    /// Final and bad; in a few words.
    Failed(String),
}

/// The error of a [`Wait`], with the last observed state.
///
/// It turns into an [`Error`] with `?`.
///
/// ```no_run
/// use zapmail_sdk_ext::ErrorKind;
///
/// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
/// match zapmail.wait_for_export(10421).await {
///     Ok(_) => println!("done"),
///     Err(wait_error) if wait_error.error().kind() == ErrorKind::Timeout => println!("{:?}", wait_error.last_state()),
///     Err(error) => return Err(error.into()),
/// }
/// # Ok(())
/// # }
/// ```
pub struct WaitError<S> {
    error: Error,
    last_state: Option<S>,
}

impl<S> WaitError<S> {
    /// The reason: [`ErrorKind::JobFailed`], [`ErrorKind::Timeout`], or the error of a poll.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// The last observed state.
    pub fn last_state(&self) -> Option<&S> {
        self.last_state.as_ref()
    }

    /// The last observed state, by value.
    pub fn into_last_state(self) -> Option<S> {
        self.last_state
    }
}

impl<S> Wait<S> {
    /// Sets the polling interval. Each poll costs one request, or one per page for lists.
    pub fn interval(self, interval: Duration) -> Self {
        Self { interval, ..self }
    }

    /// Sets the overall timeout. A final poll, limited to 5 seconds, is made when it elapses; then the wait ends with
    /// [`ErrorKind::Timeout`].
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Calls `callback` with every observed state, including the final one.
    pub fn on_progress(self, callback: impl FnMut(&S) + Send + 'static) -> Self {
        Self { on_progress: Some(Box::new(callback)), ..self }
    }

    async fn run(mut self) -> Result<S, WaitError<S>> {
        if self.interval.is_zero() {
            return Err(self.error(
                ErrorKind::Config,
                "the polling interval must be greater than zero".to_owned(),
                None,
            ));
        }
        let deadline = later(Instant::now(), self.timeout);
        let mut last_state = None;
        loop {
            let until = deadline.max(later(Instant::now(), LAST_POLL));
            let state = match timeout_at(until, (self.poll)()).await {
                Ok(Ok(state)) => state,
                Ok(Err(error)) if !is_transient(&error) => return Err(WaitError { error, last_state }),
                Ok(Err(error)) => {
                    let now = Instant::now();
                    if now >= deadline {
                        let message = format!("timed out after {:?}; the last poll failed: {error}", self.timeout);
                        let mut timeout = self.error(ErrorKind::Timeout, message, last_state);
                        timeout.error = timeout.error.with_source(error);
                        return Err(timeout);
                    }
                    tracing::debug!(operation = self.operation.id, kind = ?error.kind(), "polling again");
                    sleep_until(later(now, self.interval).min(deadline)).await;
                    continue;
                }
                Err(_) => {
                    let message = format!("timed out after {:?} while polling", self.timeout);
                    return Err(self.error(ErrorKind::Timeout, message, last_state));
                }
            };
            if let Some(callback) = &mut self.on_progress {
                callback(&state);
            }
            let pending = match (self.judge)(&state) {
                Verdict::Done => return Ok(state),
                Verdict::Failed(reason) => return Err(self.error(ErrorKind::JobFailed, reason, Some(state))),
                Verdict::Pending(pending) => pending,
            };
            let now = Instant::now();
            if now >= deadline {
                let message = format!("timed out after {:?}: {pending}", self.timeout);
                return Err(self.error(ErrorKind::Timeout, message, Some(state)));
            }
            last_state = Some(state);
            sleep_until(later(now, self.interval).min(deadline)).await;
        }
    }

    fn error(&self, kind: ErrorKind, message: String, last_state: Option<S>) -> WaitError<S> {
        WaitError { error: Error::new(kind, message).with_operation(self.operation), last_state }
    }
}

/// Whether a later poll may succeed: a temporary failure of the service does not end a wait of days.
fn is_transient(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Connection | ErrorKind::RateLimited | ErrorKind::Server | ErrorKind::Timeout)
}

impl<S: Send + 'static> IntoFuture for Wait<S> {
    type Output = Result<S, WaitError<S>>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<S> From<WaitError<S>> for Error {
    fn from(error: WaitError<S>) -> Self {
        error.error
    }
}

impl<S> fmt::Display for WaitError<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(formatter)
    }
}

impl<S> fmt::Debug for WaitError<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WaitError").field("error", &self.error).finish_non_exhaustive()
    }
}

impl<S> std::error::Error for WaitError<S> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.error)
    }
}
