//! One case per operation: the calls that the build script generates.

use std::error::Error as _;
use std::fmt::Debug;

use futures::future::BoxFuture;
use serde_json::Value;
use zapmail_sdk::{Client, Request, Response};
use zapmail_sdk_ext::{Error, FileContents, Zapmail, types};

/// A call of one operation by a client: takes the example of the body and returns the outcome.
type Run<C, R> = for<'a> fn(&'a C, Value) -> BoxFuture<'a, R>;

/// The outcome of a call: its data, written as JSON.
pub type Outcome = Result<Value, CallError>;

/// Why a call has no data.
#[derive(Debug)]
pub enum CallError {
    /// The error that the client returned.
    Client(Error),
    /// The document's example does not have the client's type.
    Example(String),
}

/// Everything that a call prints.
#[derive(Debug)]
pub struct Printed {
    pub texts: Vec<String>,
    pub succeeded: bool,
}

/// The calls of one operation.
pub struct Case {
    pub id: &'static str,
    /// With the required parameters only.
    pub required: Run<Zapmail, Outcome>,
    /// With every parameter.
    pub everything: Run<Zapmail, Outcome>,
    /// With every parameter, by the raw client.
    pub raw: Run<Client, Outcome>,
    /// The same; returns the whole body instead of the data.
    pub whole: Run<Client, Outcome>,
    /// Decodes a whole body into the type that the document declares, and writes it again. `None` for a file.
    pub envelope: Option<fn(Value) -> Result<Value, String>>,
    /// With every parameter; returns what can be printed. [`Zapmail::raw`] has the policies of the other client.
    pub printed: Run<Client, Result<Printed, String>>,
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

/// Decodes an example into the client's type.
fn typed<T: serde::de::DeserializeOwned>(example: Value) -> Result<T, String> {
    serde_json::from_value(example)
        .map_err(|error| format!("the example of the body does not have the client's type: {error}"))
}

fn written(value: &impl serde::Serialize) -> Result<Value, String> {
    serde_json::to_value(value).map_err(|error| error.to_string())
}

fn data_as_json(data: Result<impl serde::Serialize, Error>) -> Outcome {
    Ok(written(&data.map_err(CallError::Client)?)?)
}

fn file_as_json(data: Result<FileContents, Error>) -> Outcome {
    Ok(written(&data.map_err(CallError::Client)?.bytes().to_vec())?)
}

fn whole_body<T>(response: Result<Response<T>, Error>) -> Outcome {
    Ok(response.map_err(CallError::Client)?.body().expose().clone())
}

/// Sends a call, and returns everything that can be printed along the way.
async fn printed<R>(call: R) -> Printed
where
    R: Request<Data: Debug> + Clone,
{
    let mut texts = vec![format!("{call:?} {call:#?}"), format!("{:?}", call.clone().send())];
    match call.clone().prepare() {
        Ok(request) => texts.push(format!("{request:?} {request:#?}")),
        Err(error) => texts.extend(chain(&error)),
    }
    let pending = call.send_with_response();
    texts.push(format!("{pending:?}"));
    let outcome = pending.await;
    texts.push(format!("{outcome:?}"));
    let succeeded = outcome.is_ok();
    match outcome {
        Ok(response) => {
            let (data, body) = (response.data(), response.body());
            texts.push(format!("{data:?} {data:#?} {body} {body:?}"));
        }
        Err(error) => texts.extend(chain(&error)),
    }
    Printed { texts, succeeded }
}

/// An error as it prints, with its body and its sources.
pub fn chain(error: &Error) -> Vec<String> {
    let mut texts = vec![format!("{error} {error:?} {error:#?} {:?}", error.body())];
    let mut source = error.source();
    while let Some(error) = source {
        texts.push(format!("{error} {error:?} {error:#?}"));
        source = error.source();
    }
    texts
}
