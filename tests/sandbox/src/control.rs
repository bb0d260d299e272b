//! The sandbox's own requests, which control it: `/_sandbox/`.
//!
//! They need no key, count against no quota, are not logged and meet no fault. Only this machine may send them.
//! [`CONTROLS`] lists them; dispatch, the list and the refusals are made from it.

mod call;
mod consent;
mod events;
mod exports;
mod faults;
mod list;
mod record;
mod time;
mod workspaces;

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use crate::envelope::{self, Answer, Refusal};
use crate::line::Line;
use crate::request::Query;
use crate::service::Service;
use call::Call;

/// Where the sandbox's own paths begin.
pub(crate) const BASE_PATH: &str = "/_sandbox";

/// One request that controls the sandbox.
struct Control {
    method: &'static str,
    /// The path after `/_sandbox/`.
    path: &'static str,
    /// What it does, in one sentence.
    summary: &'static str,
    carry_out: fn(&Call<'_>) -> Answer,
}

/// All controls. The README lists them as well, and a test compares both.
const CONTROLS: &[Control] = &[
    get("", "Lists the controls.", list::list),
    get("workspaces", "Returns the workspaces, the primary one first.", workspaces::workspaces),
    get("now", "Returns the sandbox's time.", time::now),
    post("advance", r#"Advances the sandbox's time: `{"seconds": 120}`."#, time::advance),
    post(
        "faults",
        r#"Adds faults: `{"operation": "get_user", "fault": {"kind": "cut_body"}, "times": 2}`."#,
        faults::add,
    ),
    delete("faults", "Clears the faults that no request has met.", faults::clear),
    get(
        "requests",
        "Returns the requests so far, or with `?operation=get_user` those for one operation.",
        record::requests,
    ),
    get("request-counts", "Returns the number of requests for each operation.", record::request_counts),
    get("ledger", "Returns the charges so far.", record::ledger),
    get("exports", "Returns the exports so far, each with its mailboxes.", exports::exports),
    post(
        "deliver",
        r#"Sends a webhook event: `{"type": "export.completed", "data": {"export_id": 10421}}`."#,
        events::deliver,
    ),
    get("deliveries", "Returns the attempts to deliver webhook events so far.", events::deliveries),
    put("zapbox-consent", r#"Gives or revokes the consent to Zapbox: `{"given": false}`."#, consent::set),
];

const fn get(path: &'static str, summary: &'static str, carry_out: fn(&Call<'_>) -> Answer) -> Control {
    Control { method: "GET", path, summary, carry_out }
}

const fn post(path: &'static str, summary: &'static str, carry_out: fn(&Call<'_>) -> Answer) -> Control {
    Control { method: "POST", path, summary, carry_out }
}

const fn put(path: &'static str, summary: &'static str, carry_out: fn(&Call<'_>) -> Answer) -> Control {
    Control { method: "PUT", path, summary, carry_out }
}

const fn delete(path: &'static str, summary: &'static str, carry_out: fn(&Call<'_>) -> Answer) -> Control {
    Control { method: "DELETE", path, summary, carry_out }
}

/// Whether a request is for the sandbox rather than for the service.
pub(crate) fn is_meant(path: &str) -> bool {
    path.strip_prefix(BASE_PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

pub(crate) fn answer(service: &Service, line: &Line, parts: &Parts, body: Result<Bytes, Refusal>) -> Response {
    let answer = if line.is_local() {
        body.and_then(|body| dispatch(service, parts, &body))
    } else {
        Err(Refusal::new(StatusCode::FORBIDDEN, "only requests from this machine can control the sandbox"))
    };
    envelope::write(answer, || service.state().inventor.next_id())
}

fn dispatch(service: &Service, parts: &Parts, body: &[u8]) -> Answer {
    let whole = parts.uri.path();
    let path = whole.strip_prefix(BASE_PATH).unwrap_or_default().trim_matches('/');
    let here = CONTROLS.iter().filter(|control| control.path == path);
    match here.clone().find(|control| control.method == parts.method.as_str()) {
        Some(control) => (control.carry_out)(&Call { service, query: Query::of(&parts.uri), body }),
        None => Err(refuse(whole, here.map(|control| control.method).collect())),
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
