//! The transport that applies a client's policies to every request.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use reqwest::Request;
use tokio::time::Instant;
use tracing::Instrument;
#[cfg(feature = "journal")]
use zapmail_sdk::operations::Effect;
use zapmail_sdk::{BaseUrl, BufferedResponse, Error, Operation, Result, SharedTransport, Transport};

use super::execution::Execution;
use super::headers::{self, ExtraHeaders, Scope};
use super::key::KeySource;
use super::limiter::RateLimiter;
use super::retry::RetryPolicy;
use super::spans;
use super::spending::Spending;
use super::timeouts::Timeouts;
use crate::Zapmail;
#[cfg(feature = "journal")]
use crate::journal::Once;
use crate::observer::{Call, Observers};
use crate::otp::CodeCache;

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

/// Sends requests under a client's policies.
#[derive(Clone)]
pub(crate) struct PolicyTransport(pub Arc<Policies>);

impl fmt::Debug for PolicyTransport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("PolicyTransport")
            .field("has_workspace", &self.0.scope.id().is_some())
            .finish_non_exhaustive()
    }
}

impl Transport for PolicyTransport {
    fn send<'a>(
        &'a self,
        mut request: Request,
        operation: &'static Operation,
    ) -> BoxFuture<'a, Result<BufferedResponse>> {
        let span = spans::call(operation, request.method(), self.0.scope.id());
        let (recorded, ended, started_at) = (span.clone(), span.clone(), Instant::now());
        let call = async move {
            self.0.admit(&mut request, operation)?;
            let send = async |request| {
                if let Some(budget) = self.0.spending.budget(operation) {
                    budget.admit(&Zapmail::from_policies(&self.0)?, operation, &request).await?;
                }
                Execution::new(&self.0, operation, request).run(&recorded).await
            };
            #[cfg(feature = "journal")]
            if let Some(once) = self.0.once.as_ref().filter(|_| operation.effect == Effect::Spend) {
                return once
                    .call(&Zapmail::from_policies(&self.0)?, operation, request, self.0.timeouts.call, send)
                    .await;
            }
            send(request).await
        };
        let observed = async move {
            let outcome = call.await;
            spans::record(&ended, "status", &outcome);
            let call = Call { operation, workspace: self.0.scope.id() };
            self.0.observers.call_ended(call, started_at.elapsed(), &outcome);
            outcome
        };
        Box::pin(observed.instrument(span))
    }
}

impl Policies {
    /// Checks a request and sets its headers, before anything is sent.
    fn admit(&self, request: &mut Request, operation: &'static Operation) -> Result<()> {
        self.check().map_err(|error| error.with_operation(operation))?;
        self.spending.admit(operation)?;
        self.shared.base_url.check_origin(request.url()).map_err(|error| error.with_operation(operation))?;
        headers::apply(request, operation, &self.scope, &self.headers);
        Ok(())
    }

    /// # Errors
    ///
    /// If a setting is invalid.
    pub fn check(&self) -> Result<()> {
        self.invalid.clone().map_or(Ok(()), Err)
    }
}
