//! Webhooks: verifies that an event comes from the service, and reads it.
//!
//! The service signs the time and the raw body with the endpoint's secret. Verify the raw body before parsing it: a body
//! that was parsed and serialized again does not match the signature.

#[cfg(test)]
mod tests;

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use sha2::Sha256;
use zapmail_sdk::types::WebhookEventType;
use zapmail_sdk::{Numeric, Secret, Untyped};

/// The header that contains the signature.
pub const SIGNATURE_HEADER: &str = "x-zapmail-signature";

/// The usual tolerance for a signature's timestamp: 5 minutes.
pub const TOLERANCE: Duration = Duration::from_secs(300);

/// An event, returned by [`verify`].
///
/// The service may deliver an event more than once: store the ids of handled events. For its data, see
/// [the guide](crate::guide::webhooks).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// Identifier, equal in all deliveries of an event.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// When it happened, in seconds since 1970; `None` if the time is missing or cannot be read.
    #[serde(default, deserialize_with = "created")]
    pub created: Option<i64>,
    /// Version of the API that sent it.
    #[serde(default, deserialize_with = "text")]
    pub api_version: Option<String>,
    /// What happened. The service adds types without notice.
    #[serde(rename = "type")]
    pub kind: WebhookEventType,
    /// What it happened to. Its fields are not documented.
    #[serde(default)]
    pub data: Untyped,
}

impl Event {
    /// Decodes the data into a type of your own.
    ///
    /// # Errors
    ///
    /// [`Rejected::Unreadable`] if the data does not match.
    pub fn data_as<T: DeserializeOwned>(&self) -> Result<T, Rejected> {
        T::deserialize(self.data.expose()).map_err(|_| Rejected::Unreadable)
    }
}

/// The smallest number that is read as milliseconds: as seconds, it would be in the year 5138.
const FIRST_MILLISECONDS: u64 = 100_000_000_000;

fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Numeric::deserialize(deserializer).map(|id| id.to_string())
}

fn created<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(text(deserializer)?.and_then(|text| seconds(text.trim())))
}

/// Text, or a number as text. Any other value counts as missing: an event must not be lost because of a field that is
/// not needed to handle it.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// Whole seconds since 1970, from a number of seconds, milliseconds, microseconds or nanoseconds, or from a date.
fn seconds(text: &str) -> Option<i64> {
    let Some(number) = Numeric::from(text).as_decimal() else { return seconds_of_date(text) };
    let mut time = i64::try_from(number.floor()).ok()?;
    while time.unsigned_abs() >= FIRST_MILLISECONDS {
        time = time.div_euclid(1000);
    }
    Some(time)
}

/// A date without a zone is in UTC; a date without a time is midnight.
fn seconds_of_date(text: &str) -> Option<i64> {
    let date = ["", "Z", "T00:00:00Z"].iter().find_map(|rest| format!("{text}{rest}").parse::<DateTime<Utc>>().ok())?;
    Some(date.timestamp())
}

/// Why a delivery was rejected; see [`verify`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejected {
    /// The header is not of the form `t=<unix seconds>,v1=<hex>`.
    Malformed,
    /// The timestamp is older than the tolerance (possible replay).
    TooOld,
    /// The timestamp is in the future by more than the tolerance. Check this machine's clock.
    InTheFuture,
    /// No signature matches.
    Forged,
    /// The signature matches, but the body is not an event: an object with an `id` and a `type`.
    Unreadable,
}

/// Verifies a delivery and returns its event.
///
/// Respond within 10 seconds: with a 2xx if the delivery is accepted, with a 4xx if it is rejected. Blanks and line breaks
/// around the secret are ignored.
///
/// ```
/// use std::time::SystemTime;
/// use zapmail_sdk_ext::{Secret, webhook};
///
/// fn receive(secret: &Secret, signature: &str, raw_body: &[u8]) -> Result<(), webhook::Rejected> {
///     let event = webhook::verify(secret, signature, raw_body, SystemTime::now(), webhook::TOLERANCE)?;
///     println!("{} {}", event.id, event.kind);
///     Ok(())
/// }
/// ```
///
/// # Errors
///
/// A [`Rejected`], which contains nothing of the secret or the body. A blank secret rejects every delivery.
pub fn verify(
    secret: &Secret,
    signature_header: &str,
    raw_body: &[u8],
    now: SystemTime,
    tolerance: Duration,
) -> Result<Event, Rejected> {
    let signature = Signature::parse(signature_header)?;
    signature.check(secret, raw_body)?;
    signature.check_time(now, tolerance)?;
    serde_json::from_slice(raw_body).map_err(|_| Rejected::Unreadable)
}

/// The parts of the header.
struct Signature<'a> {
    /// As text, since the text is signed.
    time: &'a str,
    seconds: u64,
    /// There are several while a secret is being replaced.
    values: Vec<Vec<u8>>,
}

impl<'a> Signature<'a> {
    fn parse(header: &'a str) -> Result<Self, Rejected> {
        let mut time = None;
        let mut values = Vec::new();
        // Empty parts and unknown schemes are ignored.
        for (name, value) in header.split(',').filter_map(|part| part.split_once('=')) {
            match (name.trim(), value.trim()) {
                ("t", value) if time.is_none() => time = Some(value),
                // Which of them was signed is ambiguous.
                ("t", _) => return Err(Rejected::Malformed),
                // Invalid hex becomes an empty value, which never matches.
                ("v1", value) => values.push(hex::decode(value).unwrap_or_default()),
                _ => {}
            }
        }
        let time = time.ok_or(Rejected::Malformed)?;
        let seconds = time.parse().map_err(|_| Rejected::Malformed)?;
        if values.is_empty() { Err(Rejected::Malformed) } else { Ok(Self { time, seconds, values }) }
    }

    /// Compares every value, in constant time.
    fn check(&self, secret: &Secret, raw_body: &[u8]) -> Result<(), Rejected> {
        // A secret that was read from a file often ends with a line break.
        let key = secret.expose().trim();
        // Anyone can sign with an empty key.
        if key.is_empty() {
            return Err(Rejected::Forged);
        }
        let mut signed = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(|_| Rejected::Forged)?;
        signed.update(self.time.as_bytes());
        signed.update(b".");
        signed.update(raw_body);
        let matches = self.values.iter().filter(|value| signed.clone().verify_slice(value).is_ok()).count();
        if matches == 0 { Err(Rejected::Forged) } else { Ok(()) }
    }

    fn check_time(&self, now: SystemTime, tolerance: Duration) -> Result<(), Rejected> {
        let signed_at = UNIX_EPOCH.checked_add(Duration::from_secs(self.seconds)).ok_or(Rejected::InTheFuture)?;
        match (now.duration_since(signed_at), signed_at.duration_since(now)) {
            (Ok(age), _) if age > tolerance => Err(Rejected::TooOld),
            (_, Ok(ahead)) if ahead > tolerance => Err(Rejected::InTheFuture),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Malformed => "the signature header is not of the form t=<unix seconds>,v1=<hex>",
            Self::TooOld => "the signature's timestamp is too old (possible replay); check this machine's clock",
            Self::InTheFuture => "the signature's timestamp is in the future; check this machine's clock",
            Self::Forged => "no signature matches; pass the endpoint's secret and the raw body",
            Self::Unreadable => "the signature matches, but the body is not an event with an `id` and a `type`",
        })
    }
}

impl std::error::Error for Rejected {}
