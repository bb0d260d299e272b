//! The responses of mocks, validated with the client's own code: a response that the client would not accept is a
//! mistake in the test, and panics where the mock is set up.

#![allow(clippy::panic, reason = "a mock that cannot be set up fails its test")]

use httpmock::Then;
use serde::Serialize;
use serde_json::{Value, json};
use zapmail_sdk::reqwest::StatusCode;
use zapmail_sdk::reqwest::header::HeaderMap;
use zapmail_sdk::{BufferedResponse, Request, types};

const JSON: &str = "application/json";

/// Responds with a success and this whole body.
pub(crate) fn success<B: Request>(then: Then, status: u16, body: &impl Serialize) -> Then {
    let id = B::OPERATION.id;
    let body = to_json(id, body);
    let response = BufferedResponse::new(checked_status(id, 2, status), HeaderMap::new(), body.to_string());
    if let Err(error) = B::read(response) {
        panic!("the mock of `{id}` has a body that the client does not accept as a success: {error}");
    }
    then.status(status).header("content-type", JSON).json_body(body)
}

/// Responds with a success and this data, in the envelope of the operation.
pub(crate) fn data<B: Request<Data: Serialize>>(then: Then, status: u16, data: &B::Data) -> Then {
    let data = to_json(B::OPERATION.id, data);
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

/// Responds with a success and a file.
pub(crate) fn file(then: Then, id: &str, status: u16, file: impl AsRef<[u8]>) -> Then {
    checked_status(id, 2, status);
    then.status(status).header("content-type", "application/octet-stream").body(file)
}

/// Responds with an error. `class` is the first digit of the allowed statuses.
pub(crate) fn error(then: Then, id: &str, class: u16, status: u16, error: &types::Error) -> Then {
    checked_status(id, class, status);
    then.status(status).header("content-type", JSON).json_body(to_json(id, error))
}

fn to_json(id: &str, value: &impl Serialize) -> Value {
    serde_json::to_value(value)
        .unwrap_or_else(|error| panic!("the response of the mock of `{id}` cannot be serialized as JSON: {error}"))
}

fn checked_status(id: &str, class: u16, status: u16) -> StatusCode {
    let (min, max) = (class * 100, class * 100 + 99);
    let is_allowed = (min..=max).contains(&status);
    let valid = StatusCode::from_u16(status).ok().filter(|_| is_allowed);
    valid.unwrap_or_else(|| panic!("the mock of `{id}` has the status {status}; this method accepts {min} to {max}"))
}
