//! The settings of a client.

#[cfg(test)]
mod tests;

use std::env::{self, VarError};
use std::fmt;
use std::sync::Arc;

use url::{Host, Url};

use crate::client::{Connection, Zapmail};
use crate::error::{Error, Result};
use crate::otp::Codes;
use crate::policy::{Key, Limiter, Quota, Retries, Rules, Scope, Spending, Timeouts};

/// Largest answer that is read, unless set: 64 MiB.
const BODY_LIMIT: usize = 64 << 20;

/// The settings of a [`Zapmail`] client; everything but the key has a default.
///
/// ```
/// use std::time::Duration;
/// use zapmail_sdk_ext::{Quota, Timeouts, Zapmail};
///
/// let zapmail = Zapmail::builder()
///     .api_key("not-a-real-key")
///     .workspace("1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f")
///     .quota(Quota::per_second(5).per_minute(200))
///     .timeouts(Timeouts::default().call(Duration::from_secs(60)))
///     .user_agent("acme-provisioner/1.4")
///     .build()?;
/// assert_eq!(zapmail.base_url(), "https://api.zapmail.ai/api");
/// # Ok::<(), zapmail_sdk_ext::Error>(())
/// ```
#[derive(Clone, Default)]
#[must_use = "a builder does nothing until it is built"]
pub struct Builder {
    api_key: Option<String>,
    base_url: Option<String>,
    workspace: Option<String>,
    quota: Quota,
    retries: Retries,
    spending: Spending,
    timeouts: Timeouts,
    body_limit: Option<usize>,
    user_agent: Option<String>,
    http_client: Option<reqwest::Client>,
}

impl Builder {
    /// The settings of the environment: `ZAPMAIL_API_KEY`, `ZAPMAIL_WORKSPACE_KEY`, `ZAPMAIL_BASE_URL`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when a variable is not text.
    pub fn from_env() -> Result<Self> {
        Self::from_variables(|name| env::var(name))
    }

    fn from_variables(variable: impl Fn(&str) -> Result<String, VarError>) -> Result<Self> {
        let read = |name: &str| match variable(name) {
            Ok(value) => Ok(Some(value)),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(Error::config(format!("{name} is not text in UTF-8; export it again"))),
        };
        Ok(Self {
            api_key: read("ZAPMAIL_API_KEY")?,
            base_url: read("ZAPMAIL_BASE_URL")?,
            workspace: read("ZAPMAIL_WORKSPACE_KEY")?,
            ..Self::default()
        })
    }

    /// The account's key. Required.
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(key.into());
        self
    }

    /// Another service, such as a sandbox: https only, unless it is on this machine. It ends before the version, as in
    /// `http://127.0.0.1:8080/api`; with another path, calls fail with 404.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// The workspace that calls run in, by its id.
    pub fn workspace(mut self, id: impl Into<String>) -> Self {
        self.workspace = Some(id.into());
        self
    }

    /// How many requests may be sent in which time: the documented quota, unless set.
    pub fn quota(mut self, quota: Quota) -> Self {
        self.quota = quota;
        self
    }

    /// How often a request is sent again where that is safe: 4 attempts, unless set.
    pub fn retries(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// Whether calls that can cost money are sent: refused, unless set.
    pub fn spending(mut self, spending: Spending) -> Self {
        self.spending = spending;
        self
    }

    /// How long a call may take.
    pub fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// Largest answer that is read, in bytes: 64 MiB, unless set.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = Some(bytes);
        self
    }

    /// What the program calls itself: `zapmail-sdk-ext/x.y.z`, unless set. Not used with a client of your own.
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = Some(name.into());
        self
    }

    /// An HTTP client of your own, for proxies or certificates: best begun with [`http_client`](crate::http_client),
    /// which brings its TLS along. It is one of reqwest 0.13, and must not follow redirects: the key would go along.
    pub fn http_client(mut self, client: reqwest::Client) -> Self {
        self.http_client = Some(client);
        self
    }

    /// The client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when a setting is missing or wrong; the message names it and
    /// says what to do.
    pub fn build(self) -> Result<Zapmail> {
        let key = self.api_key.as_deref().ok_or_else(|| {
            Error::config("`api_key` is not set: export ZAPMAIL_API_KEY, or call `Zapmail::builder().api_key(..)`")
        })?;
        let key = Key::new(key)?;
        let base_url = base_url(self.base_url.as_deref().unwrap_or(zapmail_sdk::BASE_URL))?;
        let scope = self.workspace.as_deref().map_or(Ok(Scope::Primary), Scope::workspace)?;
        self.quota.check()?;
        self.retries.check()?;
        self.timeouts.check()?;
        let body_limit = self.body_limit.unwrap_or(BODY_LIMIT);
        if body_limit == 0 {
            return Err(Error::config("`body_limit` is zero, so no answer could be read; give a number of bytes"));
        }
        let http = match self.http_client {
            Some(client) => client,
            None => {
                check_tls(&base_url, zapmail_sdk::TLS)?;
                http_client(self.user_agent.as_deref(), &self.timeouts, &base_url)?
            }
        };
        let rules = Rules {
            key,
            limiter: Limiter::new(self.quota),
            retries: self.retries,
            spending: self.spending,
            timeouts: self.timeouts,
            body_limit,
        };
        let connection = Connection { base_url, http, rules: Arc::new(rules), codes: Codes::default() };
        Ok(Zapmail::new(Arc::new(connection), scope))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Builder")
            // One that cannot be used may hold a password.
            .field("base_url", &self.base_url.as_deref().and_then(|url| base_url(url).ok()))
            .field("workspace", &self.workspace)
            .field("quota", &self.quota)
            .field("retries", &self.retries)
            .field("spending", &self.spending)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}

/// The URL without a slash at its end, if the key may be sent there.
fn base_url(text: &str) -> Result<String> {
    let broken = |reason: &str| Error::config(format!("`base_url` (or ZAPMAIL_BASE_URL) {reason}"));
    let url = Url::parse(text.trim())
        .map_err(|error| broken(&format!("is no URL ({error}); give one such as {}", zapmail_sdk::BASE_URL)))?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err(broken("has to start with https, since the key goes along; http is for this machine only"));
        }
        scheme => {
            return Err(broken(&format!("starts with {scheme}:, not with https:// (or http:// for this machine)")));
        }
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(broken("holds a user name or a password; take them out"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(broken("has a query or a fragment; take it out"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// An error if the URL needs TLS and there is none. Each call would fail, of a scheme that is called wrong.
fn check_tls(base_url: &str, tls: bool) -> Result<()> {
    if tls || !base_url.starts_with("https:") {
        return Ok(());
    }
    Err(Error::config(
        "`base_url` is https, and this program was built without TLS: switch on the feature `rustls` or `native-tls` of \
         zapmail-sdk-ext, or set an `http_client` that has its own",
    ))
}

/// Redirects are not followed: a header of our own goes along to any host, and that header is the key.
fn http_client(user_agent: Option<&str>, timeouts: &Timeouts, base_url: &str) -> Result<reqwest::Client> {
    let user_agent = user_agent.unwrap_or(concat!("zapmail-sdk-ext/", env!("CARGO_PKG_VERSION")));
    let builder = zapmail_sdk::http_client()
        .map_err(|error| Error::config(format!("the HTTP client cannot be made: {error}")))?
        .user_agent(user_agent)
        .connect_timeout(timeouts.connect)
        .redirect(reqwest::redirect::Policy::none());
    // A proxy cannot reach this machine's own loopback.
    let local = Url::parse(base_url).is_ok_and(|url| is_loopback(&url));
    let builder = if local { builder.no_proxy() } else { builder };
    builder.build().map_err(|error| {
        Error::config(format!("the HTTP client cannot be made: {error}; is `user_agent` a header value?"))
    })
}
