//! A sandbox in another process, controlled over HTTP.

mod controls;
mod error;

use std::fmt;
use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use zapmail_sdk::ReqwestTransport;

pub use self::error::RemoteError;
use crate::access::API_KEY;
use crate::control;
use crate::document::BASE_PATH;

/// Timeout of one request to the sandbox.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A handle for a sandbox in another process: the program, or a [`Sandbox`](crate::Sandbox) in another test.
///
/// It has the methods of [`Sandbox`](crate::Sandbox), as async functions: they send requests to `/_sandbox/`, which
/// need no key, count against no quota and are not logged. The sandbox accepts them from its own machine only. If the
/// future of a method is dropped, it is unknown whether the sandbox has processed the request.
///
/// ```
/// use zapmail_sandbox::{Fault, RemoteSandbox, Sandbox};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // In another process: `cargo run -p zapmail-sandbox -- --port 8080`
/// let other_process = Sandbox::start().await?;
///
/// let sandbox = RemoteSandbox::connect(other_process.base_url()).await?;
/// sandbox.fail_next("get_user", Fault::status(503)).await?;
/// let user = reqwest::Client::new()
///     .get(format!("{}/v2/users", sandbox.base_url()))
///     .header("x-auth-zapmail", sandbox.api_key())
///     .send()
///     .await?;
/// assert_eq!(user.status(), 503);
/// assert_eq!(sandbox.requests().await?[0].status, 503);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RemoteSandbox {
    client: Client,
    base_url: Url,
}

impl RemoteSandbox {
    /// Connects to the sandbox with this base URL, such as `http://127.0.0.1:8080/api`. The program prints the URL as
    /// the value of `ZAPMAIL_BASE_URL`. The path can be omitted.
    ///
    /// ```
    /// # use zapmail_sandbox::{RemoteSandbox, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let other_process = Sandbox::start().await?;
    /// let sandbox = RemoteSandbox::connect(other_process.base_url()).await?;
    /// assert_eq!(sandbox.base_url(), other_process.base_url());
    ///
    /// let error = RemoteSandbox::connect("127.0.0.1:8080").await.unwrap_err();
    /// assert!(error.to_string().starts_with("the URL of the sandbox is invalid"));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`RemoteError`] if the URL is invalid, or no sandbox responds there.
    pub async fn connect(base_url: &str) -> Result<Self, RemoteError> {
        let url = Url::parse(base_url).ok().filter(|url| url.scheme() == "http" && url.has_host());
        let mut base_url = url.ok_or_else(RemoteError::invalid_url)?;
        base_url.set_path(BASE_PATH);
        base_url.set_query(None);
        base_url.set_fragment(None);
        let transport = ReqwestTransport::configured(|builder| builder.no_proxy().timeout(TIMEOUT));
        let client = transport.map_err(RemoteError::client)?.client().clone();
        let sandbox = Self { client, base_url };
        sandbox.get::<Vec<Value>>("").await?;
        Ok(sandbox)
    }

    /// Returns the base URL of the sandbox, for a client: `http://127.0.0.1:PORT/api`.
    ///
    /// ```
    /// # use zapmail_sandbox::{RemoteSandbox, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let other_process = Sandbox::start().await?;
    /// let sandbox = RemoteSandbox::connect(other_process.base_url()).await?;
    /// assert!(sandbox.base_url().ends_with("/api"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn base_url(&self) -> &str {
        self.base_url.as_str()
    }

    /// Returns the key for the header `x-auth-zapmail`, which is the same for all sandboxes.
    ///
    /// ```
    /// # use zapmail_sandbox::{RemoteSandbox, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let other_process = Sandbox::start().await?;
    /// let sandbox = RemoteSandbox::connect(other_process.base_url()).await?;
    /// assert_eq!(sandbox.api_key(), other_process.api_key());
    /// # Ok(())
    /// # }
    /// ```
    pub fn api_key(&self) -> &str {
        API_KEY
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, RemoteError> {
        send(self.client.get(self.control_url(path))).await
    }

    async fn request<T: DeserializeOwned>(&self, method: Method, path: &str, body: &Value) -> Result<T, RemoteError> {
        send(self.client.request(method, self.control_url(path)).body(body.to_string())).await
    }

    fn control_url(&self, path: &str) -> Url {
        let mut url = self.base_url.clone();
        url.set_path(&format!("{}/{path}", control::BASE_PATH));
        url
    }
}

/// Sends a request, and returns the data of the response.
async fn send<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, RemoteError> {
    let response = request.send().await.map_err(RemoteError::no_response)?;
    let is_success = response.status().is_success();
    let body = response.bytes().await.map_err(RemoteError::no_response)?;
    if is_success {
        let DataEnvelope { data } = serde_json::from_slice(&body).map_err(RemoteError::not_a_sandbox)?;
        return Ok(data);
    }
    let ErrorEnvelope { message } = serde_json::from_slice(&body).map_err(RemoteError::not_a_sandbox)?;
    Err(RemoteError::refused(message))
}

#[derive(Deserialize)]
struct DataEnvelope<T> {
    data: T,
}

#[derive(Deserialize)]
struct ErrorEnvelope {
    message: String,
}

impl fmt::Debug for RemoteSandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RemoteSandbox").field("base_url", &self.base_url()).finish_non_exhaustive()
    }
}
