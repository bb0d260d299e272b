//! Fetching pages politely: few at a time (the caller sees to that), each only if it changed, with patience.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use reqwest::{Client, Response, StatusCode, header, redirect};
use url::Url;

use super::cache::Cache;
use super::source::{LARGEST, text, too_large};

/// How often a page is asked for before it counts as unreadable.
const ATTEMPTS: u32 = 4;

/// Redirects that are followed, all on one host.
const REDIRECTS: usize = 5;

/// Longest pause that a server may ask for, in units of the first pause.
const LONGEST: u32 = 60;

/// A documentation site.
pub struct Site {
    http: Client,
    address: Url,
    cache: Cache,
    /// Before the second attempt; doubled each time.
    pause: Duration,
}

/// Why an attempt failed.
enum Failure {
    /// Later it may work. The server may have said how much later.
    Passing(String, Option<Duration>),
    Final(String),
}

impl Site {
    /// # Errors
    ///
    /// When there is no TLS to be had on this machine.
    pub fn new(address: Url, cache: PathBuf, pause: Duration) -> Result<Self> {
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
        let cache = Cache::new(cache, &address);
        Ok(Self { http, address, cache, pause })
    }

    pub fn address(&self) -> &Url {
        &self.address
    }

    /// The text of a page.
    ///
    /// # Errors
    ///
    /// When it cannot be had, in words that follow its name.
    pub async fn read(&self, path: &str) -> Result<String, String> {
        let mut pause = self.pause;
        let mut attempt = 1;
        loop {
            match self.attempt(path).await {
                Ok(text) => return Ok(text),
                Err(Failure::Final(message)) => return Err(message),
                Err(Failure::Passing(message, _)) if attempt == ATTEMPTS => {
                    return Err(format!("{message}, {ATTEMPTS} times"));
                }
                Err(Failure::Passing(_, asked)) => {
                    tokio::time::sleep(asked.unwrap_or(pause).min(self.pause * LONGEST)).await;
                    pause *= 2;
                    attempt += 1;
                }
            }
        }
    }

    async fn attempt(&self, path: &str) -> Result<String, Failure> {
        let url = self.page(path);
        let cached = self.cache.get(path);
        let mut request = self.http.get(url);
        if let Some(cached) = &cached {
            request = request.header(header::IF_NONE_MATCH, &cached.etag);
        }
        let response = request.send().await.map_err(failure)?;
        let status = response.status();
        match cached {
            Some(cached) if status == StatusCode::NOT_MODIFIED => return Ok(cached.text),
            _ if status.is_success() => {}
            _ => {
                let message = format!("is answered with {status}");
                let passing = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
                return Err(if passing {
                    Failure::Passing(message, retry_after(&response))
                } else {
                    Failure::Final(message)
                });
            }
        }
        let etag = response.headers().get(header::ETAG).and_then(|etag| etag.to_str().ok()).map(str::to_owned);
        let text = body(response).await?;
        if let Some(etag) = etag {
            self.cache.put(path, &etag, &text);
        }
        Ok(text)
    }

    /// The address of a page below the site's own.
    fn page(&self, path: &str) -> Url {
        let mut url = self.address.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/{path}"));
        url
    }
}

/// The body as text, never more of it than the largest page.
async fn body(mut response: Response) -> Result<String, Failure> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(failure)? {
        if bytes.len() + chunk.len() > LARGEST {
            return Err(Failure::Final(too_large()));
        }
        bytes.extend_from_slice(&chunk);
    }
    text(bytes).map_err(Failure::Final)
}

fn failure(error: reqwest::Error) -> Failure {
    let mut innermost: &dyn std::error::Error = &error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    if error.is_redirect() {
        return Failure::Final(innermost.to_string());
    }
    let what = if error.is_timeout() { "timed out".to_owned() } else { format!("cannot be fetched: {innermost}") };
    Failure::Passing(what, None)
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
