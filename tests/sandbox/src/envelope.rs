//! What answers look like: the usual envelope, flat bodies, errors.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use uuid::Uuid;

/// What a handler answers.
pub(crate) type Answer = Result<Success, Refusal>;

/// The call did what it was asked for.
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
    /// A file; a download is the one answer that is no JSON.
    File {
        media_type: &'static str,
        text: &'static str,
    },
}

impl Success {
    /// Data in the usual envelope.
    pub(crate) fn data(message: &'static str, data: Value) -> Self {
        Self { status: StatusCode::OK, content: Content::Enveloped { message, data } }
    }

    /// The usual envelope around nothing.
    pub(crate) fn done(message: &'static str) -> Self {
        Self::data(message, Value::Null)
    }

    /// Data of a request that was accepted and queued.
    pub(crate) fn queued(message: &'static str, data: Value) -> Self {
        Self { status: StatusCode::ACCEPTED, ..Self::data(message, data) }
    }

    /// Data of a request of which a part is still in progress.
    pub(crate) fn in_progress(message: &'static str, data: Value) -> Self {
        Self { status: StatusCode::MULTI_STATUS, ..Self::data(message, data) }
    }

    /// A body without an envelope, as the wallet's operations answer.
    pub(crate) fn flat(body: Value) -> Self {
        Self { status: StatusCode::OK, content: Content::Flat(body) }
    }

    /// A body that is written down somewhere, envelope and all.
    pub(crate) fn verbatim(status: StatusCode, body: Value) -> Self {
        Self { status, content: Content::Flat(body) }
    }

    pub(crate) fn file(status: StatusCode, media_type: &'static str, text: &'static str) -> Self {
        Self { status, content: Content::File { media_type, text } }
    }
}

/// The call was refused, or failed.
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

    /// Refused by a rule.
    pub(crate) fn rule(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// Something that is not there, or not in this workspace.
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("{what} not found"))
    }

    /// A request that does not say what it has to say; the message names the part.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// Too early; to be tried again after a while.
    pub(crate) fn too_soon(message: impl Into<String>, retry_after: Duration) -> Self {
        Self { retry_after: Some(retry_after), ..Self::new(StatusCode::TOO_MANY_REQUESTS, message) }
    }

    /// A page that there cannot be (platform.md).
    pub(crate) fn paging() -> Self {
        Self::rule("Invalid pagination parameters")
    }

    /// The same as a rule, if it is a request that does not say what it has to say.
    pub(crate) fn into_rule(self) -> Self {
        match self.status {
            StatusCode::UNPROCESSABLE_ENTITY => Self { status: StatusCode::BAD_REQUEST, ..self },
            _ => self,
        }
    }

    /// The same as an error inside an answer with status 200, as the service sometimes sends it.
    pub(crate) fn inside_success(self, error_id: Uuid) -> Success {
        let body = json!({"status": self.status.as_u16(), "message": self.message, "errorId": error_id});
        Success::verbatim(StatusCode::OK, body)
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// The body that Zapbox answers for an unknown path or a wrong method: `{"error": ...}`.
    pub(crate) fn bare(status: StatusCode, message: &str) -> Self {
        Self { bare: true, ..Self::new(status, message) }
    }
}

/// Writes an answer. An error is quoted by its id, which the caller makes up.
pub(crate) fn write(answer: Answer, error_id: impl FnOnce() -> Uuid) -> Response {
    match answer {
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
            if let Some(wait) = retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
            }
            response
        }
    }
}

fn json_response(status: StatusCode, body: &Value) -> Response {
    let headers = [(header::CONTENT_TYPE, "application/json; charset=utf-8")];
    (status, headers, Body::from(body.to_string())).into_response()
}

/// Seconds of a wait, rounded up: who waits that long has waited long enough.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0))
}
