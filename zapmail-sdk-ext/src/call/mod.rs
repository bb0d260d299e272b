//! One operation, one result: sends a builder, and takes the data out of the answer.

mod table;
mod unwrap;

use bytes::{Bytes, BytesMut};
use futures::TryStreamExt;
use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use zapmail_sdk::operations::{self, Effect};
use zapmail_sdk::{ResponseValue, types};

use crate::error::{Details, Error, ErrorKind, Result};
use crate::policy::{Report, one_line, outcome_hint, reported};

pub use table::CALLS;

/// Runs an operation: implemented by the builder of every one.
///
/// ```no_run
/// use zapmail_sdk_ext::{Zapmail, prelude::*};
///
/// # async fn example(zapmail: Zapmail) -> zapmail_sdk_ext::Result<()> {
/// let wallet = zapmail.get_wallet_balance().call().await?;
/// println!("{:?} USD", wallet.wallet_balance);
/// # Ok(())
/// # }
/// ```
pub trait Call: Sized {
    /// What the operation returns, out of its envelope.
    type Data;

    /// Id of the operation.
    const OPERATION: &'static str;

    /// Sends the request, again where that is safe, and returns the data of the answer.
    ///
    /// # Errors
    ///
    /// Any [`ErrorKind`]; a parameter that is missing or wrong is [`ErrorKind::Invalid`], and nothing is sent.
    fn call(self) -> impl Future<Output = Result<Self::Data>> + Send;
}

/// progenitor's error, which prints whole answers and therefore never leaves this crate.
type RawError = zapmail_sdk::Error<types::Error>;

/// A call of progenitor's, in a box from the start: it is large, and would be copied from one future to the next.
type Sending<'a, T> = BoxFuture<'a, Result<ResponseValue<T>, RawError>>;

/// Sends, and turns whatever happened into data or an [`Error`].
async fn run<T, D>(operation: &'static str, send: Sending<'_, T>, unwrap: fn(T) -> Option<D>) -> Result<D>
where
    T: DeserializeOwned,
{
    run_reported(operation, send, unwrap).await.map(|(data, _)| data)
}

/// The same, with what the transport reported.
pub(crate) async fn run_reported<T, D>(
    operation: &'static str,
    send: Sending<'_, T>,
    unwrap: fn(T) -> Option<D>,
) -> Result<(D, Report)>
where
    T: DeserializeOwned,
{
    let (result, mut report) = reported(send).await;
    match result {
        Ok(answer) => match unwrap(answer.into_inner()) {
            Some(data) => Ok((data, report)),
            None => Err(undecodable(operation, &report, "data".to_owned(), "is missing")),
        },
        Err(error) => Err(report.failure.take().unwrap_or_else(|| from_raw::<T>(operation, error, &report))),
    }
}

/// The same for an answer that is a file. The transport has read it already, within its limit.
async fn run_file(operation: &'static str, send: Sending<'_, zapmail_sdk::ByteStream>) -> Result<Bytes> {
    let (result, mut report) = reported(send).await;
    let stream = result.map_err(|error| {
        report.failure.take().unwrap_or_else(|| from_raw::<types::Error>(operation, error, &report))
    })?;
    let chunks = stream.into_inner().into_inner().try_collect::<BytesMut>().await;
    chunks.map(BytesMut::freeze).map_err(|error| {
        let details = Details {
            operation: Some(operation),
            message: "the file broke off".to_owned(),
            source: Some(Box::new(error.without_url())),
            ..Details::default()
        };
        Error::new(ErrorKind::Connect, details)
    })
}

/// What is left of progenitor's errors once the transport has taken its own.
fn from_raw<T: DeserializeOwned>(operation: &'static str, error: RawError, report: &Report) -> Error {
    match error {
        RawError::InvalidRequest(reason) => Error::local(ErrorKind::Invalid, operation, invalid(&reason)),
        RawError::InvalidResponsePayload(body, _) => {
            let (path, reason) = fault::<T>(&body);
            undecodable(operation, report, path, reason)
        }
        RawError::CommunicationError(error) => {
            let details = Details {
                operation: Some(operation),
                message: "the request cannot be built".to_owned(),
                source: Some(Box::new(error.without_url())),
                ..Details::default()
            };
            Error::new(ErrorKind::Invalid, details)
        }
        // The transport has read the answer and knows its status; nothing of this is expected.
        _ => undecodable(operation, report, String::new(), "has a form that the client does not know"),
    }
}

/// An answer that is not what the document says. After a purchase that means: nobody knows.
fn undecodable(operation: &'static str, report: &Report, path: String, reason: &str) -> Error {
    // serde calls the whole `.`, and what has no name `?`; a key of a map can be any text.
    let path = Some(one_line(path.trim_end_matches(['.', '?']))).filter(|path| !path.is_empty());
    let place = path.as_ref().map_or("the answer".to_owned(), |path| format!("`{path}` in the answer"));
    let mut details = Details {
        operation: Some(operation),
        status: report.status,
        message: format!("{place} {reason}"),
        attempts: report.attempts,
        may_have_been_sent: true,
        path,
        ..Details::default()
    };
    match operations::find(operation) {
        Some(operation) if operation.effect == Effect::Spend => {
            details.hint = Some(outcome_hint(operation));
            Error::new(ErrorKind::OutcomeUnknown, details)
        }
        _ => Error::new(ErrorKind::Decode, details),
    }
}

/// Where decoding fails, and why, without a word of the answer: what serde says of it quotes values.
fn fault<T: DeserializeOwned>(body: &[u8]) -> (String, &'static str) {
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    match serde_path_to_error::deserialize::<_, T>(&mut deserializer) {
        Err(error) => {
            let reason = match error.inner().classify() {
                serde_json::error::Category::Eof => "is cut off",
                serde_json::error::Category::Syntax => "is no JSON",
                _ => "is not of the type that the document gives it",
            };
            (error.path().to_string(), reason)
        }
        Ok(_) => (String::new(), "goes on after its end"),
    }
}

/// progenitor's words about a parameter, in better ones: the first word that matters is its name.
fn invalid(reason: &str) -> String {
    if let Some(name) = reason.strip_suffix(" was not initialized") {
        return format!("`{name}` is required and was not set");
    }
    if let Some((_, rest)) = reason.split_once(" for ") {
        if let Some(name) = rest.strip_suffix(" failed") {
            return format!("`{name}` was given a value that it cannot hold");
        }
        if let Some((name, cause)) = rest.split_once(" failed: ") {
            return format!("`{name}` was given a value that it cannot hold: {cause}");
        }
    }
    if let Some(name) = reason.strip_prefix("no value supplied for ") {
        return format!("`body.{name}` is required and was not set");
    }
    reason.to_owned()
}
