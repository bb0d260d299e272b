//! The one transport: takes a request through all policies.

use std::cmp;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use http::StatusCode;
use reqwest::{Request, Response};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{Instrument, Span};
use zapmail_sdk::operations::Effect;
use zapmail_sdk::{Operation, Transport};

use super::answer::{Answer, Unread, local_response};
use super::fault::{Fault, outcome_hint};
use super::headers::{Key, Scope};
use super::quota::Limiter;
use super::report::tell;
use super::retry::{Decision, Happened, Retries, decide};
use super::spending::Spending;
use super::timeouts::{Timeouts, after};
use crate::error::{Details, Error, ErrorKind};

/// The settings of a client that its clones and scopes share.
#[derive(Debug)]
pub(crate) struct Rules {
    pub key: Key,
    pub limiter: Limiter,
    pub retries: Retries,
    pub spending: Spending,
    pub timeouts: Timeouts,
    /// Largest answer, in bytes.
    pub body_limit: usize,
}

/// The rules, for the calls of one scope.
#[derive(Clone)]
pub(crate) struct Policy {
    pub rules: Arc<Rules>,
    pub scope: Scope,
}

impl fmt::Debug for Policy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Policy").field("rules", &self.rules).field("scope", &self.scope.id()).finish()
    }
}

impl Transport for Policy {
    fn send<'a>(
        &'a self,
        http: &'a reqwest::Client,
        request: Request,
        operation: &'static Operation,
    ) -> BoxFuture<'a, reqwest::Result<Response>> {
        let span = tracing::info_span!(
            "zapmail.call",
            operation = operation.id,
            method = operation.method,
            path = operation.path,
            attempt = tracing::field::Empty,
            status = tracing::field::Empty,
            waited_ms = tracing::field::Empty,
            sent_ms = tracing::field::Empty,
        );
        let recorded = span.clone();
        let call = async move {
            let outcome = match self.admit(request, operation) {
                Ok(request) => Run::new(self, http, operation).finish(request, &recorded).await,
                Err(error) => Err(error),
            };
            Ok(match outcome {
                Ok(answer) => answer.into_response(&self.rules.key),
                Err(error) => {
                    let status = error.status().and_then(|status| StatusCode::from_u16(status).ok());
                    let response = local_response(status_for_raw_calls(status, error.kind()), error.message());
                    tell(|report| report.failure = Some(error));
                    response
                }
            })
        };
        Box::pin(call.instrument(span))
    }
}

impl Policy {
    /// What is decided before anything is sent.
    fn admit(&self, mut request: Request, operation: &Operation) -> Result<Request, Error> {
        self.rules.spending.admit(operation)?;
        self.scope.apply(&self.rules.key, &mut request, operation)?;
        Ok(request)
    }
}

/// A raw call sees a failure of this side as an error of the API, with the status that comes nearest.
fn status_for_raw_calls(status: Option<StatusCode>, kind: ErrorKind) -> StatusCode {
    match (status, kind) {
        (Some(status), _) if status.is_client_error() || status.is_server_error() => status,
        (_, ErrorKind::Config | ErrorKind::Refused) => StatusCode::BAD_REQUEST,
        (_, ErrorKind::Timeout) => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::BAD_GATEWAY,
    }
}

/// One call on its way, from the first attempt to the last.
struct Run<'a> {
    policy: &'a Policy,
    http: &'a reqwest::Client,
    operation: &'static Operation,
    deadline: Instant,
    attempts: u32,
    may_have_been_sent: bool,
    waited: Duration,
    sent: Duration,
}

impl<'a> Run<'a> {
    fn new(policy: &'a Policy, http: &'a reqwest::Client, operation: &'static Operation) -> Self {
        Self {
            policy,
            http,
            operation,
            deadline: after(policy.rules.timeouts.call),
            attempts: 0,
            may_have_been_sent: false,
            waited: Duration::ZERO,
            sent: Duration::ZERO,
        }
    }

    /// Records the outcome in the call's own span: the current one is the program's, where ours is filtered out.
    async fn finish(mut self, request: Request, span: &Span) -> Result<Answer, Error> {
        let outcome = self.attempts(request).await;
        span.record("attempt", self.attempts);
        span.record("waited_ms", milliseconds(self.waited));
        span.record("sent_ms", milliseconds(self.sent));
        let status = match &outcome {
            Ok(answer) => Some(answer.status.as_u16()),
            Err(error) => error.status(),
        };
        if let Some(status) = status {
            span.record("status", status);
        }
        outcome
    }

    async fn attempts(&mut self, request: Request) -> Result<Answer, Error> {
        let rules = &*self.policy.rules;
        // Begun with the first fault: it draws a seed.
        let mut backoff = None;
        loop {
            self.wait_for_quota().await?;
            let Some(copy) = request.try_clone() else {
                return Err(Error::local(
                    ErrorKind::Config,
                    self.operation.id,
                    "the request cannot be repeated, because its body is a stream",
                ));
            };
            let fault = match self.attempt(copy).await {
                Ok(answer) => return Ok(answer),
                Err(fault) => fault,
            };
            let happened = fault.happened();
            let pause = fault
                .retry_after()
                .or_else(|| backoff.get_or_insert_with(|| rules.retries.backoff()).next())
                .unwrap_or_default();
            let again_at = after(pause);
            if happened == Happened::RateLimited {
                // The others wait as well, even when this call is over.
                rules.limiter.pause_until(again_at);
            }
            match decide(happened, self.operation) {
                Decision::Again if self.attempts < rules.retries.most() && fault.may_pass() => {}
                Decision::Again | Decision::Stop => return Err(self.error(fault)),
                Decision::OutcomeUnknown => return Err(self.outcome_unknown(fault)),
            }
            if again_at >= self.deadline {
                return Err(self.error(fault));
            }
            tracing::debug!(
                attempt = self.attempts,
                pause_ms = milliseconds(pause),
                reason = fault.name(),
                "sending again"
            );
            self.waited += pause;
            sleep(pause).await;
        }
    }

    /// Waits for a place in the quota, but not beyond the call's deadline.
    async fn wait_for_quota(&mut self) -> Result<(), Error> {
        let rules = &*self.policy.rules;
        let asked_at = Instant::now();
        let paused = rules.limiter.paused_until().filter(|until| *until >= self.deadline);
        let admitted = match paused {
            Some(_) => Err(()),
            None => timeout_at(self.deadline, rules.limiter.admit(self.operation.bucket)).await.map_err(|_| ()),
        };
        let waited = asked_at.elapsed();
        self.waited += waited;
        if !waited.is_zero() {
            tracing::debug!(waited_ms = milliseconds(waited), "waited for the quota");
        }
        admitted.map_err(|()| {
            let details = Details {
                operation: Some(self.operation.id),
                message: "the quota did not let the call through before its time was over".to_owned(),
                hint: Some("give it more with `timeouts.call`, or send fewer requests at a time".to_owned()),
                attempts: self.attempts,
                may_have_been_sent: self.may_have_been_sent,
                retry_after: paused.map(|until| until.saturating_duration_since(Instant::now())),
                ..Details::default()
            };
            Error::new(if paused.is_some() { ErrorKind::RateLimited } else { ErrorKind::Timeout }, details)
        })
    }

    /// Sends the request once and reads the answer.
    async fn attempt(&mut self, request: Request) -> Result<Answer, Fault> {
        let rules = &*self.policy.rules;
        let sent_at = Instant::now();
        self.attempts += 1;
        let attempts = self.attempts;
        tell(|report| {
            report.attempts = attempts;
            report.sent_at = Some(sent_at);
        });
        let until = cmp::min(self.deadline, after(rules.timeouts.attempt));
        let exchange = async {
            let response = self.http.execute(request).await.map_err(|error| {
                let error = error.without_url();
                if error.is_connect() || error.is_builder() { Fault::NotSent(error) } else { Fault::Broken(error) }
            })?;
            Answer::read(response, rules.body_limit).await.map_err(|unread| match unread {
                Unread::Broken(error) => Fault::Broken(error.without_url()),
                Unread::TooLarge(limit) => Fault::TooLarge(limit),
            })
        };
        let outcome = timeout_at(until, exchange).await.unwrap_or(Err(Fault::TimedOut));
        self.sent += sent_at.elapsed();
        let outcome = outcome.and_then(|answer| {
            let status = answer.effective_status();
            tell(|report| report.status = Some(status));
            if status.is_success() { Ok(answer) } else { Err(Fault::Status(Box::new(answer))) }
        });
        let surely_not =
            matches!(&outcome, Err(fault) if matches!(fault.happened(), Happened::NotSent | Happened::RateLimited));
        self.may_have_been_sent |= !surely_not;
        outcome
    }

    /// The error that a fault is, when it is the last one.
    fn error(&self, fault: Fault) -> Error {
        if fault.hides_the_outcome() && self.operation.effect == Effect::Spend {
            return self.outcome_unknown(fault);
        }
        let kind = fault.kind(self.operation);
        Error::new(kind, self.details(fault, None))
    }

    /// The error of a call that may have been carried out, and must not be repeated.
    fn outcome_unknown(&self, fault: Fault) -> Error {
        Error::new(ErrorKind::OutcomeUnknown, self.details(fault, Some(outcome_hint(self.operation))))
    }

    fn details(&self, fault: Fault, hint: Option<String>) -> Details {
        let details = fault.into_details(&self.policy.rules.key, &self.policy.scope);
        Details {
            operation: Some(self.operation.id),
            attempts: self.attempts,
            may_have_been_sent: self.may_have_been_sent,
            hint: hint.or(details.hint),
            ..details
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
