//! What happens to every request: the checks in their order, the handler, the log.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, State as Shared};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use crate::access;
use crate::control;
use crate::envelope::{self, Answer, Refusal};
use crate::faults::{ANY, Fault, Faults, UnknownOperation, alter};
use crate::line::Line;
use crate::log::{LoggedRequest, RequestLog, Sent};
use crate::quota::{Bucket, Limiters};
use crate::request::{Query, Request};
use crate::routes::{Route, Routes};
use crate::settings::Settings;
use crate::state::State;
use crate::storage::Storage;

/// The largest body that is read, in bytes: some thousands of mailboxes.
const BODY_LIMIT: usize = 16 << 20;

/// Answers requests.
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

    /// The service as axum runs it. The document holds the routes, so axum has none.
    pub(crate) fn router(self: Arc<Self>) -> Router {
        Router::new().fallback(answer).with_state(self)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A handler that panicked has left the state as usable as any other.
        lock(&self.state)
    }

    /// Writes the state into its file, if it has one, on a thread that may block.
    pub(crate) async fn save(self: &Arc<Self>) -> io::Result<()> {
        if self.storage.is_none() {
            return Ok(());
        }
        let service = Arc::clone(self);
        let save = move || service.save_blocking();
        tokio::task::spawn_blocking(save).await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }

    /// Writes the state into its file, if it has one. Blocks until the file is written.
    pub(crate) fn save_blocking(&self) -> io::Result<()> {
        self.storage.as_ref().map_or(Ok(()), |storage| storage.save(self))
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

    /// The quota comes before everything else.
    fn admit(&self, route: &Route, parts: &Parts) -> Result<(), Refusal> {
        let bucket = route.found().map_or(Bucket::General, |operation| operation.bucket);
        let now = self.state().clock.now();
        lock(&self.limiters).of(access::check_key(&parts.headers).is_ok()).admit(bucket, now)
    }

    /// The checks that all requests go through, then the operation.
    fn carry_out(&self, route: &Route, parts: &Parts, body: Result<Bytes, Refusal>, fault: Option<&Fault>) -> Answer {
        access::check_key(&parts.headers)?;
        let operation = route.operation(parts.uri.path())?;
        let body = body?;
        let mut state = self.state();
        let now = state.clock.now();
        state.settle(now);
        let workspace = access::workspace(&parts.headers, &state)?;
        let query = Query::of(&parts.uri);
        operation.parameters.iter().try_for_each(|parameter| parameter.check(parts, &query))?;
        let body = operation.body.as_ref().map(|check| check.check(&body)).transpose()?.unwrap_or_default();
        let Some(handler) = operation.handler else { return operation.example() };
        let path_id = operation.path_id(parts.uri.path());
        let has_workspace_key = access::has_workspace_key(&parts.headers);
        let request = Request { workspace, has_workspace_key, path_id, query, body, now };
        let request = if fault == Some(&Fault::RepeatedPage) { request.for_first_page() } else { request };
        handler(&mut state, &request)
    }

    /// Saves what a request has changed. One that was carried out and cannot be kept is a failure.
    async fn keep(self: &Arc<Self>, route: &Route, status: StatusCode) -> Result<(), Refusal> {
        if !status.is_success() || route.found().is_none_or(|operation| operation.described.effect() == "read") {
            return Ok(());
        }
        let failure = |error: io::Error| Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string());
        self.save().await.map_err(failure)
    }

    fn write(&self, answer: Answer) -> Response {
        envelope::write(answer, || self.state().inventor.next_id())
    }

    /// Adds a request to the log. Without a status, the connection was closed without a response.
    fn note(&self, route: &Route, sent: &Sent<'_>, status: Option<StatusCode>) {
        let state = self.state();
        let workspace = access::workspace(&sent.parts.headers, &state).ok();
        let workspace = workspace.map(|key| state.workspace(key).id.to_string());
        let time = state.clock.now().to_system_time();
        drop(state);
        let request = LoggedRequest::new(route, sent, workspace, status, time);
        self.log().add(request, sent.body.map_or(0, Bytes::len));
    }

    /// The response to a request that came over this connection, which it may cut.
    pub(crate) async fn respond(self: &Arc<Self>, line: &Line, request: axum::extract::Request) -> Response {
        let (parts, body) = request.into_parts();
        if control::is_meant(parts.uri.path()) {
            return control::answer(self, line, &parts, read(body).await);
        }
        let route = self.routes.find(&parts.method, parts.uri.path());
        let id = route.found().map(|operation| operation.described.id);
        if self.faults().take_if(id, |fault| *fault == Fault::DropBeforeRequest).is_some() {
            self.note(&route, &Sent { parts: &parts, body: None }, None);
            return line.cut();
        }
        // Read before anything is decided: the next request on the connection starts where this body ends.
        let body = read(body).await;
        let bytes = body.as_ref().ok().cloned();
        let (response, fault) = match self.admit(&route, &parts) {
            Err(refusal) => (self.write(Err(refusal)), None),
            Ok(()) => {
                let fault = self.faults().take_if(id, |_| true);
                let carry_out = || self.carry_out(&route, &parts, body, fault.as_ref());
                let carried_out = || self.write(carry_out().map_err(|refusal| route.word(refusal)));
                (fault.as_ref().and_then(Fault::instead).unwrap_or_else(carried_out), fault)
            }
        };
        let response = match self.keep(&route, response.status()).await {
            Ok(()) => response,
            Err(refusal) => self.write(Err(refusal)),
        };
        let drops = fault == Some(Fault::DropAfterRequest);
        let sent = Sent { parts: &parts, body: bytes.as_ref() };
        self.note(&route, &sent, (!drops).then(|| response.status()));
        let wait = self.settings.latency.saturating_add(fault.as_ref().map(Fault::delay).unwrap_or_default());
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        match fault {
            Some(Fault::DropAfterRequest) => line.cut(),
            Some(fault) => self.spoil(&fault, &route, response).await,
            None => response,
        }
    }

    /// The answer as a fault leaves it.
    async fn spoil(&self, fault: &Fault, route: &Route, response: Response) -> Response {
        let schema = route.found().map(|operation| operation.schema(response.status()));
        alter(fault, response, self.routes.document, schema.unwrap_or_default()).await
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(
    Shared(service): Shared<Arc<Service>>,
    ConnectInfo(line): ConnectInfo<Line>,
    request: axum::extract::Request,
) -> Response {
    service.respond(&line, request).await
}

/// The whole body. When it breaks off instead of being too large, nobody is there to read the refusal.
async fn read(body: Body) -> Result<Bytes, Refusal> {
    let too_large = |_| Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, "Payload too large");
    to_bytes(body, BODY_LIMIT).await.map_err(too_large)
}
