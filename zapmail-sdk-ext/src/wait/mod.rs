//! Waiting for what the service does in the background.
//!
//! A wait looks at regular intervals, and ends when the state is final: with that state, with an error when it is a
//! failure, or with an error when its time is over. A state that nobody has documented is not final. Both errors carry
//! what was reached.

mod jobs;
#[cfg(test)]
mod tests;

use std::fmt;
use std::pin::Pin;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::error::{Details, Error, ErrorKind, Result};
use crate::policy::later;

/// What the look at the end of a wait may take beyond it.
const LAST_LOOK: Duration = Duration::from_secs(5);

/// A wait that has not begun: set it up, then await it.
///
/// ```no_run
/// use std::time::Duration;
/// use zapmail_sdk_ext::Zapmail;
///
/// # async fn example(zapmail: Zapmail) -> zapmail_sdk_ext::Result<()> {
/// let export = zapmail
///     .wait_for_export(10421)
///     .every(Duration::from_secs(10))
///     .timeout(Duration::from_secs(600))
///     .on_progress(|export| println!("{:?}", export.status))
///     .await?;
/// println!("{:?}", export.status);
/// # Ok(())
/// # }
/// ```
#[must_use = "a wait does nothing until it is awaited"]
pub struct Wait<S> {
    operation: &'static str,
    look: Look<S>,
    judge: fn(&S) -> Verdict,
    every: Duration,
    timeout: Duration,
    on_progress: Option<Told<S>>,
}

/// Reads the present state.
type Look<S> = Box<dyn FnMut() -> BoxFuture<'static, Result<S>> + Send>;

/// Who is told of each state.
type Told<S> = Box<dyn FnMut(&S) + Send>;

/// What a state means.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    /// Not final; in a few words.
    Pending(String),
    Done,
    /// Final and bad; in a few words.
    Failed(String),
}

/// A wait that did not come to a good end, with what was reached.
///
/// It turns into an [`Error`] with `?`.
///
/// ```no_run
/// use zapmail_sdk_ext::ErrorKind;
///
/// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
/// match zapmail.wait_for_export(10421).await {
///     Ok(_) => println!("done"),
///     Err(unfinished) if unfinished.error().kind() == ErrorKind::Timeout => println!("{:?}", unfinished.reached()),
///     Err(unfinished) => return Err(unfinished.into()),
/// }
/// # Ok(())
/// # }
/// ```
pub struct Unfinished<S> {
    error: Error,
    reached: Option<S>,
}

impl<S> Unfinished<S> {
    /// Why: [`ErrorKind::Failed`], [`ErrorKind::Timeout`], or what went wrong while looking.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// The last state that was seen.
    pub fn reached(&self) -> Option<&S> {
        self.reached.as_ref()
    }

    /// The last state that was seen, to keep.
    pub fn into_reached(self) -> Option<S> {
        self.reached
    }
}

impl<S> Wait<S> {
    /// Looks so often. Each look costs a request of the quota, or as many as its list has pages.
    pub fn every(self, interval: Duration) -> Self {
        Self { every: interval, ..self }
    }

    /// Gives up after so long, with [`ErrorKind::Timeout`]. There is one more look then, which may take 5 seconds.
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Is told each state that is seen, the last one included.
    pub fn on_progress(self, told: impl FnMut(&S) + Send + 'static) -> Self {
        Self { on_progress: Some(Box::new(told)), ..self }
    }

    async fn run(mut self) -> Result<S, Unfinished<S>> {
        if self.every.is_zero() {
            return Err(self.unfinished(
                ErrorKind::Config,
                "`every` is zero, which would use up the quota; give it some seconds".to_owned(),
                None,
            ));
        }
        let deadline = later(Instant::now(), self.timeout);
        let mut reached = None;
        loop {
            let until = deadline.max(later(Instant::now(), LAST_LOOK));
            let state = match timeout_at(until, (self.look)()).await {
                Ok(Ok(state)) => state,
                Ok(Err(error)) => {
                    let again_at = later(Instant::now(), self.every);
                    if !may_pass(&error) || again_at >= deadline {
                        return Err(Unfinished { error, reached });
                    }
                    tracing::debug!(operation = self.operation, kind = ?error.kind(), "looking again later");
                    sleep_until(again_at).await;
                    continue;
                }
                Err(_) => {
                    let message = format!("not finished after {:?}, in the middle of a look", self.timeout);
                    return Err(self.unfinished(ErrorKind::Timeout, message, reached));
                }
            };
            if let Some(told) = &mut self.on_progress {
                told(&state);
            }
            let pending = match (self.judge)(&state) {
                Verdict::Done => return Ok(state),
                Verdict::Failed(reason) => return Err(self.unfinished(ErrorKind::Failed, reason, Some(state))),
                Verdict::Pending(pending) => pending,
            };
            let now = Instant::now();
            if now >= deadline {
                let message = format!("not finished after {:?}: {pending}", self.timeout);
                return Err(self.unfinished(ErrorKind::Timeout, message, Some(state)));
            }
            reached = Some(state);
            sleep_until(later(now, self.every).min(deadline)).await;
        }
    }

    fn unfinished(&self, kind: ErrorKind, message: String, reached: Option<S>) -> Unfinished<S> {
        let details = Details { operation: Some(self.operation), message, ..Details::default() };
        Unfinished { error: Error::new(kind, details), reached }
    }
}

/// A service that fails for a while does not end a wait of days.
fn may_pass(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Connect | ErrorKind::RateLimited | ErrorKind::Server | ErrorKind::Timeout)
}

impl<S: Send + 'static> IntoFuture for Wait<S> {
    type Output = Result<S, Unfinished<S>>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl<S> From<Unfinished<S>> for Error {
    fn from(unfinished: Unfinished<S>) -> Self {
        unfinished.error
    }
}

impl<S> fmt::Display for Unfinished<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(formatter)
    }
}

impl<S> fmt::Debug for Unfinished<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Unfinished").field("error", &self.error).finish_non_exhaustive()
    }
}

impl<S> std::error::Error for Unfinished<S> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.error)
    }
}
