//! A call as the request that it will be, for those who send requests themselves.

use reqwest::RequestBuilder;
use reqwest::header::{CONTENT_TYPE, HeaderValue};

use crate::{Client, Error, Operation, types};

/// A call that is set up: every builder of [`builder`](crate::builder) is one.
///
/// ```
/// use zapmail_sdk::{Client, Prepare, SharedTransport};
///
/// let client = Client::new_with_client("http://localhost", zapmail_sdk::http_client()?.build()?, SharedTransport::direct());
/// let request = client.list_mailboxes().contains("acme").prepare()?;
/// assert_eq!(request.url().as_str(), "http://localhost/v2/mailboxes/list?contains=acme");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Prepare<'a>: Sized {
    /// What the body of a success holds: JSON of this type, or a [`ByteStream`](crate::ByteStream) for a file.
    type Answer;

    /// What is known of the operation beside its types.
    const OPERATION: &'static Operation;

    /// The client that the call belongs to.
    fn client(&self) -> &'a Client;

    /// The request that `send` would hand to the transport. Nothing is sent. What the transport adds, such as the key of
    /// a client of `zapmail-sdk-ext`, is not there yet.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` when a parameter is missing or cannot be what it was set to, `CommunicationError` when no request
    /// can be made of them.
    #[expect(clippy::result_large_err, reason = "the error is progenitor's")]
    fn prepare(self) -> Result<reqwest::Request, Error<types::Error>>;
}

/// The request with a body in JSON.
#[expect(clippy::result_large_err, reason = "the error is progenitor's")]
pub(crate) fn with_json(
    request: RequestBuilder,
    body: serde_json::Result<Vec<u8>>,
) -> Result<RequestBuilder, Error<types::Error>> {
    let body = body.map_err(|error| Error::InvalidRequest(format!("conversion to JSON for body failed: {error}")))?;
    Ok(request.header(CONTENT_TYPE, HeaderValue::from_static("application/json")).body(body))
}
