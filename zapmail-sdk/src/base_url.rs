//! The base URL of a client, validated once when the client is built.

use std::fmt;
use std::sync::Arc;

use reqwest::Url;

use crate::error::{Error, Result};

/// A base URL to which the API key may be sent: HTTPS, or HTTP on loopback.
///
/// ```
/// use zapmail_sdk::BaseUrl;
///
/// assert_eq!(BaseUrl::parse("http://127.0.0.1:8080/api/")?.as_str(), "http://127.0.0.1:8080/api");
/// assert!(BaseUrl::parse("http://api.zapmail.ai/api").is_err());
/// # Ok::<(), zapmail_sdk::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Arc<Url>);

impl BaseUrl {
    /// Parses and validates a URL.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if sending the key to the URL is not safe, or no operation could
    /// be reached below it.
    pub fn parse(text: &str) -> Result<Self> {
        let invalid = |reason: &str| Error::config(format!("`base_url` (or ZAPMAIL_BASE_URL) {reason}"));
        let mut url = Url::parse(text.trim()).map_err(|error| {
            invalid(&format!("is not a valid URL ({error}); expected for example {}", crate::BASE_URL))
        })?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => {
                return Err(invalid(
                    "must use https, because the API key is sent with each request (http is allowed for loopback only)",
                ));
            }
            scheme => {
                return Err(invalid(&format!("starts with {scheme}:; use https:// (or http:// for loopback)")));
            }
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(invalid("must not contain credentials"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(invalid("must not have a query or a fragment"));
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        if let Some((without, version)) = path.rsplit_once('/')
            && is_version(version)
        {
            url.set_path(without);
            let corrected = url.as_str().trim_end_matches('/');
            return Err(invalid(&format!(
                "ends in the version segment `{version}`, which each operation adds itself; use {corrected}"
            )));
        }
        Ok(Self(Arc::new(url)))
    }

    /// Returns the URL without a trailing slash.
    pub fn as_str(&self) -> &str {
        self.0.as_str().trim_end_matches('/')
    }

    /// Whether the host is loopback.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// Checks that a URL has the same scheme, host and port as this one, so that the API key may be sent to it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if one of them differs.
    pub fn check_origin(&self, url: &Url) -> Result<()> {
        if self.0.origin() == url.origin() {
            return Ok(());
        }
        Err(Error::config(
            "the request is addressed to a different host than `base_url`; it was not sent, to protect the API key",
        ))
    }

    /// Returns the part of a URL's path that follows this base URL.
    pub(crate) fn below<'u>(&self, url: &'u Url) -> Option<&'u str> {
        url.path().strip_prefix(self.0.path().trim_end_matches('/'))
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

/// Whether a path segment is a version, such as `v2`.
fn is_version(segment: &str) -> bool {
    segment
        .strip_prefix(['v', 'V'])
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_loopback(url: &Url) -> bool {
    match url.host_str() {
        Some(host) => {
            host.eq_ignore_ascii_case("localhost")
                || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::BaseUrl;
    use crate::ErrorKind;

    #[test]
    fn valid_url_is_parsed_without_trailing_slash() {
        for (text, url) in [
            ("https://api.zapmail.ai/api/", "https://api.zapmail.ai/api"),
            (" http://localhost:8080/api ", "http://localhost:8080/api"),
            ("http://[::1]:8080", "http://[::1]:8080"),
            ("http://127.0.0.2:80//", "http://127.0.0.2"),
            ("https://proxy.example/v2zapmail", "https://proxy.example/v2zapmail"),
        ] {
            assert_eq!(BaseUrl::parse(text).unwrap().as_str(), url);
        }
    }

    #[test]
    fn invalid_url_is_rejected_with_the_remedy() {
        for (text, part) in [
            ("api.zapmail.ai", "is not a valid URL"),
            ("localhost:8080", "use https:// (or http:// for loopback)"),
            ("http://api.zapmail.ai/api", "must use https"),
            ("http://127.0.0.1.example", "must use https"),
            ("ftp://api.zapmail.ai", "starts with ftp:"),
            ("https://dana:pw@api.zapmail.ai", "must not contain credentials"),
            ("https://api.zapmail.ai/api?key=1", "must not have a query"),
            ("https://api.zapmail.ai/api#v2", "must not have a query or a fragment"),
            ("https://api.zapmail.ai/api/v2", "use https://api.zapmail.ai/api"),
            ("https://api.zapmail.ai/api/v3/", "use https://api.zapmail.ai/api"),
            ("http://127.0.0.1:8080/v1", "use http://127.0.0.1:8080"),
        ] {
            let error = BaseUrl::parse(text).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config);
            assert!(
                error.message().contains("base_url") && error.message().ends_with(part)
                    || error.message().contains(part),
                "{error}"
            );
        }
    }
}
