//! The source of the API key: a fixed value, or a function that is called when a key is needed.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use zapmail_sdk::{ApiKey, Error, Result, Secret};

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
    /// The last call of the function. A call that failed is not reused.
    request: Mutex<Option<KeyRequest>>,
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

    /// Returns the current key.
    ///
    /// # Errors
    ///
    /// If the function fails, or returns a text that cannot be a key.
    pub async fn key(&self) -> Result<ApiKey> {
        match self {
            Self::Fixed(key) => Ok(key.clone()),
            Self::Provider(provider) => provider.request().await,
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
        match &*request {
            Some(last) if !matches!(last.peek(), Some(Err(_))) => last.clone(),
            _ => {
                let key = (self.function)();
                // A panic in a shared future would panic in all calls that wait for it.
                let key = AssertUnwindSafe(key).catch_unwind();
                let panicked = |_| Error::config("the API key provider panicked");
                let new = async move { ApiKey::new(&key.await.map_err(panicked)??) }.boxed().shared();
                *request = Some(new.clone());
                new
            }
        }
    }

    fn discard(&self, rejected: &ApiKey) {
        let mut request = self.request.lock().unwrap_or_else(PoisonError::into_inner);
        let is_rejected = |last: &KeyRequest| matches!(last.peek(), Some(Ok(key)) if key == rejected);
        if request.as_ref().is_some_and(is_rejected) {
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
