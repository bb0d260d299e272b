//! The raw client: a base URL, a transport, and a method for every operation.

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

/// A raw client for the Zapmail API, with a method for every operation. Cloning it is cheap.
///
/// It sends each request once, without rate limiting, retries or a guard against spending; `zapmail-sdk-ext` adds them.
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
    /// Creates a client for the live service.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the key is empty or contains a character that is not visible ASCII, or if TLS could not
    /// be set up.
    pub fn new(api_key: impl Into<Secret>) -> Result<Self> {
        Self::with_transport(api_key, crate::BASE_URL, ReqwestTransport::new()?)
    }

    /// Creates a client for a different base URL, such as that of a sandbox, with a configured [`ReqwestTransport`].
    ///
    /// The base URL does not include the version segment, for example `http://127.0.0.1:8080/api`. It must use HTTPS,
    /// except on loopback.
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
        let with_key = ApiKeyTransport { key, base_url: base_url.clone(), inner: transport };
        Ok(Self { baseurl: base_url, client, transport: SharedTransport::new(with_key) })
    }

    /// Creates a client that sends through a custom transport. The transport must add the API key itself.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the base URL is invalid or TLS could not be set up.
    pub fn from_transport(base_url: &str, transport: impl Transport) -> Result<Self> {
        Ok(Self {
            baseurl: BaseUrl::parse(base_url)?,
            client: shared_http_client()?,
            transport: SharedTransport::new(transport),
        })
    }

    /// Returns a client with the same base URL that sends through a different transport, such as a wrapper around
    /// [`transport`](Self::transport).
    #[must_use]
    pub fn sending_through(&self, transport: impl Transport) -> Self {
        Self { transport: SharedTransport::new(transport), ..self.clone() }
    }

    /// Creates a request for a path below the base URL, such as `/v2/users`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if the path does not start with exactly one slash, leads out of the base URL, or contains
    /// a character that URL parsers replace.
    pub fn request(&self, method: reqwest::Method, path: &str) -> Result<Request> {
        let invalid = |reason: &str| Error::new(ErrorKind::Invalid, format!("`path` {reason}"));
        if !path.starts_with('/') || path.starts_with("//") {
            return Err(invalid("must start with exactly one slash, for example `/v2/users`"));
        }
        // URL parsers treat a backslash as a slash, and remove tabs and line breaks.
        if path.contains(|character: char| character == '\\' || character.is_control()) {
            return Err(invalid("must not contain a backslash or a control character"));
        }
        let url = reqwest::Url::parse(&format!("{}{path}", self.baseurl))
            .map_err(|error| invalid(&format!("is not valid in a URL: {error}")))?;
        // URL parsers drop segments such as `..`.
        let plain = path.split(['?', '#']).next().unwrap_or_default();
        if plain.split('/').any(is_dot_segment) || self.baseurl.below(&url).is_none() {
            return Err(invalid("must not contain `.` or `..`"));
        }
        Ok(Request::new(method, url))
    }

    /// Returns the base URL, without the version segment.
    pub fn base_url(&self) -> &str {
        self.baseurl.as_str()
    }

    /// Returns the transport, for example to wrap it in another one.
    pub fn transport(&self) -> &SharedTransport {
        &self.transport
    }

    /// Sends a request and returns the response if it is a success. The builders of operations use this in `send()`; it
    /// is public for requests that the document does not describe.
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

/// Whether URL parsers drop a segment: `.` or `..`, percent-encoded or not.
fn is_dot_segment(segment: &str) -> bool {
    matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

/// Returns an HTTP client that only builds requests. It is shared, because creating one loads certificates.
fn shared_http_client() -> Result<reqwest::Client> {
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

/// Copies the body, whose credentials are removed from errors. Empty for a request without a body.
fn body_of(request: &Request) -> Vec<u8> {
    request.body().and_then(|body| body.as_bytes()).unwrap_or_default().to_vec()
}

/// A transport that adds the API key, but only to requests to the base URL.
#[derive(Debug)]
struct ApiKeyTransport {
    key: ApiKey,
    base_url: BaseUrl,
    inner: ReqwestTransport,
}

impl Transport for ApiKeyTransport {
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
