//! One case an operation: the calls that the build script wrote.

use axum::body::Bytes;
use futures::future::BoxFuture;
use serde_json::Value;
use zapmail_sdk_ext::{Call, Error, Zapmail, types};

/// A call of one operation: takes the body's example, returns what came of it.
type Run<R> = for<'a> fn(&'a Zapmail, Value) -> BoxFuture<'a, R>;

/// What a call comes to.
pub type Outcome = Result<Value, CallError>;

/// Why a call came to nothing.
#[derive(Debug)]
pub enum CallError {
    /// The client says so.
    Client(Error),
    /// The document's example is not of the client's type.
    Example(String),
}

/// What a call prints with `{:?}`.
#[derive(Debug)]
pub struct Printed {
    pub builder: String,
    pub outcome: Result<String, Error>,
}

/// The calls of one operation.
pub struct Case {
    pub id: &'static str,
    /// With the parameters that are required, and no other.
    pub required: Run<Outcome>,
    /// With every parameter.
    pub everything: Run<Outcome>,
    /// With every parameter: what the builder and what came of it print.
    pub printed: Run<Result<Printed, String>>,
    /// With every parameter by the raw client: the answer, decoded and written again.
    pub raw: Run<Result<Value, String>>,
}

include!(concat!(env!("OUT_DIR"), "/cases.rs"));

/// The case of an operation.
pub fn find(id: &str) -> Option<&'static Case> {
    CASES.iter().find(|case| case.id == id)
}

impl From<String> for CallError {
    fn from(message: String) -> Self {
        Self::Example(message)
    }
}

/// The body's example as the client's type.
fn typed<T: serde::de::DeserializeOwned>(example: Value) -> Result<T, String> {
    serde_json::from_value(example)
        .map_err(|error| format!("the example of the body is not of the client's type: {error}"))
}

fn written(value: &impl serde::Serialize) -> Result<Value, String> {
    serde_json::to_value(value).map_err(|error| error.to_string())
}

fn data_as_json(data: Result<impl serde::Serialize, Error>) -> Outcome {
    Ok(written(&data.map_err(CallError::Client)?)?)
}

fn bytes_as_json(data: Result<Bytes, Error>) -> Outcome {
    Ok(written(&data.map_err(CallError::Client)?.to_vec())?)
}
