//! The execution of one call, from the first attempt to the last.

use std::cmp;
use std::time::Duration;

use reqwest::{Method, Request, StatusCode};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{Instrument, Span};
use zapmail_sdk::operations::Effect;
use zapmail_sdk::{ApiKey, BufferedResponse, Credentials, Error, ErrorKind, Operation, Result, Transport};

use super::policies::Policies;
use super::spans;
use crate::observer::{Attempt, Call, Retry};
use crate::policy::headers::{authenticate, with_workspace_hint};
use crate::policy::{Admission, later};

/// A call in progress.
pub(super) struct Execution<'a> {
    policies: &'a Policies,
    operation: &'static Operation,
    request: Request,
    started_at: Instant,
    deadline: Instant,
    attempts: u32,
    may_have_been_processed: bool,
    /// Whether an earlier attempt may have been processed, so that a rejection of the next one may be its consequence.
    was_ambiguous: bool,
    /// The HTTP status of the last response.
    last_status: Option<StatusCode>,
    /// The time spent waiting for the rate limiter.
    queued: Duration,
    /// The time spent in delays before retries.
    delayed: Duration,
    /// The time spent on attempts.
    sent: Duration,
}

impl<'a> Execution<'a> {
    pub fn new(policies: &'a Policies, operation: &'static Operation, request: Request) -> Self {
        let now = Instant::now();
        Self {
            policies,
            operation,
            request,
            started_at: now,
            deadline: later(now, policies.timeouts.call),
            attempts: 0,
            may_have_been_processed: false,
            was_ambiguous: false,
            last_status: None,
            queued: Duration::ZERO,
            delayed: Duration::ZERO,
            sent: Duration::ZERO,
        }
    }

    /// Runs the call, and records its outcome in `span`, because the current span is the caller's if ours is filtered
    /// out.
    pub async fn run(mut self, span: &Span) -> Result<BufferedResponse> {
        let outcome = self.attempts().await;
        span.record("attempt", self.attempts);
        span.record("waited_ms", milliseconds(self.queued + self.delayed));
        span.record("sent_ms", milliseconds(self.sent));
        match outcome {
            Ok(response) => Ok(response.attempted(self.attempts, self.queued, self.started_at.elapsed())),
            Err(error) => Err(error
                .with_attempts(self.attempts)
                .with_may_have_been_processed(self.may_have_been_processed)
                .with_operation(self.operation)),
        }
    }

    async fn attempts(&mut self) -> Result<BufferedResponse> {
        let policies = self.policies;
        // Created on the first failure, because that draws a random seed.
        let mut backoff = None;
        let mut renewed_key = false;
        loop {
            // The key is read before waiting for the rate limiter: a slow provider must not delay an admitted request.
            let key = self.key().await?;
            let admission = self.wait_for_rate_limiter().await?;
            let error = match self.attempt(&key, admission).await {
                Ok(response) => return Ok(response),
                Err(error) => with_workspace_hint(error, &policies.scope),
            };
            if self.may_be_consequence(&error) {
                return self.outcome_of_consequence(error);
            }
            if error.is_unauthorized() && !renewed_key && policies.shared.key.renew(&key) {
                renewed_key = true;
                // The service has only checked the key, and processed nothing. A 401 inside a 200 can come from a later
                // step.
                let is_unprocessed = self.last_status == Some(StatusCode::UNAUTHORIZED);
                if is_unprocessed || self.operation.is_safe_to_retry() {
                    self.may_have_been_processed = self.was_ambiguous || !is_unprocessed;
                    continue;
                }
            }
            let delay = error
                .retry_after()
                // Ignore zero; a date in the past is also reported as zero.
                .filter(|requested| !requested.is_zero())
                .or_else(|| backoff.get_or_insert_with(|| policies.retry.delays()).next())
                .unwrap_or_default();
            let retry_at = later(Instant::now(), delay);
            if error.is_rate_limited() && !error.may_have_been_processed() {
                // The other calls must also wait, even if this one ends here.
                policies.shared.limiter.delay_until(self.operation.bucket, retry_at);
            }
            if !error.is_retryable() || self.attempts >= policies.retry.max_attempts() || retry_at >= self.deadline {
                if error.is_rate_limited() {
                    tracing::warn!(attempt = self.attempts, "rate limited");
                }
                return Err(error);
            }
            self.was_ambiguous |= error.may_have_been_processed();
            tracing::warn!(
                attempt = self.attempts,
                delay_ms = milliseconds(delay),
                kind = ?error.kind(),
                status = error.status(),
                "retrying"
            );
            let attempt = self.current();
            policies.observers.each(|observer| observer.retrying(&Retry { attempt, error: &error, delay }));
            self.delayed += delay;
            sleep(delay).await;
        }
    }

    /// Returns whether the service may have rejected this attempt because it had processed an earlier one: for example,
    /// it deletes a record, the connection is lost, and the retry no longer finds the record.
    fn may_be_consequence(&self, error: &Error) -> bool {
        self.was_ambiguous
            && self.operation.effect != Effect::Read
            && error.status().is_some_and(|status| (400..500).contains(&status))
            && !error.is_retryable()
    }

    /// Returns the outcome after such a rejection: a success if a DELETE no longer finds its record; otherwise, the
    /// outcome is unknown.
    fn outcome_of_consequence(&self, error: Error) -> Result<BufferedResponse> {
        if self.request.method() == Method::DELETE && error.is_not_found() {
            return error.into_response().map_or_else(Err, |response| Ok(response.assume_success()));
        }
        Err(error.into_outcome_unknown())
    }

    /// Returns the API key. Waits for its provider until the deadline at most.
    async fn key(&self) -> Result<ApiKey> {
        let Policies { shared, scope, .. } = self.policies;
        let key = shared.key.key(self.deadline).await?;
        // A fixed key was compared with the workspace when the client was created.
        if shared.key.fixed().is_none() {
            scope.check_is_not_key(&key)?;
        }
        Ok(key)
    }

    /// Waits for the rate limiter to admit the request, until the deadline at most.
    async fn wait_for_rate_limiter(&mut self) -> Result<Admission> {
        let (limiter, bucket) = (&self.policies.shared.limiter, self.operation.bucket);
        let asked_at = Instant::now();
        // A slot that is too late to be used is not taken.
        let latest = self.latest_start();
        let admitted = if asked_at <= latest { limiter.admit(bucket, latest).await? } else { None };
        let now = admitted.map_or_else(Instant::now, |admission| admission.sent_at);
        let waited = now.saturating_duration_since(asked_at);
        if !waited.is_zero() {
            self.queued += waited;
            tracing::debug!(waited_ms = milliseconds(waited), "waited for the rate limiter");
            let call = self.call();
            self.policies.observers.each(|observer| observer.waited_for_rate_limiter(&call, waited));
        }
        if let Some(admission) = admitted {
            return Ok(admission);
        }
        let delayed = limiter.delayed_until(bucket).filter(|until| *until >= self.deadline);
        if let Some(until) = delayed {
            let message = "rate limited (429): the delay that the service requested exceeds this call's timeout";
            return Err(Error::new(ErrorKind::RateLimited, message)
                .with_hint("call again after `Error::retry_after`")
                .with_retry_after(until.saturating_duration_since(now)));
        }
        let message = if latest < self.deadline {
            "not enough time left for an attempt after waiting for the rate limiter"
        } else {
            "timed out waiting for the rate limiter"
        };
        Err(Error::new(ErrorKind::Timeout, message)
            .with_hint("raise `Timeouts::call`, or send fewer concurrent requests"))
    }

    /// Returns the latest time at which an attempt may start. A non-idempotent request is not started close to the
    /// deadline, because a timeout would leave its outcome unknown.
    fn latest_start(&self) -> Instant {
        let attempt = self.policies.timeouts.attempt;
        // The timeouts can be longer than any period that an `Instant` can express.
        let call = self.deadline.saturating_duration_since(self.started_at);
        let needed = if self.operation.is_safe_to_retry() { Duration::ZERO } else { cmp::min(attempt, call / 2) };
        self.deadline.checked_sub(needed).unwrap_or(self.started_at)
    }

    /// Sends the request once.
    async fn attempt(&mut self, key: &ApiKey, admission: Admission) -> Result<BufferedResponse> {
        let sent_at = admission.sent_at;
        let mut request = copy(&self.request)?;
        authenticate(&mut request, key);
        self.attempts += 1;
        let span = spans::attempt(self.operation, self.request.method(), self.attempts);
        let attempt = self.current();
        self.policies.observers.each(|observer| observer.attempt_started(&attempt));
        let until = cmp::min(self.deadline, later(sent_at, self.policies.timeouts.attempt));
        let exchange = self.policies.shared.http.send(request, self.operation);
        let outcome = timeout_at(until, exchange.instrument(span.clone())).await.unwrap_or_else(|_| {
            Err(Error::new(ErrorKind::Timeout, "timed out waiting for the response").with_may_have_been_processed(true))
        });
        self.last_status = outcome.as_ref().ok().map(BufferedResponse::status);
        if let Ok(response) = &outcome {
            self.policies.shared.limiter.record_response(admission, self.operation.id, response.connect_time());
        }
        let body = self.request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
        let credentials = Credentials::of(key).with_body(body);
        let outcome = outcome
            .and_then(|response| response.into_success(self.operation, credentials))
            .map_err(|error| error.with_operation(self.operation));
        self.sent += sent_at.elapsed();
        self.may_have_been_processed |= outcome.as_ref().map_or_else(Error::may_have_been_processed, |_| true);
        spans::record(&span, "http.response.status_code", &outcome);
        self.policies.observers.attempt_ended(self.current(), sent_at.elapsed(), &outcome);
        outcome
    }

    fn call(&self) -> Call<'a> {
        Call { operation: self.operation, workspace: self.policies.scope.id() }
    }

    /// Returns the attempt in progress, or the last one.
    fn current(&self) -> Attempt<'a> {
        Attempt { call: self.call(), number: self.attempts }
    }
}

/// Copies the request for one attempt. reqwest's `try_clone` also allocates a map for a timeout that is never set,
/// which takes a fortieth of the time of a small call.
fn copy(request: &Request) -> Result<Request> {
    if request.body().is_some() {
        return request
            .try_clone()
            .ok_or_else(|| Error::config("the request body is a stream and cannot be retried; pass it as bytes"));
    }
    let mut copy = Request::new(request.method().clone(), request.url().clone());
    copy.headers_mut().clone_from(request.headers());
    Ok(copy)
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
