//! The responses of mocks. Each is checked with the code of the client: a response that it would not read as it is meant is a
//! mistake in the test, and panics where the mock is set up.

#![allow(clippy::panic, reason = "a mock that cannot be set up fails its test")]

use httpmock::Then;
use serde::Serialize;
use serde_json::{Value, json};
use zapmail_sdk::reqwest::StatusCode;
use zapmail_sdk::reqwest::header::HeaderMap;
use zapmail_sdk::{BufferedResponse, Request, types};

const JSON: &str = "application/json";

/// A success with this whole body.
pub(crate) fn success<B: Request>(then: Then, status: u16, body: &impl Serialize) -> Then {
    let id = B::OPERATION.id;
    let body = json_of(id, body);
    let response = BufferedResponse::new(status_of(id, 2, status), HeaderMap::new(), body.to_string());
    if let Err(error) = B::read(response) {
        panic!("the mock of `{id}` responds with what the client does not accept as a success: {error}");
    }
    then.status(status).header("content-type", JSON).json_body(body)
}

/// A success with this data, in the envelope of the operation.
pub(crate) fn data<B: Request<Data: Serialize>>(then: Then, status: u16, data: &B::Data) -> Then {
    let data = json_of(B::OPERATION.id, data);
    let body = match B::OPERATION.data {
        Some(pointer) => {
            let mut envelope = json!({"status": status, "message": "Success"});
            envelope[pointer.trim_start_matches('/')] = data;
            envelope
        }
        None => data,
    };
    success::<B>(then, status, &body)
}

/// A success with a file.
pub(crate) fn file(then: Then, id: &str, status: u16, file: impl AsRef<[u8]>) -> Then {
    status_of(id, 2, status);
    then.status(status).header("content-type", "application/octet-stream").body(file)
}

/// An error, with a status of this class.
pub(crate) fn error(then: Then, id: &str, class: u16, status: u16, error: &types::Error) -> Then {
    status_of(id, class, status);
    then.status(status).header("content-type", JSON).json_body(json_of(id, error))
}

fn json_of(id: &str, value: &impl Serialize) -> Value {
    serde_json::to_value(value)
        .unwrap_or_else(|error| panic!("the response of the mock of `{id}` is not JSON: {error}"))
}

fn status_of(id: &str, class: u16, status: u16) -> StatusCode {
    let (first, last) = (class * 100, class * 100 + 99);
    let is_allowed = (first..=last).contains(&status);
    let found = StatusCode::from_u16(status).ok().filter(|_| is_allowed);
    found.unwrap_or_else(|| panic!("the mock of `{id}` has the status {status}; this method takes {first} to {last}"))
}
