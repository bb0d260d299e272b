//! The controls of the sandbox: requests to `/_sandbox/`.
//!
//! They need no key, count against no quota, are not logged and are not affected by faults. They are accepted from this
//! machine only. Routing, the list of controls and the refusals are derived from the table [`CONTROLS`].

mod call;
mod consent;
mod events;
mod faults;
mod list;
mod record;
mod time;

use axum::extract::Request;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use crate::abortable_stream::ConnectionHandle;
use crate::envelope::{self, HandlerResult, Refusal};
use crate::request::Query;
use crate::service::{Service, read_body};
use call::Call;

/// The common prefix of the controls' paths.
pub(crate) const BASE_PATH: &str = "/_sandbox";

/// One request that controls the sandbox.
struct Control {
    method: &'static str,
    /// The path after `/_sandbox/`.
    path: &'static str,
    /// The effect of the request, in one sentence.
    summary: &'static str,
    handler: fn(&Call<'_>) -> HandlerResult,
}

/// All controls. The README also lists them; a test compares the two lists.
const CONTROLS: &[Control] = &[
    get("", "Lists the controls.", list::list),
    get("workspaces", "Returns the workspaces, the primary one first.", record::workspaces),
    get("now", "Returns the sandbox's time.", time::now),
    post("advance", r#"Advances the sandbox's time: `{"seconds": 120}`."#, time::advance),
    post(
        "faults",
        r#"Adds faults: `{"operation": "get_user", "fault": {"kind": "cut_body"}, "times": 2}`."#,
        faults::add,
    ),
    delete("faults", "Removes the faults that have not been applied yet.", faults::clear),
    get("requests", "Returns the requests so far; `?operation=get_user` selects one operation.", record::requests),
    get("request-counts", "Returns the number of requests for each operation.", record::request_counts),
    get("ledger", "Returns the charges so far.", record::ledger),
    get("exports", "Returns the exports so far, each with its mailboxes.", record::exports),
    post(
        "deliver",
        r#"Sends a webhook event: `{"type": "export.completed", "data": {"export_id": 10421}}`."#,
        events::deliver,
    ),
    get("deliveries", "Returns the attempts to deliver webhook events so far.", events::deliveries),
    put("zapbox-consent", r#"Grants or revokes the consent to Zapbox: `{"given": false}`."#, consent::set),
];

const fn get(path: &'static str, summary: &'static str, handler: fn(&Call<'_>) -> HandlerResult) -> Control {
    Control { method: "GET", path, summary, handler }
}

const fn post(path: &'static str, summary: &'static str, handler: fn(&Call<'_>) -> HandlerResult) -> Control {
    Control { method: "POST", path, summary, handler }
}

const fn put(path: &'static str, summary: &'static str, handler: fn(&Call<'_>) -> HandlerResult) -> Control {
    Control { method: "PUT", path, summary, handler }
}

const fn delete(path: &'static str, summary: &'static str, handler: fn(&Call<'_>) -> HandlerResult) -> Control {
    Control { method: "DELETE", path, summary, handler }
}

/// Whether a path addresses the sandbox itself rather than the service.
pub(crate) fn is_control_path(path: &str) -> bool {
    path.strip_prefix(BASE_PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Responds to a request that controls the sandbox.
pub(crate) async fn respond(service: &Service, connection: &ConnectionHandle, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    // Read even if the request is refused: the next request on the connection starts after this body.
    let body = read_body(body).await;
    let result = if connection.is_local() {
        body.and_then(|body| dispatch(service, &parts, &body))
    } else {
        Err(Refusal::new(StatusCode::FORBIDDEN, "only requests from this machine can control the sandbox"))
    };
    envelope::write(result, || service.state().id_generator.next_id())
}

fn dispatch(service: &Service, parts: &Parts, body: &[u8]) -> HandlerResult {
    let full_path = parts.uri.path();
    let path = full_path.strip_prefix(BASE_PATH).unwrap_or_default().trim_matches('/');
    let candidates = CONTROLS.iter().filter(|control| control.path == path);
    match candidates.clone().find(|control| control.method == parts.method.as_str()) {
        Some(control) => (control.handler)(&Call { service, query: Query::of(&parts.uri), body }),
        None => Err(refuse(full_path, candidates.map(|control| control.method).collect())),
    }
}

fn refuse(path: &str, methods: Vec<&str>) -> Refusal {
    if methods.is_empty() {
        let message = format!("{path} is not a control of the sandbox; GET {BASE_PATH}/ lists the controls");
        return Refusal::new(StatusCode::NOT_FOUND, message);
    }
    let message = format!("{path} accepts {} only; GET {BASE_PATH}/ lists the controls", methods.join(" and "));
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, message)
}
