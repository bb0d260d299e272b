//! The source of the API key: a fixed value, or a function that is called when a key is needed.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared};
use tokio::time::{Instant, timeout_at};
use zapmail_sdk::{ApiKey, Error, ErrorKind, Result, Secret};

/// The time after which a call of the function that has not ended is given up, because its connection may be lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// The function of the caller that returns a key.
type KeyFunction = Box<dyn Fn() -> BoxFuture<'static, Result<Secret>> + Send + Sync>;

/// A call of that function, which all waiting calls share.
type KeyRequest = Shared<BoxFuture<'static, Result<ApiKey>>>;

/// The source of a client's API key.
pub(crate) enum KeySource {
    Fixed(ApiKey),
    Provider(Provider),
}

/// A function that returns the key; called at first use and again after a 401.
pub(crate) struct Provider {
    function: KeyFunction,
    /// The last call of the function, and when it started. A call that failed or takes too long is not reused.
    request: Mutex<Option<(KeyRequest, Instant)>>,
}

impl KeySource {
    pub fn provider(function: impl Fn() -> BoxFuture<'static, Result<Secret>> + Send + Sync + 'static) -> Self {
        Self::Provider(Provider { function: Box::new(function), request: Mutex::new(None) })
    }

    /// Returns the key if it is fixed.
    pub fn fixed(&self) -> Option<&ApiKey> {
        match self {
            Self::Fixed(key) => Some(key),
            Self::Provider(_) => None,
        }
    }

    /// Returns the current key. Waits for the function until the deadline at most.
    ///
    /// # Errors
    ///
    /// If the function fails, does not return in time, or returns a text that cannot be a key.
    pub async fn key(&self, deadline: Instant) -> Result<ApiKey> {
        match self {
            Self::Fixed(key) => Ok(key.clone()),
            Self::Provider(provider) => timeout_at(deadline, provider.request()).await.unwrap_or_else(|_| {
                Err(Error::new(ErrorKind::Timeout, "timed out waiting for the API key provider")
                    .with_hint("raise `Timeouts::call`, or let the provider return a cached key"))
            }),
        }
    }

    /// Discards a key that the service has rejected. Returns whether there may be a new one.
    pub fn renew(&self, rejected: &ApiKey) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Provider(provider) => {
                provider.discard(rejected);
                true
            }
        }
    }
}

impl Provider {
    fn request(&self) -> KeyRequest {
        let mut request = self.request.lock().unwrap_or_else(PoisonError::into_inner);
        let is_usable = |last: &KeyRequest, started_at: &Instant| match last.peek() {
            Some(outcome) => outcome.is_ok(),
            None => started_at.elapsed() < PATIENCE,
        };
        match &*request {
            Some((last, started_at)) if is_usable(last, started_at) => last.clone(),
            _ => {
                let key = (self.function)();
                // A panic in a shared future would panic in all calls that wait for it.
                let key = AssertUnwindSafe(key).catch_unwind();
                let panicked = |_| Error::config("the API key provider panicked");
                let new = async move { ApiKey::new(&key.await.map_err(panicked)??) }.boxed().shared();
                *request = Some((new.clone(), Instant::now()));
                new
            }
        }
    }

    fn discard(&self, rejected: &ApiKey) {
        let mut request = self.request.lock().unwrap_or_else(PoisonError::into_inner);
        let is_rejected = |last: &KeyRequest| matches!(last.peek(), Some(Ok(key)) if key == rejected);
        if request.as_ref().is_some_and(|(last, _)| is_rejected(last)) {
            *request = None;
        }
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// Wraps an error of the caller's function in an error that can be cloned, because several calls may share it.
pub(crate) fn provider_error(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::config("the API key provider failed").with_source(Boxed(error.into()))
}

/// An error of any type, as the source of another.
#[derive(Debug)]
struct Boxed(Box<dyn std::error::Error + Send + Sync>);

impl fmt::Display for Boxed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl std::error::Error for Boxed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source()
    }
}
