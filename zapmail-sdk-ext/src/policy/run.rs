//! One call on its way, from the first attempt to the last.

use std::cmp;
use std::time::Duration;

use reqwest::{Request, Response};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::Span;
use zapmail_sdk::Operation;

use super::answer::Answer;
use super::attempt::attempt;
use super::fault::{Circumstances, Fault};
use super::retry::{Decision, Happened, decide};
use super::timeouts::{Timeouts, later};
use super::transport::{Answered, Policy};
use crate::error::{Details, Error, ErrorKind};

pub(super) struct Run<'a> {
    policy: &'a Policy,
    http: &'a reqwest::Client,
    operation: &'static Operation,
    request: Request,
    deadline: Instant,
    attempts: u32,
    may_have_been_sent: bool,
    waited: Duration,
    sent: Duration,
}

impl<'a> Run<'a> {
    pub fn new(policy: &'a Policy, http: &'a reqwest::Client, operation: &'static Operation, request: Request) -> Self {
        Self {
            policy,
            http,
            operation,
            request,
            deadline: later(Instant::now(), policy.rules.timeouts.call),
            attempts: 0,
            may_have_been_sent: false,
            waited: Duration::ZERO,
            sent: Duration::ZERO,
        }
    }

    /// Records the outcome in the call's own span: the current one is the program's, where ours is filtered out.
    pub async fn finish(&mut self, span: &Span) -> Result<Answered, Error> {
        let outcome = self.attempts().await;
        span.record("attempt", self.attempts);
        span.record("waited_ms", milliseconds(self.waited));
        span.record("sent_ms", milliseconds(self.sent));
        let status = match &outcome {
            Ok(answered) => Some(answered.answer.status.as_u16()),
            Err(error) => error.status(),
        };
        if let Some(status) = status {
            span.record("status", status);
        }
        outcome
    }

    async fn attempts(&mut self) -> Result<Answered, Error> {
        let rules = &*self.policy.rules;
        // Begun with the first fault: it draws a seed.
        let mut backoff = None;
        loop {
            let sent_at = self.wait_for_quota().await?;
            let Some(request) = copy(&self.request) else {
                return Err(Error::local(
                    ErrorKind::Config,
                    self.operation.id,
                    "the request cannot be repeated, because its body is a stream",
                ));
            };
            let fault = match self.attempt(self.http.execute(request), sent_at).await {
                Ok(answer) => return Ok(Answered { answer, attempts: self.attempts, sent_at }),
                Err(fault) => fault,
            };
            let pause = fault
                .retry_after()
                // A zero, or a date that is over by this clock, tells nothing.
                .filter(|asked| !asked.is_zero())
                .or_else(|| backoff.get_or_insert_with(|| rules.retries.backoff()).next())
                .unwrap_or_default();
            let again_at = later(Instant::now(), pause);
            if fault.happened() == Happened::RateLimited {
                // The others wait as well, even when this call is over.
                rules.limiter.pause_until(self.operation.bucket, again_at);
            }
            let again = decide(fault.happened(), self.operation) == Decision::Again
                && fault.may_pass()
                && self.attempts < rules.retries.most()
                && again_at < self.deadline;
            if !again {
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

    /// Waits for a place in the quota, but not beyond the call's deadline. Returns when it got one.
    async fn wait_for_quota(&mut self) -> Result<Instant, Error> {
        let (limiter, bucket) = (&self.policy.rules.limiter, self.operation.bucket);
        let asked_at = Instant::now();
        let admitted = limiter.admit(bucket, self.deadline).await;
        let now = admitted.unwrap_or_else(Instant::now);
        let waited = now.saturating_duration_since(asked_at);
        if !waited.is_zero() {
            self.waited += waited;
            tracing::debug!(waited_ms = milliseconds(waited), "waited for the quota");
        }
        if admitted.is_some_and(|now| self.is_time_for_an_attempt(now)) {
            return Ok(now);
        }
        let paused = limiter.paused_until(bucket).filter(|until| admitted.is_none() && *until >= self.deadline);
        let more = "give it more with `timeouts.call`, or send fewer requests at a time";
        let (message, hint) = match (admitted, paused) {
            (Some(_), _) => ("too little time was left when the quota let the call through", more),
            (None, None) => ("the quota did not let the call through before its time was over", more),
            (None, Some(_)) => (
                "the service has asked for a pause (429) that ends after the call's time",
                "call again after `Error::retry_after`",
            ),
        };
        let details = Details {
            operation: Some(self.operation.id),
            message: message.to_owned(),
            hint: Some(hint.to_owned()),
            attempts: self.attempts,
            may_have_been_sent: self.may_have_been_sent,
            retry_after: paused.map(|until| until.saturating_duration_since(now)),
            ..Details::default()
        };
        Err(Error::new(if paused.is_some() { ErrorKind::RateLimited } else { ErrorKind::Timeout }, details))
    }

    /// What must not be repeated is not begun with too little time: its outcome would be unknown for sure.
    fn is_time_for_an_attempt(&self, now: Instant) -> bool {
        let Timeouts { attempt, call, .. } = self.policy.rules.timeouts;
        self.operation.is_safe_to_retry() || self.deadline.saturating_duration_since(now) >= cmp::min(attempt, call / 2)
    }

    /// Sends the request once and reads the answer.
    async fn attempt(
        &mut self,
        sending: impl Future<Output = reqwest::Result<Response>>,
        sent_at: Instant,
    ) -> Result<Answer, Fault> {
        let rules = &*self.policy.rules;
        self.attempts += 1;
        let until = cmp::min(self.deadline, later(sent_at, rules.timeouts.attempt));
        let exchange = attempt(sending, rules.body_limit);
        let outcome = timeout_at(until, exchange).await.unwrap_or(Err(Fault::TimedOut));
        self.sent += sent_at.elapsed();
        self.may_have_been_sent |=
            outcome.as_ref().map_or_else(|fault| fault.happened().may_have_been_sent(), |_| true);
        outcome
    }

    /// The error that a fault is, when it is the last one.
    fn error(&self, fault: Fault) -> Error {
        fault.into_error(Circumstances {
            operation: self.operation,
            attempts: self.attempts,
            may_have_been_sent: self.may_have_been_sent,
            key: Some(&self.policy.rules.key),
            scope: &self.policy.scope,
        })
    }
}

/// A copy for another attempt. reqwest's own makes a map for a time-out that nobody has set: a fortieth of all that a
/// small call costs.
fn copy(request: &Request) -> Option<Request> {
    if request.body().is_some() {
        return request.try_clone();
    }
    let mut copy = Request::new(request.method().clone(), request.url().clone());
    copy.headers_mut().clone_from(request.headers());
    Some(copy)
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
