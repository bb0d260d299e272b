//! The form of responses: the usual envelope, flat bodies, errors.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use uuid::Uuid;

/// The result of a handler.
pub(crate) type HandlerResult = Result<Success, Refusal>;

/// A successful response.
#[derive(Debug)]
pub(crate) struct Success {
    status: StatusCode,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Enveloped {
        message: &'static str,
        data: Value,
    },
    Flat(Value),
    /// A file; a download is the only response that is not JSON.
    File {
        media_type: &'static str,
        text: &'static str,
    },
}

impl Success {
    /// Returns data in the usual envelope.
    pub(crate) fn data(message: &'static str, data: Value) -> Self {
        Self { status: StatusCode::OK, content: Content::Enveloped { message, data } }
    }

    /// Returns the usual envelope without data.
    pub(crate) fn done(message: &'static str) -> Self {
        Self::data(message, Value::Null)
    }

    /// Returns the data of a request that was accepted and queued.
    pub(crate) fn queued(message: &'static str, data: Value) -> Self {
        Self { status: StatusCode::ACCEPTED, ..Self::data(message, data) }
    }

    /// Returns the data of a request that is partly still in progress.
    pub(crate) fn in_progress(message: &'static str, data: Value) -> Self {
        Self { status: StatusCode::MULTI_STATUS, ..Self::data(message, data) }
    }

    /// Returns a body without an envelope, as the wallet's operations do.
    pub(crate) fn flat(body: Value) -> Self {
        Self { status: StatusCode::OK, content: Content::Flat(body) }
    }

    /// Returns a complete body, including its envelope, unchanged.
    pub(crate) fn verbatim(status: StatusCode, body: Value) -> Self {
        Self { status, content: Content::Flat(body) }
    }

    pub(crate) fn file(status: StatusCode, media_type: &'static str, text: &'static str) -> Self {
        Self { status, content: Content::File { media_type, text } }
    }
}

/// An error response: the request was refused, or failed.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    message: String,
    retry_after: Option<Duration>,
    bare: bool,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), retry_after: None, bare: false }
    }

    /// A request that a rule of the service refuses (400).
    pub(crate) fn rule(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// A resource that does not exist, or is not in this workspace (404).
    pub(crate) fn not_found(resource: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("{resource} not found"))
    }

    /// An invalid request (422); the message names the invalid part.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// A request that arrived too early (429), and can be retried after `retry_after`.
    pub(crate) fn too_soon(message: impl Into<String>, retry_after: Duration) -> Self {
        Self { retry_after: Some(retry_after), ..Self::new(StatusCode::TOO_MANY_REQUESTS, message) }
    }

    /// An invalid page number or page size (platform.md).
    pub(crate) fn paging() -> Self {
        Self::rule("Invalid pagination parameters")
    }

    /// Changes the status of an invalid request from 422 to 400.
    pub(crate) fn into_rule(self) -> Self {
        match self.status {
            StatusCode::UNPROCESSABLE_ENTITY => Self { status: StatusCode::BAD_REQUEST, ..self },
            _ => self,
        }
    }

    /// Returns the error inside a response with status 200, as the service sometimes sends it.
    pub(crate) fn inside_success(self, error_id: Uuid) -> Success {
        let body = json!({"status": self.status.as_u16(), "message": self.message, "errorId": error_id});
        Success::verbatim(StatusCode::OK, body)
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Zapbox's response for an unknown path or a wrong method: the body `{"error": ...}`.
    pub(crate) fn bare(status: StatusCode, message: &str) -> Self {
        Self { bare: true, ..Self::new(status, message) }
    }
}

/// Converts a result to a response. `error_id` generates the id of an error.
pub(crate) fn write(result: HandlerResult, error_id: impl FnOnce() -> Uuid) -> Response {
    match result {
        Ok(Success { status, content }) => match content {
            Content::Enveloped { message, data } => {
                json_response(status, &json!({"status": status.as_u16(), "message": message, "data": data}))
            }
            Content::Flat(body) => json_response(status, &body),
            Content::File { media_type, text } => (status, [(header::CONTENT_TYPE, media_type)], text).into_response(),
        },
        Err(Refusal { status, message, retry_after, bare }) => {
            let body = if bare {
                json!({"error": message})
            } else {
                json!({"status": status.as_u16(), "message": message, "errorId": error_id()})
            };
            let mut response = json_response(status, &body);
            if let Some(delay) = retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(delay)));
            }
            response
        }
    }
}

fn json_response(status: StatusCode, body: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    (status, headers, Body::from(body.to_string())).into_response()
}

/// Returns a delay in whole seconds, rounded up so that a retry after it is not too early.
pub(crate) fn whole_seconds(delay: Duration) -> u64 {
    delay.as_secs().saturating_add(u64::from(delay.subsec_nanos() > 0))
}
