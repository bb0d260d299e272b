//! One operation, one result: sends a builder, and takes the data out of the answer.

mod table;
mod unwrap;

use std::future::ready;

use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use zapmail_sdk::operations::Effect;
use zapmail_sdk::{Client, ClientInfo, Operation, Prepare, types};

use crate::error::{Details, Error, ErrorKind, Result};
use crate::policy::{Answered, Policy, one_line, outcome_hint, send_once};

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
    const ID: &'static str;

    /// Sends the request, again where that is safe, and returns the data of the answer.
    ///
    /// # Errors
    ///
    /// Any [`ErrorKind`]; a parameter that is missing or wrong is [`ErrorKind::Invalid`], and nothing is sent.
    ///
    /// # Panics
    ///
    /// Outside of a Tokio runtime with time and I/O, such as the one of `#[tokio::main]`.
    fn call(self) -> impl Future<Output = Result<Self::Data>> + Send;

    /// Takes the data out of an answer.
    #[doc(hidden)]
    fn data(answered: &Answered) -> Result<Self::Data>;
}

/// What progenitor says of a request that it cannot make.
type RawError = zapmail_sdk::Error<types::Error>;

/// Sends what progenitor prepares, under the policies of its client.
pub(crate) fn exchange<'a, P: Prepare<'a>>(call: P) -> BoxFuture<'a, Result<Answered>> {
    let client = call.client();
    send(client, call.prepare(), P::OPERATION)
}

/// The same for a task of its own, which the client has to be taken along to.
pub(crate) fn exchange_detached<'a, P: Prepare<'a>>(call: P) -> BoxFuture<'static, Result<Answered>> {
    let client = call.client().clone();
    send_detached(client, call.prepare(), P::OPERATION)
}

fn send_detached(
    client: Client,
    request: Result<reqwest::Request, RawError>,
    operation: &'static Operation,
) -> BoxFuture<'static, Result<Answered>> {
    Box::pin(async move { send(&client, request, operation).await })
}

fn send<'a>(
    client: &'a Client,
    request: Result<reqwest::Request, RawError>,
    operation: &'static Operation,
) -> BoxFuture<'a, Result<Answered>> {
    match request {
        Err(error) => Box::pin(ready(Err(unprepared(operation, error)))),
        Ok(request) => match client.inner().downcast_ref::<Policy>() {
            Some(policy) => policy.carry_out(client.client(), request, operation),
            None => Box::pin(send_once(client, request, operation)),
        },
    }
}

/// progenitor makes a request, or says what is wrong with its parameters.
fn unprepared(operation: &Operation, error: RawError) -> Error {
    let details = match error {
        RawError::InvalidRequest(reason) => return Error::local(ErrorKind::Invalid, operation.id, invalid(&reason)),
        RawError::CommunicationError(error) => {
            Details { source: Some(Box::new(error.without_url())), ..Details::default() }
        }
        _ => Details::default(),
    };
    let message = "the request cannot be built".to_owned();
    Error::new(ErrorKind::Invalid, Details { operation: Some(operation.id), message, ..details })
}

/// The data of an answer, which is decoded once: the envelope and what is in it.
pub(crate) fn data<'a, P, D>(answered: &Answered, unwrap: fn(P::Answer) -> Option<D>) -> Result<D>
where
    P: Prepare<'a, Answer: DeserializeOwned>,
{
    let body = &answered.answer.body;
    let Ok(answer) = serde_json::from_slice(body) else {
        let (path, reason) = fault::<P::Answer>(body);
        return Err(undecodable(P::OPERATION, answered, path, reason));
    };
    unwrap(answer).ok_or_else(|| undecodable(P::OPERATION, answered, "data".to_owned(), "is missing"))
}

/// An answer that is not what the document says. After a purchase that means: nobody knows.
fn undecodable(operation: &Operation, answered: &Answered, path: String, reason: &str) -> Error {
    // serde calls the whole `.`, and what has no name `?`; a key of a map can be any text.
    let path = Some(one_line(path.trim_end_matches(['.', '?']))).filter(|path| !path.is_empty());
    let place = path.as_ref().map_or("the answer".to_owned(), |path| format!("`{path}` in the answer"));
    let mut details = Details {
        operation: Some(operation.id),
        status: Some(answered.answer.status),
        message: format!("{place} {reason}"),
        attempts: answered.attempts,
        may_have_been_sent: true,
        path,
        ..Details::default()
    };
    if operation.effect == Effect::Spend {
        details.hint = Some(outcome_hint(operation));
        return Error::new(ErrorKind::OutcomeUnknown, details);
    }
    Error::new(ErrorKind::Decode, details)
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
    if let Some(name) = reason.strip_prefix("no value supplied for ") {
        return format!("`body.{name}` is required and was not set");
    }
    let of_the_body = reason.strip_prefix("error converting supplied value for ");
    if let Some((name, cause)) = of_the_body.and_then(|rest| rest.split_once(": ")) {
        return format!("`body.{name}` was given a value that it cannot hold: {cause}");
    }
    if let Some((conversion, rest)) = reason.split_once(" for ") {
        if let Some(name) = rest.strip_suffix(" failed") {
            // "conversion to `:: uuid :: Uuid`"
            let wanted = conversion.trim_end_matches('`').rsplit([' ', '`']).next().unwrap_or_default();
            return format!("`{name}` was given a value that it cannot hold; it takes `{wanted}`");
        }
        if let Some((name, cause)) = rest.split_once(" failed: ") {
            return format!("`{name}` was given a value that it cannot hold: {cause}");
        }
    }
    reason.to_owned()
}
