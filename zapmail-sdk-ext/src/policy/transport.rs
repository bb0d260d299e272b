//! The one transport: takes a request through all policies.

use std::cmp;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures::future::BoxFuture;
use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use reqwest::{Request, Response};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{Instrument, Span};
use zapmail_sdk::operations::Effect;
use zapmail_sdk::{Operation, Transport};

use super::answer::{Answer, Unread, local_response};
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

/// Why an attempt did not succeed.
enum Fault {
    /// An answer that is no success.
    Status(Box<Answer>),
    /// No connection came about.
    NotSent(reqwest::Error),
    /// The connection broke after sending.
    Broken(reqwest::Error),
    /// No answer in time.
    TimedOut,
    /// The answer is larger than this many bytes.
    TooLarge(usize),
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
        let mut backoff = rules.retries.backoff();
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
            let pause = fault.retry_after().or_else(|| backoff.next()).unwrap_or_default();
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
        if matches!(fault, Fault::TooLarge(_)) && self.operation.effect == Effect::Spend {
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
        let mut details = Details {
            operation: Some(self.operation.id),
            attempts: self.attempts,
            may_have_been_sent: self.may_have_been_sent,
            retry_after: fault.retry_after(),
            ..Details::default()
        };
        match fault {
            Fault::Status(answer) => {
                let complaint = answer.complaint(&self.policy.rules.key);
                details.status = Some(answer.effective_status());
                details.hint = settings_hint(answer.effective_status(), &complaint.message, &self.policy.scope);
                details.message = complaint.message;
                details.error_id = complaint.error_id;
                if answer.status.is_redirection() {
                    details.message = "the service redirects, which is not followed: the key would go along".to_owned();
                }
            }
            Fault::NotSent(error) => {
                details.message = format!("no connection to the service: {}", cause(&error));
                details.source = Some(Box::new(error));
            }
            Fault::Broken(error) => {
                details.message = format!("the connection broke before the whole answer was there: {}", cause(&error));
                details.source = Some(Box::new(error));
            }
            Fault::TimedOut => details.message = "no whole answer in time".to_owned(),
            Fault::TooLarge(limit) => {
                details.message = format!("the answer is larger than {limit} bytes");
                details.hint =
                    Some("allow more with `Zapmail::builder().body_limit(..)`, or ask for smaller pages".to_owned());
            }
        }
        details.hint = hint.or(details.hint);
        details
    }
}

impl Fault {
    fn happened(&self) -> Happened {
        match self {
            Self::NotSent(_) => Happened::NotSent,
            Self::Broken(_) | Self::TimedOut => Happened::InTheDark,
            Self::TooLarge(_) => Happened::Answered,
            Self::Status(answer) => Happened::from_status(answer.effective_status()),
        }
    }

    /// Whether the same request could fare better; one that cannot even be built never does.
    fn may_pass(&self) -> bool {
        !matches!(self, Self::NotSent(error) if error.is_builder())
    }

    fn kind(&self, operation: &Operation) -> ErrorKind {
        match self {
            Self::NotSent(error) if error.is_builder() => ErrorKind::Config,
            Self::NotSent(_) | Self::Broken(_) => ErrorKind::Connect,
            Self::TimedOut => ErrorKind::Timeout,
            Self::TooLarge(_) => ErrorKind::TooLarge,
            Self::Status(answer) => kind_of_status(answer, operation),
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status(answer) => retry_after(&answer.headers, SystemTime::now()),
            _ => None,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::NotSent(_) => "no connection",
            Self::Broken(_) => "connection broke",
            Self::TimedOut => "time-out",
            Self::TooLarge(_) => "answer too large",
            Self::Status(_) => "status",
        }
    }
}

fn kind_of_status(answer: &Answer, operation: &Operation) -> ErrorKind {
    let status = answer.effective_status().as_u16();
    if status == 400 && operation.id == "get_authenticator_code" {
        // Two refusals that a program wants to tell apart; the texts are documented.
        let body = String::from_utf8_lossy(&answer.body).to_ascii_lowercase();
        if body.contains("2fa not set") {
            return ErrorKind::NoSecondFactor;
        }
        if body.contains("domain id only for ms") {
            return ErrorKind::NotMicrosoft;
        }
    }
    match status {
        400 | 422 => ErrorKind::Invalid,
        401 => ErrorKind::Unauthorized,
        403 => ErrorKind::Forbidden,
        404 => ErrorKind::NotFound,
        408 => ErrorKind::Timeout,
        409 => ErrorKind::Conflict,
        429 => ErrorKind::RateLimited,
        500..=599 => ErrorKind::Server,
        _ => ErrorKind::Unexpected,
    }
}

/// What to do about a call whose outcome nobody knows.
pub(crate) fn outcome_hint(operation: &Operation) -> String {
    match operation.read_back {
        Some(read_back) => {
            format!("it may have been carried out: do not repeat it before `{read_back}` has shown what is there")
        }
        None => "it may have been carried out: look at what is there before you repeat it".to_owned(),
    }
}

/// Which setting is to blame, where an error says so.
fn settings_hint(status: StatusCode, message: &str, scope: &Scope) -> Option<String> {
    match (status.as_u16(), scope.id()) {
        (401, _) => Some("check `api_key` (ZAPMAIL_API_KEY)".to_owned()),
        (403 | 404, Some(id)) if message.to_ascii_lowercase().contains("workspace") => {
            Some(format!("the call ran in workspace {id}: check `workspace` (ZAPMAIL_WORKSPACE_KEY)"))
        }
        _ => None,
    }
}

/// `Retry-After`, in seconds or as a date.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default()),
    }
}

/// The innermost reason, such as `Connection refused`.
fn cause(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
