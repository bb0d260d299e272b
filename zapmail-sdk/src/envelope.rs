//! What a response reports about itself: whether it is a success, and if not, which error it is.
//!
//! **The rule.** A response is a success if its HTTP status is 2xx and its body does not report an error. A body reports
//! an error if it is a JSON object with
//!
//! - a `status` or `statusCode` that is a number of at least 400, or the text of one;
//! - the `status` `error`, `fail` or `failed`, except in the bare body of a read, where it is the state of a job;
//! - `success` equal to `false`, or the text of it;
//! - a non-empty `error` without a 2xx `status`, `success: true` or `data`.
//!
//! If a key is there several times, each value counts. The rule is the same for all operations.

use std::time::{Duration, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use crate::api_key::ApiKey;
use crate::error::{Error, ErrorKind, Result};
use crate::operations::{Effect, Operation};
use crate::response::BufferedResponse;

/// Longest message that is quoted, in characters.
const LONGEST_MESSAGE: usize = 200;

impl BufferedResponse {
    /// Returns the response if it is a success, else the error that it reports.
    ///
    /// A transport that adds a key passes it, so that it is removed should the service quote it.
    ///
    /// # Errors
    ///
    /// The error that the service reports.
    pub fn into_success(mut self, operation: &'static Operation, key: Option<&ApiKey>) -> Result<Self> {
        if self.is_success {
            return Ok(self);
        }
        if self.status().is_success() && !Report::of(self.bytes(), Reasons::Skipped).is_error(operation) {
            self.is_success = true;
            return Ok(self);
        }
        Err(error(&self, &Report::of(self.bytes(), Reasons::Read), operation, key))
    }
}

/// The message of an envelope.
pub(crate) fn message(body: &[u8]) -> Option<String> {
    Report::of(body, Reasons::Read).message
}

/// The keys of a body that say how the request went.
#[derive(Debug, Default)]
struct Report {
    /// The first error status.
    error_status: Option<u16>,
    /// `success` is false.
    failed: bool,
    /// `status` is a word for failure.
    failed_in_words: bool,
    /// A 2xx status, `success: true` or data.
    succeeded: bool,
    message: Option<String>,
    error: Option<String>,
    error_id: Option<String>,
    is_object: bool,
}

impl Report {
    fn of(body: &[u8], reasons: Reasons) -> Self {
        serde_json::Deserializer::from_slice(body).deserialize_any(ReportVisitor(reasons)).unwrap_or_default()
    }

    fn is_error(&self, operation: &Operation) -> bool {
        let is_job_state = operation.effect == Effect::Read && operation.data.is_none();
        self.error_status.is_some()
            || self.failed
            || (self.failed_in_words && !is_job_state)
            || (self.error.is_some() && !self.succeeded)
    }

    fn note_status(&mut self, value: &Value) {
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        // Saturates, so that a number that is not a status stays out of the range of statuses.
        match number.map(|number| number as u16) {
            Some(status @ 400..=999) => self.error_status = self.error_status.or(Some(status)),
            Some(1000..) => self.failed = true,
            Some(200..=299) => self.succeeded = true,
            Some(_) => {}
            None => {
                let word = value.as_str().unwrap_or_default().trim().to_ascii_lowercase();
                self.failed_in_words |= ["error", "fail", "failed"].contains(&word.as_str());
            }
        }
    }

    fn note_success(&mut self, value: &Value) {
        match value {
            Value::Bool(true) => self.succeeded = true,
            Value::Bool(false) => self.failed = true,
            Value::String(text) if text.trim().eq_ignore_ascii_case("false") => self.failed = true,
            Value::String(text) if text.trim().eq_ignore_ascii_case("true") => self.succeeded = true,
            _ => {}
        }
    }
}

/// Whether message and error id are read. A success needs neither, and nearly every response is one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reasons {
    Read,
    Skipped,
}

struct ReportVisitor(Reasons);

impl<'de> Visitor<'de> for ReportVisitor {
    type Value = Report;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Report, A::Error> {
        let mut report = Report { is_object: true, ..Report::default() };
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            match &*key {
                "message" | "errorId" if self.0 == Reasons::Skipped => _ = map.next_value::<IgnoredAny>()?,
                "status" | "statusCode" => report.note_status(&map.next_value()?),
                "success" => report.note_success(&map.next_value()?),
                "message" => report.message = reason(&map.next_value()?).or(report.message),
                "error" => report.error = reason(&map.next_value()?).or(report.error),
                "errorId" => {
                    report.error_id = match map.next_value()? {
                        Value::String(id) => Some(id),
                        Value::Number(id) => Some(id.to_string()),
                        _ => report.error_id,
                    }
                }
                "data" => report.succeeded |= map.next_value::<Option<IgnoredAny>>()?.is_some(),
                _ => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(report)
    }
}

/// A reason that is text, or a list of texts.
fn reason(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Array(reasons) => {
            let reasons: Vec<_> = reasons.iter().filter_map(Value::as_str).collect();
            (!reasons.is_empty()).then(|| reasons.join(", "))
        }
        Value::Object(object) => object.get("message").and_then(Value::as_str).map(str::to_owned),
        _ => None,
    }
}

fn error(response: &BufferedResponse, report: &Report, operation: &'static Operation, key: Option<&ApiKey>) -> Error {
    let http = response.status();
    let inside = report.error_status.filter(|_| http.is_success()).and_then(|status| StatusCode::from_u16(status).ok());
    let status = inside.unwrap_or(http);
    // The key is removed first: shortening could cut through it.
    let clean = |text: String| one_line(&key.map_or(text.clone(), |key| key.redact(&text)));
    let said = report.message.clone().or_else(|| report.error.clone());
    let said =
        said.or_else(|| if report.is_object { None } else { foreign_text(response.headers(), response.bytes()) });
    let message = clean(said.unwrap_or_else(|| "the service returned no error message".to_owned()));
    let message = if http.is_redirection() {
        format!(
            "unexpected redirect (HTTP {}); redirects are not followed, to avoid sending the API key to another host",
            http.as_u16()
        )
    } else {
        message
    };
    let mut error = Error::new(kind(status, &message, operation), message)
        .with_response(status, response.headers().clone(), response.bytes().clone())
        .with_error_id(report.error_id.clone().map(clean))
        .with_attempts(response.attempts())
        // A 429 of the HTTP status comes from the limiter in front of the service. One inside a body comes from further in,
        // where something may have been done already.
        .with_may_have_been_processed(http != StatusCode::TOO_MANY_REQUESTS);
    if status == StatusCode::UNAUTHORIZED {
        error = error.with_hint("check `api_key` (ZAPMAIL_API_KEY)");
    }
    if let Some(delay) = retry_after(response.headers(), SystemTime::now()) {
        error = error.with_retry_after(delay);
    }
    error.with_operation(operation)
}

fn kind(status: StatusCode, message: &str, operation: &Operation) -> ErrorKind {
    if operation.id == "get_authenticator_code" && status == StatusCode::BAD_REQUEST {
        // Two refusals that a program distinguishes; the texts are documented.
        let message = message.to_ascii_lowercase();
        if message.contains("2fa not set") {
            return ErrorKind::NoSecondFactor;
        }
        if message.contains("domain id only for ms") {
            return ErrorKind::NotMicrosoft;
        }
    }
    match status.as_u16() {
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

/// Whether an error leaves the outcome of an operation unknown, so that it must not be sent again.
pub(crate) fn is_ambiguous(kind: ErrorKind, status: Option<StatusCode>, operation: &Operation) -> bool {
    match kind {
        ErrorKind::Connection | ErrorKind::RateLimited | ErrorKind::Server | ErrorKind::Timeout => {
            !operation.is_safe_to_retry()
        }
        ErrorKind::Decode | ErrorKind::TooLarge => operation.effect == Effect::Spend,
        // A refusal of an unusual status is still a refusal; 499 is what proxies report of a connection that was closed.
        ErrorKind::Unexpected => {
            operation.effect == Effect::Spend && !status.is_some_and(|status| (400..499).contains(&status.as_u16()))
        }
        _ => false,
    }
}

/// `Retry-After`, as seconds or as a date.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default()),
    }
}

/// The text of a body that is not JSON, such as a proxy's page. Text that looks like JSON is not quoted: it is garbled
/// and may contain credentials.
fn foreign_text(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    // Enough for a page's title and text, and little to search.
    let text = String::from_utf8_lossy(body.get(..8192).unwrap_or(body));
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let looks_like_json = text.contains(['{', '[', '"']) && !text.trim_start().starts_with('<');
    if !text.is_empty() && (content_type.contains("json") || looks_like_json) {
        return Some("the response body is not valid JSON".to_owned());
    }
    let text = without_tags(&text);
    (!text.is_empty()).then_some(text)
}

/// The text on one line, shortened. Control characters could control a terminal.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    let words = text.split(|character: char| character.is_whitespace() || character.is_control());
    for word in words.filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().take(LONGEST_MESSAGE + 1));
        if let Some((end, _)) = line.char_indices().nth(LONGEST_MESSAGE) {
            line.truncate(end);
            line.push_str("...");
            break;
        }
    }
    line
}

/// The text of an HTML page.
fn without_tags(html: &str) -> String {
    let mut text = String::new();
    let mut in_tag = false;
    for character in html.chars() {
        match character {
            '<' => in_tag = true,
            '>' => {
                in_tag = false;
                text.push(' ');
            }
            _ if !in_tag => text.push(character),
            _ => {}
        }
    }
    text.trim().to_owned()
}
