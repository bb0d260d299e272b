//! Where the API key comes from: a fixed value, or a function that is asked when a key is needed.

use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, PoisonError};

use futures::FutureExt;
use futures::future::{BoxFuture, Shared};
use zapmail_sdk::{ApiKey, Error, Result, Secret};

/// Returns a key.
type Ask = Box<dyn Fn() -> BoxFuture<'static, Result<Secret>> + Send + Sync>;

type Asked = Shared<BoxFuture<'static, Result<ApiKey>>>;

/// The source of a client's API key.
pub(crate) enum KeySource {
    Fixed(ApiKey),
    Provider(Provider),
}

/// A function that returns the key, asked at first use and again after a 401.
pub(crate) struct Provider {
    ask: Ask,
    /// One request to the function, however many calls wait for it. A failure is not kept.
    asked: Mutex<Option<Asked>>,
}

impl KeySource {
    pub fn provider(ask: impl Fn() -> BoxFuture<'static, Result<Secret>> + Send + Sync + 'static) -> Self {
        Self::Provider(Provider { ask: Box::new(ask), asked: Mutex::new(None) })
    }

    /// The key, if it cannot change.
    pub fn fixed(&self) -> Option<&ApiKey> {
        match self {
            Self::Fixed(key) => Some(key),
            Self::Provider(_) => None,
        }
    }

    /// The present key.
    ///
    /// # Errors
    ///
    /// If the function fails, or what it returns cannot be a key.
    pub async fn key(&self) -> Result<ApiKey> {
        match self {
            Self::Fixed(key) => Ok(key.clone()),
            Self::Provider(provider) => provider.asked().await,
        }
    }

    /// Whether another key may be had instead of this one, which the service has rejected.
    pub fn renew(&self, rejected: &ApiKey) -> bool {
        match self {
            Self::Fixed(_) => false,
            Self::Provider(provider) => {
                provider.forget(rejected);
                true
            }
        }
    }
}

impl Provider {
    fn asked(&self) -> Asked {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        match &*asked {
            Some(present) if !matches!(present.peek(), Some(Err(_))) => present.clone(),
            _ => {
                let answer = (self.ask)();
                // A panic would be everybody's who shares the answer.
                let answer = AssertUnwindSafe(answer).catch_unwind();
                let panicked = |_| Error::config("the API key provider panicked");
                let new = async move { ApiKey::new(&answer.await.map_err(panicked)??) }.boxed().shared();
                *asked = Some(new.clone());
                new
            }
        }
    }

    fn forget(&self, rejected: &ApiKey) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let is_rejected = |present: &Asked| matches!(present.peek(), Some(Ok(key)) if key == rejected);
        if asked.as_ref().is_some_and(is_rejected) {
            *asked = None;
        }
    }
}

impl fmt::Debug for KeySource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}

/// The error of a function that returns the key, in a form that calls can share.
pub(crate) fn provider_error(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::config("the API key provider failed").with_source(Boxed(error.into()))
}

/// An error of any type as a source.
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
