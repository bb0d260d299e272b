//! Whether a response is a success, and if not, which error it is. The rule is that of [`report`](crate::report).

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};

use crate::clock;
use crate::credentials::Credentials;
use crate::error::{Error, ErrorKind, Result};
use crate::operations::{Effect, Operation};
use crate::report::{Reasons, Report};
use crate::response::BufferedResponse;

/// Longest message that is quoted, in characters.
const LONGEST_MESSAGE: usize = 200;

impl BufferedResponse {
    /// Returns the response if it is a success, else the error that it reports.
    ///
    /// Should the service quote the credentials of the request, they are removed from the error.
    ///
    /// # Errors
    ///
    /// The error that the service reports.
    pub fn into_success(mut self, operation: &'static Operation, credentials: Credentials<'_>) -> Result<Self> {
        if self.is_success {
            return Ok(self);
        }
        if self.status().is_success() {
            let report = Report::of(self.bytes(), Reasons::Skipped);
            if !report.is_error(operation) {
                report.check_data(operation, self.bytes()).map_err(|fault| self.undecodable(fault, operation))?;
                self.is_success = true;
                return Ok(self);
            }
        }
        Err(error(&self, &Report::of(self.bytes(), Reasons::Read), operation, credentials))
    }
}

/// The message of an envelope.
pub(crate) fn message(body: &[u8]) -> Option<String> {
    Report::of(body, Reasons::Read).message
}

fn error(
    response: &BufferedResponse,
    report: &Report,
    operation: &'static Operation,
    credentials: Credentials<'_>,
) -> Error {
    let http = response.status();
    let inside = report.error_status.filter(|_| http.is_success()).and_then(|status| StatusCode::from_u16(status).ok());
    let status = inside.unwrap_or(http);
    // Credentials are removed first: shortening could cut through them.
    let clean = |text: String| one_line(&credentials.redact(&text));
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
    if let Some(delay) = retry_after(response.headers()) {
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

/// `Retry-After`, as seconds or as a date. A date is compared with the response's `Date` header, because both come from the
/// service's clock and the local clock can be wrong.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let value = text(RETRY_AFTER)?;
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let now = text(DATE).and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or_else(clock::system_time);
    Some(httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default())
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
