//! Requests with any method and path, sent under all policies.

use std::fmt;

use percent_encoding::percent_decode_str;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Request};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zapmail_sdk::operations::{self, Effect};
use zapmail_sdk::{BufferedResponse, Client, Error, ErrorKind, Operation, Response, Result};

/// A builder for a request with any method and path; see [`Zapmail::request`](crate::Zapmail::request).
///
/// If the API document describes the path, the effect, idempotency and rate limits of that operation apply. Otherwise,
/// [`effect`](Self::effect) declares the effect; without it, a GET counts as a read and any other method as spending.
#[must_use = "nothing is sent before `send()`"]
pub struct RequestBuilder {
    client: Client,
    method: Method,
    path: String,
    effect: Option<Effect>,
    idempotent: bool,
    query: Vec<(String, String)>,
    body: Option<Result<Vec<u8>>>,
}

impl RequestBuilder {
    pub(crate) fn new(client: Client, method: Method, path: String) -> Self {
        Self { client, method, path, effect: None, idempotent: false, query: Vec::new(), body: None }
    }

    /// Declares what the request does to the account, for a path that the document does not describe.
    pub fn effect(self, effect: Effect) -> Self {
        Self { effect: Some(effect), ..self }
    }

    /// Declares whether sending the request twice has the same result as sending it once, so that an ambiguous attempt
    /// is retried. Defaults to `false`. A request that spends is never retried after an ambiguous attempt.
    pub fn idempotent(self, idempotent: bool) -> Self {
        Self { idempotent, ..self }
    }

    /// Adds a query parameter.
    pub fn query(mut self, name: impl Into<String>, value: impl fmt::Display) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    /// Sets the body, as JSON.
    pub fn json(self, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).map_err(|_| {
            Error::new(ErrorKind::Invalid, "`json` cannot be serialized as JSON; check the keys of its maps")
        });
        Self { body: Some(body), ..self }
    }

    /// Sends the request and returns the decoded response body, including its envelope. Dropping the future cancels the
    /// call, but a request that was already sent may still be processed.
    ///
    /// # Errors
    ///
    /// Any [`ErrorKind`]. If it is [`ErrorKind::Invalid`] without a status, nothing was sent.
    pub async fn send<T: DeserializeOwned>(self) -> Result<T> {
        let (response, operation) = self.exchange().await?;
        response.decode(operation)
    }

    /// Sends the request and returns the decoded response body with the status and headers of the response.
    ///
    /// # Errors
    ///
    /// The errors of [`send`](Self::send).
    pub async fn send_with_response<T: DeserializeOwned>(self) -> Result<Response<T>> {
        let (response, operation) = self.exchange().await?;
        Ok(Response::new(response.decode(operation)?, response))
    }

    /// Sends the request and returns the response without decoding it, for example for a file.
    ///
    /// # Errors
    ///
    /// The errors of [`send`](Self::send).
    pub async fn send_raw(self) -> Result<BufferedResponse> {
        self.exchange().await.map(|(response, _)| response)
    }

    /// Builds the request without sending it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if the path or the body is invalid.
    pub fn prepare(self) -> Result<Request> {
        let operation = self.operation();
        let mut request = self.client.request(self.method, &self.path)?;
        if !self.query.is_empty() {
            request.url_mut().query_pairs_mut().extend_pairs(self.query);
        }
        if let Some(body) = self.body {
            *request.body_mut() = Some(body?.into());
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        operation.check(&request)?;
        Ok(request)
    }

    async fn exchange(self) -> Result<(BufferedResponse, &'static Operation)> {
        let operation = self.operation();
        let client = self.client.clone();
        let request = self.prepare().map_err(|error| error.with_operation(operation))?;
        Ok((client.exchange(request, operation).await?, operation))
    }

    /// Returns the operation that the API document describes for this path, or one with the declared effect.
    pub fn operation(&self) -> &'static Operation {
        let path = self.path.split(['?', '#']).next().unwrap_or_default();
        // The service decodes `%75` to `u`, so a percent-encoded path of a purchase is also a purchase.
        let path = percent_decode_str(path).decode_utf8_lossy();
        operations::find_by_path(self.method.as_str(), &path).unwrap_or_else(|| {
            let undeclared = if self.method == Method::GET { Effect::Read } else { Effect::Spend };
            Operation::undocumented(self.effect.unwrap_or(undeclared), self.idempotent)
        })
    }
}

impl fmt::Debug for RequestBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RequestBuilder")
            .field("method", &self.method)
            .field("operation", &self.operation().id)
            .finish_non_exhaustive()
    }
}
