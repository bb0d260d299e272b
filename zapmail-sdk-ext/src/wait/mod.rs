//! Waits: polling until a job of the service reaches a final state.
//!
//! A wait returns the final state if it is a success, or an error if the final state is a failure or the timeout
//! elapses. Undocumented states are treated as pending. Errors contain the last state. The interval between polls
//! grows, because a job that takes hours does not need a poll per minute.

pub(crate) mod connections;
mod jobs;
#[cfg(test)]
mod tests;

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::Zapmail;
use crate::policy::later;
use crate::wrapped_error::wraps_error;
use zapmail_sdk::{Error, ErrorKind, Operation, Result};

/// The timeout of the final poll.
const LAST_POLL: Duration = Duration::from_secs(5);

/// The default interval after the first poll.
const FIRST_INTERVAL: Duration = Duration::from_secs(15);

/// The default maximum interval.
const LONGEST_INTERVAL: Duration = Duration::from_secs(60);

/// The default timeout of a wait.
const TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// A wait that starts when it is awaited; configure it first. Dropping the future stops the polling.
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
    /// The operation that polls; `None` for a wait with the caller's own `poll`.
    operation: Option<&'static Operation>,
    poll: Poll<S>,
    evaluate: Evaluate<S>,
    interval: Duration,
    longest_interval: Duration,
    timeout: Duration,
    on_progress: Option<ProgressCallback<S>>,
}

/// Reads the current state.
type Poll<S> = Box<dyn FnMut() -> BoxFuture<'static, Result<S>> + Send>;

/// Decides what a state means.
type Evaluate<S> = Box<dyn FnMut(&S) -> Condition + Send>;

/// Called with each state.
type ProgressCallback<S> = Box<dyn FnMut(&S) + Send>;

/// The meaning of a state for a wait; see [`Zapmail::wait_until`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The condition is not met yet. The text describes what is missing, for the message of a timeout.
    Pending(String),
    /// The condition is met, so the wait ends.
    Met,
    /// The condition can no longer be met, so the wait ends with [`ErrorKind::JobFailed`] and this text.
    Failed(String),
}

/// The error of a [`Wait`], with the last observed state.
///
/// The `?` operator converts it into an [`Error`].
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
    /// Returns the reason: [`ErrorKind::JobFailed`], [`ErrorKind::Timeout`], or the error of a poll.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// Returns the last observed state.
    pub fn last_state(&self) -> Option<&S> {
        self.last_state.as_ref()
    }

    /// Returns the last observed state, by value.
    pub fn into_last_state(self) -> Option<S> {
        self.last_state
    }
}

impl Zapmail {
    /// Waits until a custom condition is met. Polls immediately, again after 15 seconds, and then at growing intervals
    /// of up to one minute. Times out after one hour.
    ///
    /// `poll` is called with this client and reads the state; `evaluate` decides what the state means. A temporary
    /// failure of a poll does not end the wait.
    ///
    /// ```no_run
    /// use zapmail_sdk_ext::Condition;
    ///
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// let wallet = zapmail
    ///     .wait_until(
    ///         |zapmail| async move { zapmail.get_wallet_balance().send().await },
    ///         |wallet| match wallet.wallet_balance {
    ///             Some(balance) if balance >= 50.into() => Condition::Met,
    ///             balance => Condition::Pending(format!("the wallet has {} USD", balance.unwrap_or_default())),
    ///         },
    ///     )
    ///     .await?;
    /// println!("{:?}", wallet.wallet_balance);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`WaitError`], with the last state: [`ErrorKind::JobFailed`] for [`Condition::Failed`], [`ErrorKind::Timeout`],
    /// and any error of a poll.
    pub fn wait_until<S, P, F>(&self, mut poll: P, evaluate: impl FnMut(&S) -> Condition + Send + 'static) -> Wait<S>
    where
        P: FnMut(Zapmail) -> F + Send + 'static,
        F: Future<Output = Result<S>> + Send + 'static,
    {
        let zapmail = self.clone();
        Wait {
            operation: None,
            poll: Box::new(move || Box::pin(poll(zapmail.clone()))),
            evaluate: Box::new(evaluate),
            interval: FIRST_INTERVAL,
            longest_interval: LONGEST_INTERVAL,
            timeout: TIMEOUT,
            on_progress: None,
        }
    }
}

impl<S> Wait<S> {
    /// Creates a wait that polls with this operation.
    pub(crate) fn new<F: Future<Output = Result<S>> + Send + 'static>(
        operation: &'static Operation,
        mut poll: impl FnMut() -> F + Send + 'static,
        evaluate: impl FnMut(&S) -> Condition + Send + 'static,
    ) -> Self {
        Self {
            operation: Some(operation),
            poll: Box::new(move || Box::pin(poll())),
            evaluate: Box::new(evaluate),
            interval: FIRST_INTERVAL,
            longest_interval: LONGEST_INTERVAL,
            timeout: TIMEOUT,
            on_progress: None,
        }
    }

    /// Sets a constant polling interval. Each poll costs one request, or one per page for lists.
    pub fn interval(self, interval: Duration) -> Self {
        self.growing_interval(interval, interval)
    }

    /// Sets the interval after the first poll. It grows by half after each poll, up to `longest`.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// let (first, longest) = (Duration::from_secs(10), Duration::from_secs(300));
    /// zapmail.wait_for_connections(&["acme.com"]).growing_interval(first, longest).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn growing_interval(self, first: Duration, longest: Duration) -> Self {
        Self { interval: first, longest_interval: longest, ..self }
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
        if self.interval.is_zero() || self.longest_interval.is_zero() {
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
                    let operation = self.operation.map(|operation| operation.id);
                    tracing::debug!(operation, kind = ?error.kind(), "polling again");
                    sleep_until(later(now, self.next_interval()).min(deadline)).await;
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
            let pending = match (self.evaluate)(&state) {
                Condition::Met => return Ok(state),
                Condition::Failed(reason) => return Err(self.error(ErrorKind::JobFailed, reason, Some(state))),
                Condition::Pending(pending) => pending,
            };
            let now = Instant::now();
            if now >= deadline {
                let message = format!("timed out after {:?}: {pending}", self.timeout);
                return Err(self.error(ErrorKind::Timeout, message, Some(state)));
            }
            last_state = Some(state);
            sleep_until(later(now, self.next_interval()).min(deadline)).await;
        }
    }

    /// Returns the interval before the next poll, and increases the interval after it.
    fn next_interval(&mut self) -> Duration {
        let interval = self.interval.min(self.longest_interval);
        self.interval = interval.saturating_add(interval / 2);
        interval
    }

    fn error(&self, kind: ErrorKind, message: String, last_state: Option<S>) -> WaitError<S> {
        let error = Error::new(kind, message);
        let error = match self.operation {
            Some(operation) => error.with_operation(operation),
            None => error,
        };
        WaitError { error, last_state }
    }
}

/// Returns whether a later poll may succeed. A temporary failure of the service must not end a wait that takes days.
fn is_transient(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Connection | ErrorKind::RateLimited | ErrorKind::Server | ErrorKind::Timeout)
}

impl<S: Send + 'static> IntoFuture for Wait<S> {
    type Output = Result<S, WaitError<S>>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    // Inline, so that only programs that call it compile it.
    #[inline]
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

wraps_error!(WaitError<S>);

impl<S> fmt::Debug for WaitError<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("WaitError").field("error", &self.error).finish_non_exhaustive()
    }
}
