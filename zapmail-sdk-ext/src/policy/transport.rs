//! The policies of a client as a whole: `carry_out` for calls, `Transport` for raw ones.

use std::fmt;
use std::sync::Arc;

use futures::future::BoxFuture;
use http::StatusCode;
use reqwest::{Request, Response};
use tokio::time::Instant;
use tracing::Instrument;
use zapmail_sdk::{ClientInfo, Operation, Transport};

use super::answer::{Answer, local_response};
use super::attempt::attempt;
use super::fault::Circumstances;
use super::headers::{Key, Scope};
use super::limiter::Limiter;
use super::retry::Retries;
use super::run::Run;
use super::spending::Spending;
use super::timeouts::Timeouts;
use crate::error::{Error, ErrorKind};

/// The settings of a client that its clones and scopes share.
#[derive(Debug)]
pub(crate) struct Rules {
    pub key: Key,
    pub limiter: Limiter,
    pub retries: Retries,
    pub spending: Spending,
    pub timeouts: Timeouts,
    /// Largest answer, in bytes.
    pub body_limit: usize,
}

/// The rules, for the calls of one scope.
#[derive(Clone)]
pub(crate) struct Policy {
    pub rules: Arc<Rules>,
    pub scope: Scope,
}

/// An answer that is a success, and what a call wants to know of its making.
#[derive(Debug)]
pub struct Answered {
    pub answer: Answer,
    /// Requests that were sent, or tried to be.
    pub attempts: u32,
    /// When the last one was sent.
    pub sent_at: Instant,
}

impl fmt::Debug for Policy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Policy").field("rules", &self.rules).field("scope", &self.scope.id()).finish()
    }
}

impl Policy {
    /// Takes a request through all policies.
    ///
    /// The future is boxed, once: it is large, and would be copied from each caller's future to the next.
    pub fn carry_out<'a>(
        &'a self,
        http: &'a reqwest::Client,
        mut request: Request,
        operation: &'static Operation,
    ) -> BoxFuture<'a, Result<Answered, Error>> {
        let span = tracing::info_span!(
            "zapmail.call",
            operation = operation.id,
            method = operation.method,
            path = operation.path,
            attempt = tracing::field::Empty,
            status = tracing::field::Empty,
            waited_ms = tracing::field::Empty,
            sent_ms = tracing::field::Empty,
        );
        let recorded = span.clone();
        let admitted = self.admit(&mut request, operation);
        let mut run = Run::new(self, http, operation, request);
        let call = async move {
            admitted?;
            run.finish(&recorded).await
        };
        Box::pin(call.instrument(span))
    }

    /// What is decided before anything is sent.
    fn admit(&self, request: &mut Request, operation: &Operation) -> Result<(), Error> {
        self.rules.spending.admit(operation)?;
        self.scope.apply(&self.rules.key, request, operation)
    }
}

/// The way of a raw call, whose answer goes on to progenitor's code.
impl Transport for Policy {
    fn send<'a>(
        &'a self,
        http: &'a reqwest::Client,
        request: Request,
        operation: &'static Operation,
    ) -> BoxFuture<'a, reqwest::Result<Response>> {
        Box::pin(async move {
            Ok(match self.carry_out(http, request, operation).await {
                Ok(answered) => answered.answer.into_response(),
                Err(error) => {
                    let status = error.status().and_then(|status| StatusCode::from_u16(status).ok());
                    local_response(status_for_raw_calls(status, error.kind()), error.message(), error.error_id())
                }
            })
        })
    }
}

/// A raw call sees a failure of this side as an error of the API, with the status that comes nearest.
fn status_for_raw_calls(status: Option<StatusCode>, kind: ErrorKind) -> StatusCode {
    match (status, kind) {
        (Some(status), _) if status.is_client_error() || status.is_server_error() => status,
        (_, ErrorKind::Config | ErrorKind::Refused) => StatusCode::BAD_REQUEST,
        (_, ErrorKind::Timeout) => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::BAD_GATEWAY,
    }
}

/// The call of a raw client that somebody gave another transport than [`Policy`]: sent once, as that transport does it.
pub(crate) async fn send_once(
    client: &zapmail_sdk::Client,
    request: Request,
    operation: &'static Operation,
) -> Result<Answered, Error> {
    let sent_at = Instant::now();
    let sending = client.inner().send(client.client(), request, operation);
    match attempt(sending, usize::MAX).await {
        Ok(answer) => Ok(Answered { answer, attempts: 1, sent_at }),
        Err(fault) => {
            let may_have_been_sent = fault.happened().may_have_been_sent();
            let scope = &Scope::Primary;
            Err(fault.into_error(Circumstances { operation, attempts: 1, may_have_been_sent, key: None, scope }))
        }
    }
}
