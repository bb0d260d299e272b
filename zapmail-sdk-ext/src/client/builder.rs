//! The client builder: all settings of a client.

#[cfg(test)]
mod tests;

use std::env::{self, VarError};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use reqwest::ClientBuilder as HttpBuilder;
use zapmail_sdk::{ApiKey, BaseUrl, Error, ReqwestTransport, Result, Secret, SharedTransport, Transport};

use super::Zapmail;
use super::policies::{Policies, Shared};
use crate::codes::CodeCache;
use crate::observer::{Observer, Observers};
use crate::policy::{
    ExtraHeaders, KeySource, RateLimiter, RateLimits, RetryPolicy, Scope, Spending, Timeouts, provider_error,
};

/// The timeout of the HTTP client: one year, which disables it in practice, because each attempt has its own timeout.
const NO_TIMEOUT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Configures the HTTP client.
type ConfigureHttp = Box<dyn FnOnce(HttpBuilder) -> HttpBuilder + Send>;

/// A builder for a [`Zapmail`] client. All settings except the API key have defaults.
///
/// ```
/// use std::time::Duration;
/// use zapmail_sdk_ext::{Timeouts, Zapmail};
///
/// let zapmail = Zapmail::builder()
///     .api_key("not-a-real-key")
///     .workspace("1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f")
///     .timeouts(Timeouts::default().call(Duration::from_secs(60)))
///     .user_agent("acme-provisioner/1.4")
///     .build()?;
/// assert_eq!(zapmail.base_url(), "https://api.zapmail.ai/api");
/// # Ok::<(), zapmail_sdk_ext::Error>(())
/// ```
#[derive(Default)]
#[must_use = "a builder does nothing before `build()`"]
pub struct ClientBuilder {
    api_key: Option<Key>,
    base_url: Option<String>,
    workspace: Option<String>,
    limits: RateLimits,
    limiter: Option<RateLimiter>,
    retry: RetryPolicy,
    spending: Spending,
    timeouts: Timeouts,
    body_limit: Option<usize>,
    /// The prefix of the names of environment variables.
    prefix: String,
    user_agent: Option<String>,
    configure_http: Option<ConfigureHttp>,
    transport: Option<SharedTransport>,
    observers: Observers,
}

enum Key {
    Fixed(Secret),
    Provider(KeySource),
}

impl ClientBuilder {
    /// Creates a builder from the environment variables `ZAPMAIL_API_KEY`, `ZAPMAIL_WORKSPACE_KEY` and
    /// `ZAPMAIL_BASE_URL`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if a variable is not valid UTF-8.
    pub fn from_env() -> Result<Self> {
        Self::from_variables("", |name| env::var(name))
    }

    /// Creates a builder from environment variables with a prefix: if `prefix` is `NORTH_`, from
    /// `NORTH_ZAPMAIL_API_KEY` and so on.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if a variable is not valid UTF-8.
    pub fn from_env_prefixed(prefix: &str) -> Result<Self> {
        Self::from_variables(prefix, |name| env::var(name))
    }

    fn from_variables(prefix: &str, variable: impl Fn(&str) -> Result<String, VarError>) -> Result<Self> {
        let read = |name: &str| {
            let name = format!("{prefix}{name}");
            match variable(&name) {
                Ok(value) => Ok(Some(value)),
                Err(VarError::NotPresent) => Ok(None),
                Err(VarError::NotUnicode(_)) => {
                    Err(Error::config(format!("{name} is not valid UTF-8; export it again")))
                }
            }
        };
        Ok(Self {
            api_key: read("ZAPMAIL_API_KEY")?.map(|key| Key::Fixed(Secret::from(key))),
            base_url: read("ZAPMAIL_BASE_URL")?,
            workspace: read("ZAPMAIL_WORKSPACE_KEY")?,
            prefix: prefix.to_owned(),
            ..Self::default()
        })
    }

    /// Sets the account's API key. Required unless [`api_key_provider`](Self::api_key_provider) is set.
    pub fn api_key(self, key: impl Into<Secret>) -> Self {
        Self { api_key: Some(Key::Fixed(key.into())), ..self }
    }

    /// Sets a function that returns the API key, for example from a secret store. It is called when the key is first
    /// needed, again for a call that receives a 401, and again by a later call if it takes longer than a minute.
    ///
    /// ```
    /// use zapmail_sdk_ext::{Secret, Zapmail};
    ///
    /// let provider = || async { Ok::<_, std::io::Error>(Secret::from("not-a-real-key")) };
    /// let zapmail = Zapmail::builder().api_key_provider(provider).build()?;
    /// # Ok::<(), zapmail_sdk_ext::Error>(())
    /// ```
    pub fn api_key_provider<F, E>(self, provider: impl Fn() -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Secret, E>> + Send + 'static,
        E: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let source = KeySource::provider(move || {
            let key = provider();
            async move { key.await.map_err(provider_error) }.boxed()
        });
        Self { api_key: Some(Key::Provider(source)), ..self }
    }

    /// Sets the base URL, without the version segment, as in `http://127.0.0.1:8080/api`. Must be HTTPS, except on
    /// loopback. Defaults to the live service.
    pub fn base_url(self, url: impl Into<String>) -> Self {
        Self { base_url: Some(url.into()), ..self }
    }

    /// Sets the workspace that calls run in, by its id. Defaults to the key owner's primary workspace.
    pub fn workspace(self, id: impl fmt::Display) -> Self {
        Self { workspace: Some(id.to_string()), ..self }
    }

    /// Sets the rate limits. Defaults to the documented limits.
    pub fn rate_limits(self, limits: RateLimits) -> Self {
        Self { limits, ..self }
    }

    /// Shares a rate limiter with other clients of the same key. Replaces [`rate_limits`](Self::rate_limits).
    pub fn rate_limiter(self, limiter: RateLimiter) -> Self {
        Self { limiter: Some(limiter), ..self }
    }

    /// Sets the retry policy, for requests that are safe to retry. Defaults to 4 attempts.
    pub fn retry_policy(self, retry: RetryPolicy) -> Self {
        Self { retry, ..self }
    }

    /// Allows operations that can cost money. Disabled by default.
    pub fn allow_spending(self) -> Self {
        Self { spending: Spending::Allowed, ..self }
    }

    /// Sets the timeouts. See [`Timeouts`] for the defaults.
    pub fn timeouts(self, timeouts: Timeouts) -> Self {
        Self { timeouts, ..self }
    }

    /// Sets the maximum size of a response body, in bytes. Defaults to 8 MiB, and to 64 MiB for files.
    pub fn body_limit(self, bytes: usize) -> Self {
        Self { body_limit: Some(bytes), ..self }
    }

    /// Sets the `User-Agent` header. Defaults to `zapmail-sdk-ext/x.y.z`.
    pub fn user_agent(self, name: impl Into<String>) -> Self {
        Self { user_agent: Some(name.into()), ..self }
    }

    /// Configures the HTTP client, for example with a proxy or certificates.
    ///
    /// Three settings are applied afterward and cannot be changed: HTTP/1.1 only, no redirects, and no retries by the
    /// HTTP client. A redirect would send the API key to another host, and a retry could repeat a purchase.
    ///
    /// ```
    /// use zapmail_sdk_ext::Zapmail;
    ///
    /// let builder = Zapmail::builder().api_key("not-a-real-key");
    /// let zapmail = builder.configure_http(|http| http.no_proxy()).build()?;
    /// # Ok::<(), zapmail_sdk_ext::Error>(())
    /// ```
    pub fn configure_http(self, configure: impl FnOnce(HttpBuilder) -> HttpBuilder + Send + 'static) -> Self {
        Self { configure_http: Some(Box::new(configure)), ..self }
    }

    /// Sends each attempt through a custom transport instead of the HTTP client. All policies still apply.
    pub fn transport(self, transport: impl Transport) -> Self {
        Self { transport: Some(SharedTransport::new(transport)), ..self }
    }

    /// Adds an [`Observer`], whose methods are called during each call. A client can have several observers.
    pub fn observer(self, observer: impl Observer) -> Self {
        Self { observers: self.observers.with(observer), ..self }
    }

    /// Builds the client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if a setting is missing or invalid; the message names the
    /// setting and how to fix it.
    pub fn build(self) -> Result<Zapmail> {
        let key = match self.api_key {
            Some(Key::Fixed(key)) => KeySource::Fixed(ApiKey::new(&key)?),
            Some(Key::Provider(source)) => source,
            None => {
                let prefix = self.prefix;
                return Err(Error::config(format!(
                    "`api_key` is not set; export {prefix}ZAPMAIL_API_KEY, or call `Zapmail::builder().api_key(..)`"
                )));
            }
        };
        let base_url = BaseUrl::parse(self.base_url.as_deref().unwrap_or(zapmail_sdk::BASE_URL))?;
        let scope = self.workspace.as_deref().map_or(Ok(Scope::Primary), |id| Scope::workspace(id, key.fixed()))?;
        self.retry.check()?;
        self.timeouts.check()?;
        let limiter = self.limiter.map_or_else(|| RateLimiter::new(self.limits), Ok)?;
        if self.body_limit == Some(0) {
            return Err(Error::config("`body_limit` is zero, so no response could be read; set a number of bytes"));
        }
        let http = match self.transport {
            Some(transport) => transport,
            None => {
                check_tls(base_url.as_str(), zapmail_sdk::TLS)?;
                let user_agent = self.user_agent.as_deref();
                let http = http(user_agent, &self.timeouts, &base_url, self.configure_http)?;
                SharedTransport::new(match self.body_limit {
                    Some(bytes) => http.body_limit(bytes),
                    None => http,
                })
            }
        };
        let shared = Shared { base_url: base_url.clone(), key, limiter, codes: CodeCache::default(), http };
        let policies = Policies {
            shared: Arc::new(shared),
            scope,
            spending: self.spending,
            #[cfg(feature = "journal")]
            once: None,
            retry: self.retry,
            timeouts: self.timeouts,
            headers: ExtraHeaders::default(),
            observers: self.observers,
            invalid: None,
        };
        Zapmail::new(base_url.as_str(), policies)
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ClientBuilder")
            // An invalid URL may contain a password.
            .field("base_url", &self.base_url.as_deref().and_then(|url| BaseUrl::parse(url).ok()))
            // The workspace may be the API key, set by mistake.
            .field("has_workspace", &self.workspace.is_some())
            .field("rate_limits", &self.limits)
            .field("retry_policy", &self.retry)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}

/// Returns an error if the URL needs TLS and the program was built without it. Otherwise, each call would fail with an
/// error about the scheme.
fn check_tls(base_url: &str, tls: bool) -> Result<()> {
    if tls || !base_url.starts_with("https:") {
        return Ok(());
    }
    Err(Error::config(
        "`base_url` uses https, but this program was built without TLS; enable the feature `rustls` or `native-tls` of \
         zapmail-sdk-ext",
    ))
}

fn http(
    user_agent: Option<&str>,
    timeouts: &Timeouts,
    base_url: &BaseUrl,
    configure: Option<ConfigureHttp>,
) -> Result<ReqwestTransport> {
    let user_agent = user_agent.unwrap_or(concat!("zapmail-sdk-ext/", env!("CARGO_PKG_VERSION"))).to_owned();
    let (connect, local) = (timeouts.connect, base_url.is_loopback());
    let http = ReqwestTransport::configured(move |builder| {
        let builder = builder.user_agent(user_agent).connect_timeout(connect);
        // A proxy cannot reach this machine's own loopback.
        let builder = if local { builder.no_proxy() } else { builder };
        match configure {
            Some(configure) => configure(builder),
            None => builder,
        }
    });
    let hint = "check that `user_agent` is a valid header value";
    http.map(|http| http.timeout(NO_TIMEOUT)).map_err(|error| error.with_hint(hint))
}
