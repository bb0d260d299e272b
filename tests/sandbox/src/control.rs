//! The sandbox's own requests, beside those of the service: `/_sandbox/`.
//!
//! They need no key, count against no quota, are not logged and meet no fault. Only this machine may make them.

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::clock::Moment;
use crate::envelope::{self, Answer, Refusal, Success};
use crate::faults::{FaultRequest, UnknownOperation, seconds};
use crate::line::Line;
use crate::log::LoggedRequest;
use crate::request::Query;
use crate::service::Service;
use crate::state::LedgerEntry;

/// Where the sandbox's own paths begin.
const BASE_PATH: &str = "/_sandbox/";

/// How many faults one request may ask for.
const MOST_FAULTS: usize = 1000;

/// Whether a request is for the sandbox rather than for the service.
pub(crate) fn is_meant(path: &str) -> bool {
    path.starts_with(BASE_PATH)
}

pub(crate) fn answer(service: &Service, line: &Line, parts: &Parts, body: Result<Bytes, Refusal>) -> Response {
    let answer = if line.is_local() {
        body.and_then(|body| carry_out(service, parts, &body))
    } else {
        Err(Refusal::new(StatusCode::FORBIDDEN, "only requests from this machine may control the sandbox"))
    };
    envelope::write(answer, || service.state().inventor.next_id())
}

fn carry_out(service: &Service, parts: &Parts, body: &[u8]) -> Answer {
    let path = parts.uri.path();
    match (&parts.method, path.strip_prefix(BASE_PATH).unwrap_or(path)) {
        (&Method::POST, "faults") => add_faults(service, &read(body)?),
        (&Method::DELETE, "faults") => {
            service.faults().clear();
            Ok(Success::done("Faults cleared"))
        }
        (&Method::POST, "advance") => advance(service, &read(body)?),
        (&Method::GET, "requests") => Ok(Success::data("Requests so far", requests(service, &Query::of(&parts.uri)))),
        (&Method::GET, "ledger") => Ok(Success::data("Charges so far", ledger(service))),
        (_, "faults" | "advance" | "requests" | "ledger") => {
            Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed"))
        }
        _ => Err(Refusal::not_found("Endpoint")),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|error| Refusal::invalid(error.to_string()))
}

fn add_faults(service: &Service, request: &FaultRequest) -> Answer {
    let fault = request.fault()?;
    if request.times > MOST_FAULTS {
        return Err(Refusal::invalid(format!("times must not be more than {MOST_FAULTS}")));
    }
    let unknown = |error: UnknownOperation| Refusal::invalid(error.to_string());
    service.fail_next(&request.operation, fault, request.times).map_err(unknown)?;
    Ok(Success::data("Faults added", json!({"waiting": service.faults().waiting()})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: f64,
}

fn advance(service: &Service, request: &Advance) -> Answer {
    let time = seconds(request.seconds)?;
    let mut state = service.state();
    if time > Moment::LAST.since(state.clock.now()) {
        return Err(Refusal::invalid("seconds must not lead beyond the year 9999"));
    }
    state.clock.advance(time);
    Ok(Success::data("Time advanced", json!({"now": state.clock.now().to_json()})))
}

/// All, or those of one operation.
fn requests(service: &Service, query: &Query) -> Value {
    let log = service.log();
    let requests = query.get("operation").map_or_else(|| log.all(), |operation| log.of(operation));
    let row = |request: LoggedRequest| {
        json!({
            "operation": request.operation,
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "status": request.status,
        })
    };
    requests.into_iter().map(row).collect()
}

fn ledger(service: &Service) -> Value {
    let row = |entry: LedgerEntry| {
        json!({
            "operation": entry.operation,
            "cents": entry.cents,
            "balanceAfter": entry.balance_after,
            "time": Moment::from_system_time(entry.time).to_json(),
        })
    };
    service.state().ledger.entries().into_iter().map(row).collect()
}
