//! What happens to every request: the checks in their order, the handler, the log.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State as Shared;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use crate::access;
use crate::envelope::{self, Answer, Refusal};
use crate::log::{LoggedRequest, RequestLog};
use crate::request::{Query, Request};
use crate::routes::{Route, Routes};
use crate::state::State;

/// The largest body that is read, in bytes: some thousands of mailboxes.
const BODY_LIMIT: usize = 16 << 20;

/// Answers requests.
#[derive(Debug)]
pub(crate) struct Service {
    routes: &'static Routes,
    state: Mutex<State>,
    log: Mutex<RequestLog>,
}

impl Service {
    pub(crate) fn new(routes: &'static Routes, state: State) -> Self {
        Self { routes, state: Mutex::new(state), log: Mutex::default() }
    }

    /// The service as axum runs it. The document holds the routes, so axum has none.
    pub(crate) fn router(self: Arc<Self>) -> Router {
        Router::new().fallback(answer).with_state(self)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A handler that panicked has left the state as usable as any other.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, RequestLog> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The checks that all requests go through, then the operation.
    fn carry_out(&self, route: &Route, parts: &Parts, body: Result<Bytes, Refusal>) -> Answer {
        access::check_key(&parts.headers)?;
        let operation = route.operation(parts.uri.path())?;
        let body = body?;
        let mut state = self.state();
        let workspace = access::workspace(&parts.headers, &state)?;
        let body = operation.body.as_ref().map(|check| check.check(&body)).transpose()?.unwrap_or_default();
        let Some(handler) = operation.handler else { return operation.example() };
        let now = state.clock.now();
        handler(&mut state, &Request { workspace, query: Query::of(&parts.uri), body, now })
    }
}

async fn answer(Shared(service): Shared<Arc<Service>>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let route = service.routes.find(&parts.method, parts.uri.path());
    // Read before anything is decided: the next request on the connection starts where this body ends.
    let body = read(body).await;
    let answer = service.carry_out(&route, &parts, body);
    let response = envelope::write(answer, || service.state().inventor.next_id());
    service.log().add(entry(&route, &parts, response.status()));
    response
}

/// The whole body. When it breaks off instead of being too large, nobody is there to read the refusal.
async fn read(body: Body) -> Result<Bytes, Refusal> {
    let too_large = |_| Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "Payload too large");
    to_bytes(body, BODY_LIMIT).await.map_err(too_large)
}

fn entry(route: &Route, parts: &Parts, status: StatusCode) -> LoggedRequest {
    let operation = match route {
        Route::Operation(operation) => Some(*operation),
        Route::WrongMethod | Route::UnknownPath => None,
    };
    let printable = |name: &String| operation.is_some_and(|operation| operation.printable_parameters.contains(name));
    let query = Query::of(&parts.uri).into_pairs().into_iter();
    LoggedRequest {
        operation: operation.map(|operation| operation.id.clone()),
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        query: query
            .map(|(name, value)| {
                let value = if printable(&name) { value } else { "[redacted]".to_owned() };
                (name, value)
            })
            .collect(),
        status: status.as_u16(),
    }
}
