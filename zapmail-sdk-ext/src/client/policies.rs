//! The policies of a client: the settings of a derived client, and the state that it shares with the original.

use std::sync::Arc;

use reqwest::Request;
#[cfg(feature = "journal")]
use tokio::time::Instant;
#[cfg(feature = "journal")]
use zapmail_sdk::ApiKey;
use zapmail_sdk::{BaseUrl, Error, Operation, Result, SharedTransport};

#[cfg(feature = "journal")]
use super::once::Once;
use crate::codes::CodeCache;
use crate::observer::Observers;
use crate::policy::headers;
#[cfg(feature = "journal")]
use crate::policy::later;
use crate::policy::{ExtraHeaders, KeySource, RateLimiter, RetryPolicy, Scope, Spending, Timeouts};

/// The state that all clones and derived clients of a client share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub base_url: BaseUrl,
    pub key: KeySource,
    pub limiter: RateLimiter,
    pub codes: CodeCache,
    /// The transport that sends each attempt.
    pub http: SharedTransport,
}

/// The settings of one derived client.
#[derive(Clone)]
pub(crate) struct Policies {
    pub shared: Arc<Shared>,
    pub scope: Scope,
    pub spending: Spending,
    /// The journal that purchases are recorded in.
    #[cfg(feature = "journal")]
    pub once: Option<Once>,
    pub retry: RetryPolicy,
    pub timeouts: Timeouts,
    pub headers: ExtraHeaders,
    pub observers: Observers,
    /// The error of an invalid setting, which each call fails with.
    pub invalid: Option<Error>,
}

impl Policies {
    /// Checks a request and sets its headers, before anything is sent.
    pub fn admit(&self, request: &mut Request, operation: &'static Operation) -> Result<()> {
        self.check().map_err(|error| error.with_operation(operation))?;
        self.spending.admit(operation)?;
        self.shared.base_url.check_origin(request.url()).map_err(|error| error.with_operation(operation))?;
        headers::apply(request, operation, &self.scope, &self.headers);
        Ok(())
    }

    /// Returns the API key. Waits for its provider for the timeout of a call at most.
    #[cfg(feature = "journal")]
    pub async fn key(&self) -> Result<ApiKey> {
        self.shared.key.key(later(Instant::now(), self.timeouts.call)).await
    }

    /// # Errors
    ///
    /// If a setting is invalid.
    pub fn check(&self) -> Result<()> {
        self.invalid.clone().map_or(Ok(()), Err)
    }
}
