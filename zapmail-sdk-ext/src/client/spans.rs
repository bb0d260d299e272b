//! Tracing spans: one per call and one per attempt, with OpenTelemetry's field names in addition to ours.
//!
//! They contain no values of requests or responses, and no headers.

use reqwest::Method;
use tracing::field::{Empty, debug};
use tracing::{Span, info_span};
use zapmail_sdk::{BufferedResponse, Operation, Result};

/// Creates the span of a call. Its empty fields are recorded when the call ends.
pub(super) fn call(operation: &Operation, method: &Method, workspace: Option<&str>) -> Span {
    info_span!(
        "zapmail.call",
        otel.name = operation.id,
        otel.status_code = Empty,
        operation = operation.id,
        workspace,
        method = %method,
        path = operation.path,
        attempt = Empty,
        status = Empty,
        waited_ms = Empty,
        sent_ms = Empty,
        error.type = Empty,
    )
}

/// Creates the span of an attempt, within the span of its call.
pub(super) fn attempt(operation: &Operation, method: &Method, number: u32) -> Span {
    info_span!(
        "zapmail.attempt",
        otel.name = format_args!("{method} {}", operation.path),
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = %method,
        url.template = operation.path,
        http.request.resend_count = number.checked_sub(2).map(|previous| previous + 1),
        http.response.status_code = Empty,
        error.type = Empty,
    )
}

/// Records how a call or an attempt ended.
pub(super) fn record(span: &Span, status_name: &str, outcome: &Result<BufferedResponse>) {
    if span.is_disabled() {
        return;
    }
    let status = match outcome {
        Ok(response) => Some(response.status().as_u16()),
        Err(error) => error.status(),
    };
    if let Some(status) = status {
        span.record(status_name, status);
    }
    if let Err(error) = outcome {
        span.record("error.type", debug(error.kind()));
        span.record("otel.status_code", "ERROR");
    }
}
