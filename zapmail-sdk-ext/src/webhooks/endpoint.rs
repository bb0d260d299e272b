//! Registration of endpoints: an existing endpoint is reused, because no operation deletes one.

use std::net::IpAddr;

use reqwest::Url;
use zapmail_sdk::builder::CreateWebhookEndpoint;
use zapmail_sdk::ids::WebhookEndpointId;
use zapmail_sdk::types::{NewWebhookEndpoint, WebhookEndpoint, WebhookEndpointUpdate, WebhookEventType};
use zapmail_sdk::{Error, ErrorKind, Request, Result, Secret};

use crate::client::Zapmail;

/// The status of an endpoint that receives events.
const ACTIVE: &str = "active";

/// An endpoint that receives events; see [`ensure_endpoint`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct EnsuredEndpoint {
    /// Identifier of the endpoint.
    pub id: WebhookEndpointId,
    /// URL to which events are sent, as stored by the service.
    pub url: String,
    /// Event types that the endpoint receives: the requested ones, and those that were enabled before.
    pub events: Vec<WebhookEventType>,
    /// The secret, if the endpoint was created by this call: store it. `None` for an existing endpoint, because the
    /// service returns a secret only once.
    pub secret: Option<Secret>,
    /// The change that was made.
    pub change: EndpointChange,
    /// Other endpoints with the same URL. Each of them that is active delivers every event once more, signed with a
    /// different secret.
    pub others: Vec<WebhookEndpointId>,
}

/// The change made by [`ensure_endpoint`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EndpointChange {
    /// The endpoint was created.
    Created,
    /// Events were enabled, or the endpoint was reactivated.
    Updated,
    /// The endpoint was already active, with all events.
    Unchanged,
}

/// Ensures that an active endpoint with this URL receives these events: returns the existing endpoint, updating it if
/// necessary, or creates one.
///
/// A program can call this at every start, but not concurrently: two calls at the same time may both create an
/// endpoint. Endpoints belong to the account, not to a workspace. The comparison of URLs ignores the letter case of the
/// host, a trailing slash, and a fragment. Events that the endpoint already receives stay enabled.
///
/// The service delivers to public `https` URLs. Plain `http` is accepted only for loopback, for use with a sandbox.
///
/// ```no_run
/// use zapmail_sdk_ext::types::WebhookEventType;
/// use zapmail_sdk_ext::webhooks::{self, WebhookVerifier};
/// # use zapmail_sdk_ext::{Result, Secret};
/// # async fn store(_: &Secret) -> Result<()> { Ok(()) }
/// # async fn stored() -> Result<Secret> { Ok(Secret::from("")) }
///
/// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> Result<()> {
/// let events = [WebhookEventType::ExportCompleted, WebhookEventType::ExportFailed];
/// let endpoint = webhooks::ensure_endpoint(&zapmail, "https://hooks.acme.com/zapmail", events).await?;
/// let secret = match endpoint.secret {
///     Some(secret) => {
///         store(&secret).await?;
///         secret
///     }
///     None => stored().await?,
/// };
/// let verifier = WebhookVerifier::new(secret)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// - [`ErrorKind::Invalid`] if the URL is not accepted, if `events` is empty, or if the service rejects an unknown
///   event; in that case, the message lists the documented events.
/// - An error with [`may_have_been_processed`](Error::may_have_been_processed), such as [`ErrorKind::OutcomeUnknown`],
///   if the response to the creation was lost. The list of endpoints is then read again, and the message reports
///   whether the endpoint exists. If it does, its secret is lost: create an endpoint with a different URL, for example
///   with `?2` at its end.
/// - Any other error of a call.
///
/// Dropping the future cancels the call; if an endpoint was created by then, its secret is lost.
pub async fn ensure_endpoint<E>(zapmail: &Zapmail, url: &str, events: E) -> Result<EnsuredEndpoint>
where
    E: IntoIterator<Item: Into<WebhookEventType>>,
{
    let address = Address::checked(url)?;
    let events = distinct(events.into_iter().map(Into::into));
    if events.is_empty() {
        return Err(invalid("`events` is empty; pass the events that the endpoint should receive"));
    }
    let mut known = listed(zapmail, &address).await?;
    if known.is_empty() {
        return create(zapmail, &address, events).await;
    }
    // Among several endpoints, prefer the first that needs no change, then the first that is active.
    let complete = known.iter().position(|endpoint| is_complete(endpoint, &events));
    let endpoint = known.remove(complete.or_else(|| known.iter().position(is_active)).unwrap_or_default());
    let others = known.into_iter().map(|other| other.id).collect();
    if is_complete(&endpoint, &events) {
        return Ok(ensured(endpoint, EndpointChange::Unchanged, others));
    }
    let endpoint = update(zapmail, &address, endpoint, events).await?;
    Ok(ensured(endpoint, EndpointChange::Updated, others))
}

async fn create(zapmail: &Zapmail, address: &Address, events: Vec<WebhookEventType>) -> Result<EnsuredEndpoint> {
    let new = NewWebhookEndpoint::new(events.clone(), address.text.as_str());
    let created = zapmail.create_webhook_endpoint().body(new).allow_unknown().send().await;
    let error = match created {
        Ok(created) if created.secret.is_some() => {
            return Ok(EnsuredEndpoint {
                id: created.id,
                url: created.url.unwrap_or_else(|| address.text.clone()),
                events,
                secret: created.secret,
                change: EndpointChange::Created,
                others: Vec::new(),
            });
        }
        Ok(_) => Error::new(ErrorKind::OutcomeUnknown, "the response contains no secret")
            .with_operation(CreateWebhookEndpoint::OPERATION)
            .with_may_have_been_processed(true),
        Err(error) if is_rejection(&error) => return Err(with_unknown(error, &events)),
        Err(error) => error,
    };
    // If the list cannot be read either, the error names the operation to verify with.
    let Ok(known) = listed(zapmail, address).await else { return Err(error) };
    Err(error.with_hint(match known.first() {
        Some(endpoint) => format!(
            "the endpoint `{}` exists now, but its secret cannot be read again; call `ensure_endpoint` with a different \
             URL, for example with `?2` at its end",
            endpoint.id
        ),
        None => "the list does not contain the endpoint, so it was probably not created; call `ensure_endpoint` again, \
                 which reads the list first"
            .to_owned(),
    }))
}

/// Returns whether an error guarantees that nothing was created.
fn is_rejection(error: &Error) -> bool {
    let is_refused = error.status().is_some_and(|status| (400..500).contains(&status)) && !error.is_outcome_unknown();
    is_refused || !error.may_have_been_processed()
}

/// Adds the event that the service may not know to a rejection. Undocumented events are sent, because some exist.
fn with_unknown(error: Error, events: &[WebhookEventType]) -> Error {
    let Some(unknown) = events.iter().find(|event| !event.is_known()) else { return error };
    if error.kind() != ErrorKind::Invalid {
        return error;
    }
    let known: Vec<_> = WebhookEventType::KNOWN.iter().map(WebhookEventType::as_str).collect();
    error.with_hint(format!("`{unknown}` is not a documented event; use one of {}", known.join(", ")))
}

/// Enables the events in addition to those already enabled, and activates the endpoint.
async fn update(
    zapmail: &Zapmail,
    address: &Address,
    mut endpoint: WebhookEndpoint,
    events: Vec<WebhookEventType>,
) -> Result<WebhookEndpoint> {
    let all = distinct(endpoint.enabled_events.iter().chain(&events).cloned());
    // The URL as stored by the service, which may be spelled differently.
    let url = endpoint.url.clone().unwrap_or_else(|| address.text.clone());
    let body = WebhookEndpointUpdate::new(all.clone(), ACTIVE, url);
    let updated = zapmail.update_webhook_endpoint().id(&endpoint.id).body(body).allow_unknown().send().await;
    match updated {
        Ok(_) => {}
        // The format of this response has not been observed, so the list shows whether the update succeeded.
        Err(error) if error.kind() == ErrorKind::Decode => {
            let known = listed(zapmail, address).await.unwrap_or_default();
            let is_updated = |other: &WebhookEndpoint| other.id == endpoint.id && is_complete(other, &events);
            if !known.iter().any(is_updated) {
                return Err(error);
            }
        }
        Err(error) => return Err(with_unknown(error, &events)),
    }
    endpoint.enabled_events = all;
    Ok(endpoint)
}

fn ensured(endpoint: WebhookEndpoint, change: EndpointChange, others: Vec<WebhookEndpointId>) -> EnsuredEndpoint {
    EnsuredEndpoint {
        id: endpoint.id,
        url: endpoint.url.unwrap_or_default(),
        events: endpoint.enabled_events,
        secret: None,
        change,
        others,
    }
}

/// Returns the endpoints with this address.
async fn listed(zapmail: &Zapmail, address: &Address) -> Result<Vec<WebhookEndpoint>> {
    let endpoints = zapmail.list_webhook_endpoints().send().await?;
    let is_match = |endpoint: &WebhookEndpoint| endpoint.url.as_deref().is_some_and(|url| address.is_of(url));
    Ok(endpoints.into_iter().filter(is_match).collect())
}

fn is_active(endpoint: &WebhookEndpoint) -> bool {
    endpoint.status.as_deref().is_some_and(|status| status.trim().eq_ignore_ascii_case(ACTIVE))
}

fn is_complete(endpoint: &WebhookEndpoint, events: &[WebhookEventType]) -> bool {
    is_active(endpoint) && events.iter().all(|event| endpoint.enabled_events.contains(event))
}

fn distinct(events: impl Iterator<Item = WebhookEventType>) -> Vec<WebhookEventType> {
    let mut distinct = Vec::new();
    for event in events {
        if !distinct.contains(&event) {
            distinct.push(event);
        }
    }
    distinct
}

/// The URL of an endpoint.
struct Address {
    /// The URL as passed, trimmed.
    text: String,
    /// The normalized URL, for comparison.
    url: Url,
}

impl Address {
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if the service could not deliver to this URL.
    fn checked(text: &str) -> Result<Self> {
        let text = text.trim();
        let url = normalized(text)
            .ok_or_else(|| invalid("`url` is not a valid URL; use one such as `https://hooks.acme.com/zapmail`"))?;
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            // The message omits the path and query, which may contain a credential.
            scheme => {
                return Err(invalid(format!(
                    "`url` begins with `{scheme}://`; use https, which the service requires (plain http is accepted for \
                     loopback only)"
                )));
            }
        }
        Ok(Self { text: text.to_owned(), url })
    }

    fn is_of(&self, other: &str) -> bool {
        normalized(other.trim()).is_some_and(|other| other == self.url)
    }
}

/// Parses a URL, and removes its fragment and the slashes at the end of its path. Parsing converts the host to lower
/// case.
fn normalized(text: &str) -> Option<Url> {
    let mut url = Url::parse(text).ok().filter(Url::has_host)?;
    url.set_fragment(None);
    let path = url.path().trim_end_matches('/').to_owned();
    url.set_path(&path);
    Some(url)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Invalid, message).with_operation(CreateWebhookEndpoint::OPERATION)
}
