//! The error of `RemoteSandbox`.

use std::error::Error;
use std::fmt;

/// An error of [`RemoteSandbox`](crate::RemoteSandbox): no sandbox responds at the URL, or the sandbox refused a
/// request.
///
/// ```
/// use zapmail_sandbox::{Fault, RemoteSandbox, Sandbox};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let other_process = Sandbox::start().await?;
/// let sandbox = RemoteSandbox::connect(other_process.base_url()).await?;
/// let error = sandbox.fail_next("buy_domains", Fault::CutBody).await.unwrap_err();
/// assert_eq!(error.to_string(), "the sandbox refused the request: the document has no operation buy_domains");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct RemoteError {
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl RemoteError {
    pub(super) fn invalid_url() -> Self {
        let message = "the URL of the sandbox is invalid; pass a URL like http://127.0.0.1:8080/api";
        Self { message: message.to_owned(), source: None }
    }

    pub(super) fn client(error: zapmail_sdk::Error) -> Self {
        Self { message: "the HTTP client could not be created".to_owned(), source: Some(error.into()) }
    }

    pub(super) fn no_response(error: reqwest::Error) -> Self {
        Self {
            message: "the sandbox does not respond; check that it is running".to_owned(),
            source: Some(error.into()),
        }
    }

    pub(super) fn not_a_sandbox(error: serde_json::Error) -> Self {
        let message = "the response does not come from a compatible sandbox; check the URL, and use the same version \
                       in both processes";
        Self { message: message.to_owned(), source: Some(error.into()) }
    }

    pub(super) fn refused(message: String) -> Self {
        Self { message: format!("the sandbox refused the request: {message}"), source: None }
    }
}

impl fmt::Display for RemoteError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl Error for RemoteError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
