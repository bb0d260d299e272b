//! Verification of deliveries: the signature must match one of the secrets and be recent.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use http::HeaderMap;
use zapmail_sdk::surrogates::replace_lone;
use zapmail_sdk::{Error, Result, Secret, clock};

use super::event::Event;
use super::rejected::Rejected;
use super::signature::{Signature, trimmed};
use super::{SIGNATURE_HEADER, TOLERANCE};

/// Verifies deliveries and returns their events. Cloning is cheap.
///
/// ```
/// use zapmail_sdk_ext::http::{HeaderMap, StatusCode};
/// use zapmail_sdk_ext::webhooks::WebhookVerifier;
///
/// fn receive(verifier: &WebhookVerifier, headers: &HeaderMap, raw_body: &[u8]) -> StatusCode {
///     match verifier.verify(headers, raw_body) {
///         Ok(event) => {
///             println!("{} {}", event.id, event.kind());
///             StatusCode::OK
///         }
///         Err(rejected) => rejected.status(),
///     }
/// }
///
/// let verifier = WebhookVerifier::new("not-a-real-secret")?;
/// assert_eq!(receive(&verifier, &HeaderMap::new(), b"{}"), StatusCode::BAD_REQUEST);
/// # Ok::<(), zapmail_sdk_ext::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "a verifier does nothing until `verify` is called"]
pub struct WebhookVerifier {
    secrets: Vec<Secret>,
    tolerance: Duration,
    clock: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

impl WebhookVerifier {
    /// Creates a verifier with the endpoint's secret. Whitespace around the secret is ignored.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the secret is blank: anyone can sign with an empty secret.
    pub fn new(secret: impl Into<Secret>) -> Result<Self> {
        let empty = Self { secrets: Vec::new(), tolerance: TOLERANCE, clock: Arc::new(clock::system_time) };
        empty.also(secret)
    }

    /// Also accepts deliveries that were signed with this secret, such as the old secret while an endpoint is being
    /// replaced.
    ///
    /// ```
    /// use zapmail_sdk_ext::webhooks::WebhookVerifier;
    ///
    /// let verifier = WebhookVerifier::new("the-new-secret")?.also("the-old-secret")?;
    /// # Ok::<(), zapmail_sdk_ext::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the secret is blank.
    pub fn also(mut self, secret: impl Into<Secret>) -> Result<Self> {
        let secret = trimmed(secret.into());
        if secret.expose().is_empty() {
            let message = "`secret` is blank; pass the secret that the service returned when the endpoint was created";
            return Err(Error::config(message));
        }
        self.secrets.push(secret);
        Ok(self)
    }

    /// Sets how far a signature's timestamp may be from the current time, in either direction. Defaults to 5 minutes.
    ///
    /// ```
    /// use std::time::Duration;
    /// use zapmail_sdk_ext::webhooks::WebhookVerifier;
    ///
    /// let verifier = WebhookVerifier::new("not-a-real-secret")?.tolerance(Duration::from_secs(60));
    /// # Ok::<(), zapmail_sdk_ext::Error>(())
    /// ```
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Sets the clock against which timestamps are checked. Defaults to the system clock.
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    /// use zapmail_sdk_ext::webhooks::WebhookVerifier;
    ///
    /// let now = UNIX_EPOCH + Duration::from_secs(1_790_000_000);
    /// let verifier = WebhookVerifier::new("not-a-real-secret")?.clock(move || now);
    /// # Ok::<(), zapmail_sdk_ext::Error>(())
    /// ```
    pub fn clock(mut self, clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Verifies a delivery and returns its event. An event that was delivered before is accepted again; see
    /// [`replay_protection`](Self::replay_protection).
    ///
    /// Pass the raw body: a body that was parsed and serialized again does not match the signature.
    ///
    /// # Errors
    ///
    /// A [`Rejected`]; respond with its [`status`](Rejected::status).
    pub fn verify(&self, headers: &HeaderMap, raw_body: &[u8]) -> Result<Event, Rejected> {
        let mut values = headers.get_all(SIGNATURE_HEADER).iter();
        let value = values.next().ok_or(Rejected::HeaderMissing)?;
        if values.next().is_some() {
            return Err(Rejected::HeaderRepeated);
        }
        self.verify_signature(value.to_str().map_err(|_| Rejected::HeaderNotText)?, raw_body)
    }

    /// Verifies a delivery, given the value of the header [`SIGNATURE_HEADER`], and returns its event.
    ///
    /// ```
    /// use zapmail_sdk_ext::webhooks::{Rejected, WebhookVerifier};
    ///
    /// let verifier = WebhookVerifier::new("not-a-real-secret")?;
    /// assert_eq!(verifier.verify_signature("t=1790000000,v1=00", b"{}"), Err(Rejected::SignatureMismatch));
    /// # Ok::<(), zapmail_sdk_ext::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// A [`Rejected`]; respond with its [`status`](Rejected::status).
    pub fn verify_signature(&self, signature_header: &str, raw_body: &[u8]) -> Result<Event, Rejected> {
        let signature = Signature::parse(signature_header)?;
        if self.secrets.iter().filter(|secret| signature.is_signed_with(secret, raw_body)).count() == 0 {
            return Err(Rejected::SignatureMismatch);
        }
        signature.check_time((self.clock)(), self.tolerance)?;
        let envelope = serde_json::from_slice(&replace_lone(raw_body)).map_err(|_| Rejected::Unreadable)?;
        Event::read(envelope).ok_or(Rejected::Unreadable)
    }

    /// Returns the length of the period in which a signature is accepted.
    pub(super) fn window(&self) -> Duration {
        self.tolerance.saturating_mul(2)
    }
}

impl fmt::Debug for WebhookVerifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("WebhookVerifier")
            .field("secrets", &self.secrets.len())
            .field("tolerance", &self.tolerance)
            .finish_non_exhaustive()
    }
}
