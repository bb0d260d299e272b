//! The processing of every request to the service: the checks in their order, the handler, the log.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::{Body, Bytes, to_bytes};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use crate::abortable_stream::ConnectionHandle;
use crate::access;
use crate::envelope::{self, HandlerResult, Refusal};
use crate::faults::{ANY, Fault, Faults, UnknownOperation, alter};
use crate::lock::lock;
use crate::log::{LoggedRequest, ReceivedRequest, RequestLog};
use crate::quota::{Bucket, Limiters};
use crate::request::{Query, Request};
use crate::routes::{Route, Routes};
use crate::settings::Settings;
use crate::state::State;
use crate::storage::Storage;

/// The maximum size of a request body, in bytes: enough for several thousand mailboxes.
const BODY_LIMIT: usize = 16 << 20;

/// The service: responds to requests.
#[derive(Debug)]
pub(crate) struct Service {
    routes: &'static Routes,
    settings: Settings,
    storage: Option<Storage>,
    state: Mutex<State>,
    log: Mutex<RequestLog>,
    limiters: Mutex<Limiters>,
    faults: Mutex<Faults>,
}

impl Service {
    pub(crate) fn new(routes: &'static Routes, state: State, storage: Option<Storage>, settings: Settings) -> Self {
        Self {
            routes,
            storage,
            state: Mutex::new(state),
            log: Mutex::default(),
            limiters: Mutex::new(Limiters::new(settings.quota)),
            settings,
            faults: Mutex::default(),
        }
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // The state stays usable after a handler panics.
        lock(&self.state)
    }

    /// Writes the state to its file, if there is one, on a thread for blocking operations.
    pub(crate) async fn save(self: &Arc<Self>) -> io::Result<()> {
        if self.storage.is_none() {
            return Ok(());
        }
        let service = Arc::clone(self);
        let save = move || service.save_blocking();
        tokio::task::spawn_blocking(save).await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    /// Writes the state to its file, if there is one. Blocks until the file is written.
    pub(crate) fn save_blocking(&self) -> io::Result<()> {
        self.storage.as_ref().map_or(Ok(()), |storage| storage.save(&self.state))
    }

    pub(crate) fn log(&self) -> MutexGuard<'_, RequestLog> {
        lock(&self.log)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    pub(crate) fn fail_next(&self, operation: &str, fault: Fault, times: usize) -> Result<(), UnknownOperation> {
        if operation != ANY && self.routes.operation(operation).is_none() {
            return Err(UnknownOperation(operation.to_owned()));
        }
        self.faults().add(operation, fault, times);
        Ok(())
    }

    /// Counts a request against its quotas, before any other check.
    fn admit(&self, route: &Route, parts: &Parts) -> Result<(), Refusal> {
        let bucket = route.operation().map_or(Bucket::General, |operation| operation.bucket);
        let now = self.state().clock.now();
        lock(&self.limiters).of(access::check_key(&parts.headers).is_ok()).admit(bucket, now)
    }

    /// Checks a request, and executes its operation.
    fn execute(
        &self,
        route: &Route,
        parts: &Parts,
        body: Result<Bytes, Refusal>,
        fault: Option<&Fault>,
    ) -> HandlerResult {
        access::check_key(&parts.headers)?;
        let operation = route.require_operation(parts.uri.path())?;
        let body = body?;
        let mut state = self.state();
        let now = state.clock.now();
        state.settle(now);
        let workspace = access::workspace(&parts.headers, &state)?;
        let query = Query::of(&parts.uri);
        operation.parameters.iter().try_for_each(|parameter| parameter.check(parts, &query))?;
        let body = operation.body.as_ref().map(|check| check.check(&body)).transpose()?.unwrap_or_default();
        if operation.is_zapbox() && !state.zapbox_consent {
            // No operation grants the consent, only `Sandbox::set_zapbox_consent` does.
            let message = "The account owner has not given consent to Zapbox";
            return Err(Refusal::new(StatusCode::FORBIDDEN, message));
        }
        let Some(handler) = operation.handler else { return operation.example(parts.uri.path()) };
        let path_id = operation.path_id(parts.uri.path());
        let has_workspace_key = access::has_workspace_key(&parts.headers);
        let request = Request { workspace, has_workspace_key, path_id, query, body, now };
        let request = if fault == Some(&Fault::RepeatedPage) { request.for_first_page() } else { request };
        handler(&mut state, &request)
    }

    /// Saves the state after a request that writes. If that fails, the request fails.
    async fn save_changes(self: &Arc<Self>, route: &Route, status: StatusCode) -> Result<(), Refusal> {
        if !status.is_success() || route.operation().is_none_or(|operation| operation.described.effect() == "read") {
            return Ok(());
        }
        let failure = |error: io::Error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string());
        self.save().await.map_err(failure)
    }

    fn write(&self, result: HandlerResult) -> Response {
        envelope::write(result, || self.state().id_generator.next_id())
    }

    /// Adds a request to the log. `status` is `None` if the connection was closed without a response.
    fn log_request(&self, route: &Route, received: &ReceivedRequest<'_>, status: Option<StatusCode>) {
        let state = self.state();
        let workspace = access::workspace(&received.parts.headers, &state).ok();
        let workspace = workspace.map(|key| state.workspace(key).id.to_string());
        let time = state.clock.now().to_system_time();
        drop(state);
        let request = LoggedRequest::new(route, received, workspace, status, time);
        self.log().add(request, received.body.map_or(0, Bytes::len));
    }

    /// Responds to a request to the service, or aborts its connection.
    pub(crate) async fn respond(
        self: &Arc<Self>,
        connection: &ConnectionHandle,
        request: axum::extract::Request,
    ) -> Response {
        let (parts, body) = request.into_parts();
        let route = self.routes.find(&parts.method, parts.uri.path());
        let id = route.operation().map(|operation| operation.described.id);
        if self.faults().take_if(id, |fault| *fault == Fault::DropBeforeRequest).is_some() {
            self.log_request(&route, &ReceivedRequest { parts: &parts, body: None }, None);
            return connection.abort();
        }
        // Read even if the request is refused: the next request on the connection starts after this body.
        let body = read_body(body).await;
        let bytes = body.as_ref().ok().cloned();
        let (response, fault) = match self.admit(&route, &parts) {
            Err(refusal) => (self.write(Err(refusal)), None),
            Ok(()) => {
                let fault = self.faults().take_if(id, |_| true);
                let execute = || self.execute(&route, &parts, body, fault.as_ref());
                let regular_response = || self.write(execute().map_err(|refusal| route.adapt_refusal(refusal)));
                (fault.as_ref().and_then(Fault::replacement_response).unwrap_or_else(regular_response), fault)
            }
        };
        let response = match self.save_changes(&route, response.status()).await {
            Ok(()) => response,
            Err(refusal) => self.write(Err(refusal)),
        };
        let is_dropped = fault == Some(Fault::DropAfterRequest);
        let received = ReceivedRequest { parts: &parts, body: bytes.as_ref() };
        self.log_request(&route, &received, (!is_dropped).then(|| response.status()));
        let delay = self.settings.latency.saturating_add(fault.as_ref().map(Fault::delay).unwrap_or_default());
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        match fault {
            Some(Fault::DropAfterRequest) => connection.abort(),
            Some(fault) => self.apply_fault(&fault, &route, response).await,
            None => response,
        }
    }

    /// Returns the response with a fault applied.
    async fn apply_fault(&self, fault: &Fault, route: &Route, response: Response) -> Response {
        let schema = route.operation().map(|operation| operation.schema(response.status()));
        alter(fault, response, self.routes.document, schema.unwrap_or_default()).await
    }
}

/// Reads the whole body. If it is incomplete instead of too large, the client is gone and does not receive the refusal.
pub(crate) async fn read_body(body: Body) -> Result<Bytes, Refusal> {
    let too_large = |_| Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "Payload too large");
    to_bytes(body, BODY_LIMIT).await.map_err(too_large)
}
