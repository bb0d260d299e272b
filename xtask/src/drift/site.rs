//! A polite fetcher of pages, which retries failures with backoff. The caller limits the concurrency.

use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::{Client, Response, StatusCode, header, redirect};
use url::Url;

use super::page::{LARGEST, decoded, too_large};

/// The maximum number of requests for a page before it counts as unreadable.
const ATTEMPTS: u32 = 4;

/// The maximum number of redirects, all on the same host.
const REDIRECTS: usize = 5;

/// The maximum delay that a server can ask for, as a multiple of the first delay.
const MAX_DELAY_FACTOR: u32 = 60;

/// A documentation site.
pub struct Site {
    http: Client,
    address: Url,
    /// The delay before the first retry; doubled for each further retry.
    retry_delay: Duration,
}

/// Why an attempt failed.
enum Failure {
    /// A retry might succeed. Contains the delay that the server asked for, if any.
    Transient(String, Option<Duration>),
    Final(String),
}

impl Site {
    /// Creates a site with this URL.
    ///
    /// # Errors
    ///
    /// If TLS cannot be set up on this machine.
    pub fn new(address: Url, retry_delay: Duration) -> Result<Self> {
        let host = address.host_str().map(str::to_owned);
        let policy = redirect::Policy::custom(move |attempt| {
            if attempt.previous().len() > REDIRECTS {
                attempt.error(format!("is redirected more than {REDIRECTS} times"))
            } else if attempt.url().host_str() != host.as_deref() {
                let error = format!("is redirected to another host, {}", attempt.url().host_str().unwrap_or("none"));
                attempt.error(error)
            } else {
                attempt.follow()
            }
        });
        let http = Client::builder()
            .user_agent(concat!("zapmail-sdk-xtask/", env!("CARGO_PKG_VERSION")))
            .redirect(policy)
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(60))
            .build()
            .context("cannot set up HTTP")?;
        Ok(Self { http, address, retry_delay })
    }

    pub fn address(&self) -> &Url {
        &self.address
    }

    /// Reads the text of a page.
    ///
    /// # Errors
    ///
    /// If the page cannot be fetched. The message is a predicate that follows the page's name.
    pub async fn read(&self, path: &str) -> Result<String, String> {
        let mut delay = self.retry_delay;
        let mut attempt = 1;
        loop {
            match self.attempt(path).await {
                Ok(text) => return Ok(text),
                Err(Failure::Final(message)) => return Err(message),
                Err(Failure::Transient(message, _)) if attempt == ATTEMPTS => {
                    return Err(format!("{message}, {ATTEMPTS} times"));
                }
                Err(Failure::Transient(_, asked)) => {
                    tokio::time::sleep(asked.unwrap_or(delay).min(self.retry_delay * MAX_DELAY_FACTOR)).await;
                    delay *= 2;
                    attempt += 1;
                }
            }
        }
    }

    async fn attempt(&self, path: &str) -> Result<String, Failure> {
        let response = self.http.get(self.page(path)).send().await.map_err(failure)?;
        let status = response.status();
        if status.is_success() {
            return body(response).await;
        }
        let message = format!("returned HTTP {status}");
        let is_transient = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
        Err(if is_transient { Failure::Transient(message, retry_after(&response)) } else { Failure::Final(message) })
    }

    /// The URL of a page, below the site's URL.
    fn page(&self, path: &str) -> Url {
        let mut url = self.address.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{path}"));
        url
    }
}

/// Reads the body as text. Fails if it is larger than [`LARGEST`].
async fn body(mut response: Response) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if bytes.len() + chunk.len() > LARGEST {
            return Err(Failure::Final(too_large()));
        }
        bytes.extend_from_slice(&chunk);
    }
    decoded(bytes).map_err(Failure::Final)
}

fn failure(error: reqwest::Error) -> Failure {
    let mut innermost: &dyn std::error::Error = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    if error.is_redirect() {
        return Failure::Final(innermost.to_string());
    }
    let message = if error.is_timeout() { "timed out".to_owned() } else { format!("cannot be fetched: {innermost}") };
    Failure::Transient(message, None)
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
