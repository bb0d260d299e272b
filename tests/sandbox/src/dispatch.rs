//! The entry point of all requests: passes each one to the controls or to the service.

use std::sync::Arc;

use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::response::Response;

use crate::abortable_stream::ConnectionHandle;
use crate::control;
use crate::service::Service;

/// Returns the router for axum. It has no routes, because the document defines them.
pub(crate) fn router(service: Arc<Service>) -> Router {
    Router::new().fallback(respond_over_http).with_state(service)
}

async fn respond_over_http(
    State(service): State<Arc<Service>>,
    ConnectInfo(connection): ConnectInfo<ConnectionHandle>,
    request: Request,
) -> Response {
    respond(&service, &connection, request).await
}

/// Responds to a request, or aborts its connection.
pub(crate) async fn respond(service: &Arc<Service>, connection: &ConnectionHandle, request: Request) -> Response {
    if control::is_control_path(request.uri().path()) {
        return control::respond(service, connection, request).await;
    }
    service.respond(connection, request).await
}
