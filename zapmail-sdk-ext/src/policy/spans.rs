//! Spans: one per call, and one per attempt, with the names of OpenTelemetry beside ours.
//!
//! They contain no value of a request or a response, and no header.

use reqwest::Method;
use tracing::field::{Empty, debug};
use tracing::{Span, info_span};
use zapmail_sdk::{BufferedResponse, Operation, Result};

/// The span of a call. What is empty is recorded when it ends.
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

/// The span of an attempt, within that of its call.
pub(super) fn attempt(operation: &Operation, method: &Method, number: u32) -> Span {
    info_span!(
        "zapmail.attempt",
        otel.name = format_args!("{method} {}", operation.path),
        otel.kind = "client",
        otel.status_code = Empty,
        http.request.method = %method,
        url.template = operation.path,
        http.request.resend_count = number.checked_sub(2).map(|before| before + 1),
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
