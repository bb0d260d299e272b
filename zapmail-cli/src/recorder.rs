//! The recorder of a dry run: a transport that records requests instead of sending them.

use std::future::{Future, ready};
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use zapmail_sdk_ext::reqwest::Request;
use zapmail_sdk_ext::{BufferedResponse, Error, ErrorKind, Operation, Result, Transport};

use crate::document::document;
use crate::output::{Rows, masked};

/// A transport that records requests instead of sending them.
#[derive(Debug, Clone, Default)]
pub struct Recorder(Arc<Mutex<Vec<Recorded>>>);

/// A recorded request.
#[derive(Debug, Clone)]
pub struct Recorded {
    operation: &'static Operation,
    method: String,
    url: String,
    body: Option<Value>,
}

impl Transport for Recorder {
    fn send<'a>(
        &'a self,
        request: Request,
        operation: &'static Operation,
    ) -> Pin<Box<dyn Future<Output = Result<BufferedResponse>> + Send + 'a>> {
        if let Ok(mut requests) = self.0.lock() {
            requests.push(Recorded::new(&request, operation));
        }
        Box::pin(ready(Err(Error::new(ErrorKind::Unexpected, "not sent, because this is a dry run"))))
    }
}

impl Recorder {
    /// Returns the recorded requests, with their credentials if `reveal` is set.
    pub fn rows(&self, reveal: bool) -> Rows {
        let requests = self.0.lock().map(|requests| requests.clone()).unwrap_or_default();
        Rows::new(requests.iter().map(|request| request.row(reveal)).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.lock().is_ok_and(|requests| requests.is_empty())
    }
}

impl Recorded {
    pub fn new(request: &Request, operation: &'static Operation) -> Self {
        let body = request.body().and_then(|body| body.as_bytes());
        Self {
            operation,
            method: request.method().to_string(),
            url: request.url().to_string(),
            body: body.and_then(|body| serde_json::from_slice(body).ok()),
        }
    }

    /// Returns the request as a row, with its credentials if `reveal` is set.
    pub fn row(&self, reveal: bool) -> Value {
        let mut row = json!({"method": self.method, "url": self.url});
        if let Some(operation) = document().and_then(|document| document.operation(self.operation.id)) {
            row["effect"] = operation.effect().into();
        }
        if let Some(body) = &self.body {
            row["body"] = if reveal { body.clone() } else { without_credentials(self.operation.id, body) };
        }
        row
    }
}

/// Returns the body of a request with its credentials masked, as the operation with this id describes them.
pub fn without_credentials(operation: &str, body: &Value) -> Value {
    let Some(document) = document() else { return Value::Null };
    let schema = document.operation(operation).and_then(|operation| operation.body_schema());
    masked(document, schema, body)
}
