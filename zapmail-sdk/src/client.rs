//! The raw client: an address, a way to send, and a method for every operation.

use std::fmt;

use futures_core::future::BoxFuture;
use reqwest::Request;

use crate::api_key::ApiKey;
use crate::base_url::BaseUrl;
use crate::credentials::Credentials;
use crate::error::{Error, ErrorKind, Result};
use crate::http::ReqwestTransport;
use crate::operations::Operation;
use crate::response::BufferedResponse;
use crate::secret::Secret;
use crate::tls::TLS;
use crate::transport::{SharedTransport, Transport};

/// The raw client of the Zapmail API: a method for every operation. Cloning it is cheap.
///
/// It sends each request once, without rate limiting, retries or a guard against spending; `zapmail-sdk-ext` has those.
///
/// ```no_run
/// use zapmail_sdk::Client;
///
/// # async fn example() -> zapmail_sdk::Result<()> {
/// let client = Client::new("not-a-real-key")?;
/// let user = client.get_user().send().await?;
/// println!("{:?}", user.email);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(crate) baseurl: BaseUrl,
    /// Builds requests; `transport` sends them.
    pub(crate) client: reqwest::Client,
    transport: SharedTransport,
}

impl Client {
    /// Creates a client of the live service.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the key is empty or not visible ASCII, or TLS could not be set up.
    pub fn new(api_key: impl Into<Secret>) -> Result<Self> {
        Self::with_transport(api_key, crate::BASE_URL, ReqwestTransport::new()?)
    }

    /// Creates a client of another service, such as a sandbox, with a configured [`ReqwestTransport`].
    ///
    /// The base URL ends before the version segment, as in `http://127.0.0.1:8080/api`. It must use HTTPS, except on
    /// loopback.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the key or the base URL is invalid.
    pub fn with_transport(api_key: impl Into<Secret>, base_url: &str, transport: ReqwestTransport) -> Result<Self> {
        let key = ApiKey::new(&api_key.into())?;
        let base_url = BaseUrl::parse(base_url)?;
        if !TLS && base_url.as_str().starts_with("https:") {
            return Err(Error::config(
                "`base_url` uses https, but this program was built without TLS; enable the feature `rustls` or `native-tls`",
            ));
        }
        let client = transport.client().clone();
        let keyed = Keyed { key, base_url: base_url.clone(), inner: transport };
        Ok(Self { baseurl: base_url, client, transport: SharedTransport::new(keyed) })
    }

    /// Creates a client that sends through any transport, which adds the API key itself.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the base URL is invalid, or TLS could not be set up.
    pub fn from_transport(base_url: &str, transport: impl Transport) -> Result<Self> {
        Ok(Self {
            baseurl: BaseUrl::parse(base_url)?,
            client: request_builder()?,
            transport: SharedTransport::new(transport),
        })
    }

    /// Returns a client of the same service that sends through another transport, such as one that wraps
    /// [`transport`](Self::transport).
    #[must_use]
    pub fn sending_through(&self, transport: impl Transport) -> Self {
        Self { transport: SharedTransport::new(transport), ..self.clone() }
    }

    /// Creates a request to a path of the service, below the base URL, such as `/v2/users`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if the path does not start with a slash, leads out of the base URL, or has a character that
    /// a URL parser replaces.
    pub fn request(&self, method: reqwest::Method, path: &str) -> Result<Request> {
        let invalid = |reason: &str| Error::new(ErrorKind::Invalid, format!("`path` {reason}"));
        if !path.starts_with('/') || path.starts_with("//") {
            return Err(invalid("must start with one slash, for example `/v2/users`"));
        }
        // URL parsers read a backslash as a slash, and remove tabs and line breaks.
        if path.contains(|character: char| character == '\\' || character.is_control()) {
            return Err(invalid("must not contain a backslash or a control character"));
        }
        let url = reqwest::Url::parse(&format!("{}{path}", self.baseurl))
            .map_err(|error| invalid(&format!("is not valid in a URL: {error}")))?;
        // URLs drop segments such as `..`.
        let plain = path.split(['?', '#']).next().unwrap_or_default();
        if plain.split('/').any(is_dots) || self.baseurl.below(&url).is_none() {
            return Err(invalid("must not contain `.` or `..`"));
        }
        Ok(Request::new(method, url))
    }

    /// The base URL, without the version segment.
    pub fn base_url(&self) -> &str {
        self.baseurl.as_str()
    }

    /// The transport, to be wrapped by another.
    pub fn transport(&self) -> &SharedTransport {
        &self.transport
    }

    /// Sends a request of an operation and returns the response if it is a success. The builders of operations do this in
    /// `send()`; it is public for requests that the document does not describe.
    ///
    /// # Errors
    ///
    /// Any [`ErrorKind`].
    pub async fn exchange(&self, request: Request, operation: &'static Operation) -> Result<BufferedResponse> {
        let body = body_of(&request);
        let credentials = Credentials::none().with_body(&body);
        self.transport.send(request, operation).await?.into_success(operation, credentials)
    }
}

/// Whether a URL would drop a segment: `.` or `..`, percent-encoded or not.
fn is_dots(segment: &str) -> bool {
    matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

/// The client that only builds requests; shared, since creating one loads certificates.
fn request_builder() -> Result<reqwest::Client> {
    static SHARED: std::sync::OnceLock<reqwest::Client> = std::sync::OnceLock::new();
    if let Some(client) = SHARED.get() {
        return Ok(client.clone());
    }
    let client = ReqwestTransport::new()?.client().clone();
    Ok(SHARED.get_or_init(|| client).clone())
}

impl fmt::Debug for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Client").field("base_url", &self.baseurl).finish_non_exhaustive()
    }
}

/// A copy of the body, for its credentials; empty for a read.
fn body_of(request: &Request) -> Vec<u8> {
    request.body().and_then(|body| body.as_bytes()).unwrap_or_default().to_vec()
}

/// Adds the API key, to requests of the base URL only.
#[derive(Debug)]
struct Keyed {
    key: ApiKey,
    base_url: BaseUrl,
    inner: ReqwestTransport,
}

impl Transport for Keyed {
    fn send<'a>(
        &'a self,
        mut request: Request,
        operation: &'static Operation,
    ) -> BoxFuture<'a, Result<BufferedResponse>> {
        Box::pin(async move {
            self.base_url.check_origin(request.url()).map_err(|error| error.with_operation(operation))?;
            self.key.apply(&mut request);
            let body = body_of(&request);
            let credentials = Credentials::of(&self.key).with_body(&body);
            self.inner.send(request, operation).await?.into_success(operation, credentials)
        })
    }
}
