//! The envelope of a response: decides whether the response is a success, and otherwise builds its error. The rule is
//! described in [`report`](crate::report).

use std::time::Duration;

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};

use crate::clock;
use crate::credentials::Credentials;
use crate::error::{Error, ErrorKind, Result};
use crate::operations::Operation;
use crate::report::{Reasons, Report};
use crate::response::BufferedResponse;

/// Maximum length of a message that is quoted, in characters.
const MAX_MESSAGE_LENGTH: usize = 200;

impl BufferedResponse {
    /// Returns the response if it is a success, and otherwise the error that it reports.
    ///
    /// If the service quotes credentials of the request, they are removed from the error.
    ///
    /// # Errors
    ///
    /// The error that the response reports.
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

fn error(
    response: &BufferedResponse,
    report: &Report,
    operation: &'static Operation,
    credentials: Credentials<'_>,
) -> Error {
    let http = response.status();
    let in_body =
        report.error_status.filter(|_| http.is_success()).and_then(|status| StatusCode::from_u16(status).ok());
    let status = in_body.unwrap_or(http);
    // Remove credentials before truncating, which could cut through them.
    let clean = |text: String| one_line(&credentials.redact(&text));
    let reason = report.message.clone().or_else(|| report.error.clone());
    let reason =
        reason.or_else(|| if report.is_object { None } else { non_json_text(response.headers(), response.bytes()) });
    let message = clean(reason.unwrap_or_else(|| "the service returned no error message".to_owned()));
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
        // A 429 as the HTTP status comes from the rate limiter in front of the service. A 429 in the body comes from
        // the service itself, which may already have processed part of the request.
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
        // Two errors that programs must be able to distinguish. Their messages are documented.
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

/// Reads `Retry-After`, in seconds or as a date. A date is compared with the response's `Date` header, because both
/// come from the service's clock, and the local clock can be wrong.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let value = text(RETRY_AFTER)?;
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let now = text(DATE).and_then(|date| httpdate::parse_http_date(date).ok()).unwrap_or_else(clock::system_time);
    Some(httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default())
}

/// Returns the text of a body that is not JSON, such as a proxy's error page. Text that looks like JSON is not quoted,
/// because it is garbled and may contain credentials.
fn non_json_text(headers: &HeaderMap, body: &[u8]) -> Option<String> {
    // Enough for the title and text of a page, and cheap to search.
    let text = String::from_utf8_lossy(body.get(..8192).unwrap_or(body));
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let looks_like_json = text.contains(['{', '[', '"']) && !text.trim_start().starts_with('<');
    if !text.is_empty() && (content_type.contains("json") || looks_like_json) {
        return Some("the response body is not valid JSON".to_owned());
    }
    let text = without_tags(&text);
    (!text.is_empty()).then_some(text)
}

/// Returns a text on one line, truncated and without control characters, which could manipulate a terminal.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    let words = text.split(|character: char| character.is_whitespace() || character.is_control());
    for word in words.filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().take(MAX_MESSAGE_LENGTH + 1));
        if let Some((end, _)) = line.char_indices().nth(MAX_MESSAGE_LENGTH) {
            line.truncate(end);
            line.push_str("...");
            break;
        }
    }
    line
}

/// Returns the text of an HTML page without its tags.
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
