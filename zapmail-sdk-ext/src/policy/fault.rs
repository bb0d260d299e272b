//! Why an attempt did not succeed, and what an error says of it.

use std::time::{Duration, SystemTime};

use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};
use zapmail_sdk::Operation;
use zapmail_sdk::operations::Effect;

use super::answer::Answer;
use super::headers::{Key, Scope};
use super::retry::{Decision, Happened, decide};
use crate::error::{Details, Error, ErrorKind};

/// Why an attempt did not succeed.
pub(super) enum Fault {
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

/// What an error tells beside the fault that it comes from.
pub(super) struct Circumstances<'a> {
    pub operation: &'static Operation,
    pub attempts: u32,
    /// By this attempt or one before it.
    pub may_have_been_sent: bool,
    /// Taken out of what the service says.
    pub key: Option<&'a Key>,
    pub scope: &'a Scope,
}

impl Fault {
    pub fn happened(&self) -> Happened {
        match self {
            Self::NotSent(_) => Happened::NotSent,
            Self::Broken(_) | Self::TimedOut => Happened::InTheDark,
            Self::TooLarge(_) => Happened::Answered,
            // The limiter in front of the service answers with a real 429. One inside an envelope comes from further in,
            // where something may have been done already.
            Self::Status(answer) if answer.status.is_success() && answer.effective_status().as_u16() == 429 => {
                Happened::InTheDark
            }
            Self::Status(answer) => Happened::from_status(answer.effective_status()),
        }
    }

    /// Whether the same request could fare better; one that cannot even be built never does.
    pub fn may_pass(&self) -> bool {
        !matches!(self, Self::NotSent(error) if error.is_builder())
    }

    /// The error of a call that ends with it.
    pub fn into_error(self, circumstances: Circumstances<'_>) -> Error {
        let Circumstances { operation, attempts, may_have_been_sent, key, scope } = circumstances;
        let unknown = decide(self.happened(), operation) == Decision::OutcomeUnknown
            || (self.hides_the_outcome() && operation.effect == Effect::Spend);
        let kind = if unknown { ErrorKind::OutcomeUnknown } else { self.kind(operation) };
        let details = self.into_details(key, scope);
        let hint = if unknown { Some(outcome_hint(operation)) } else { details.hint };
        Error::new(kind, Details { operation: Some(operation.id), attempts, may_have_been_sent, hint, ..details })
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

    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status(answer) => retry_after(&answer.headers, SystemTime::now()),
            _ => None,
        }
    }

    /// Whether the service answered, without telling what became of the call.
    fn hides_the_outcome(&self) -> bool {
        match self {
            Self::TooLarge(_) => true,
            Self::Status(answer) => answer.status.is_redirection(),
            _ => false,
        }
    }

    /// What an error says of it.
    fn into_details(self, key: Option<&Key>, scope: &Scope) -> Details {
        let mut details = Details { retry_after: self.retry_after(), ..Details::default() };
        match self {
            Self::Status(answer) => {
                let complaint = answer.complaint(key);
                details.status = Some(answer.effective_status());
                details.hint = settings_hint(answer.effective_status(), &complaint.message, scope);
                details.message = complaint.message;
                details.error_id = complaint.error_id;
                if answer.status.is_redirection() {
                    details.message = "the service redirects, which is not followed: the key would go along".to_owned();
                }
            }
            Self::NotSent(error) => {
                details.message = format!("no connection to the service: {}", cause(&error));
                details.source = Some(Box::new(error));
            }
            Self::Broken(error) => {
                details.message = format!("the connection broke before the whole answer was there: {}", cause(&error));
                details.source = Some(Box::new(error));
            }
            Self::TimedOut => details.message = "no whole answer in time".to_owned(),
            Self::TooLarge(limit) => {
                details.message = format!("the answer is larger than {limit} bytes");
                details.hint =
                    Some("allow more with `Zapmail::builder().body_limit(..)`, or ask for smaller pages".to_owned());
            }
        }
        details
    }

    pub fn name(&self) -> &'static str {
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
    match operation.verify_with {
        Some(verify_with) => {
            format!("it may have been carried out: do not repeat it before `{verify_with}` has shown what is there")
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
