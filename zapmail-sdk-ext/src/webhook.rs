//! Webhooks: whether an event really comes from the service, and what it says.
//!
//! The service signs the time and the raw body with the endpoint's secret. Verify before anything is parsed, with the
//! body as it came: one that was parsed and written again has another signature.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, Mac};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zapmail_sdk::types::WebhookEventType;
use zapmail_sdk::{Secret, Untyped};

/// Name of the header that carries the signature.
pub const SIGNATURE_HEADER: &str = "x-zapmail-signature";

/// How far the time of a signature may be from now: 5 minutes.
pub const TOLERANCE: Duration = Duration::from_secs(300);

/// An event.
///
/// An event can come more than once: remember the ids that were handled. [`verify`] gives one; what its data is read as
/// stands in [the guide](crate::guide::webhooks).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// Identifier, to recognise one that comes again.
    pub id: String,
    /// When it happened, in seconds since 1970.
    #[serde(default)]
    pub created: Option<i64>,
    /// Version of the API that wrote it.
    #[serde(default)]
    pub api_version: Option<String>,
    /// What happened. The set is not closed.
    #[serde(rename = "type")]
    pub kind: WebhookEventType,
    /// What it happened to. No page describes it.
    #[serde(default)]
    pub data: Untyped,
}

impl Event {
    /// The data as a type of your own.
    ///
    /// # Errors
    ///
    /// [`Rejected::Unreadable`] when it is of another form.
    pub fn data_as<T: DeserializeOwned>(&self) -> Result<T, Rejected> {
        T::deserialize(self.data.expose()).map_err(|_| Rejected::Unreadable)
    }
}

/// Why a delivery is not taken for an event of the service; see [`verify`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejected {
    /// The header is not of the form `t=<unix seconds>,v1=<hex>`.
    Malformed,
    /// The signature is older than the tolerance: an old delivery that somebody sends again.
    TooOld,
    /// The signature is from the future, by more than the tolerance: is this machine's clock right?
    InTheFuture,
    /// No signature fits: the body, its time or the secret is another.
    Forged,
    /// The signature is right, and the body is no event.
    Unreadable,
}

/// Checks a delivery and reads its event.
///
/// Answer 2xx within 10 seconds once it is accepted, and 4xx when it is rejected.
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
/// A [`Rejected`], without a word of the secret or the body.
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
    /// As it stands in the header, since that is what was signed.
    time: &'a str,
    seconds: u64,
    /// There are several while a secret is being changed.
    values: Vec<Vec<u8>>,
}

impl<'a> Signature<'a> {
    fn parse(header: &'a str) -> Result<Self, Rejected> {
        let mut time = None;
        let mut values = Vec::new();
        for part in header.split(',') {
            match part.trim().split_once('=') {
                Some(("t", value)) if time.is_none() => time = Some(value),
                Some(("t", _)) | None => return Err(Rejected::Malformed),
                Some(("v1", value)) => values.push(hex::decode(value).map_err(|_| Rejected::Malformed)?),
                // A scheme that is not known yet.
                Some(_) => {}
            }
        }
        let time = time.ok_or(Rejected::Malformed)?;
        let seconds = time.parse().map_err(|_| Rejected::Malformed)?;
        if values.is_empty() { Err(Rejected::Malformed) } else { Ok(Self { time, seconds, values }) }
    }

    /// Compares in constant time, with every value.
    fn check(&self, secret: &Secret, raw_body: &[u8]) -> Result<(), Rejected> {
        // With an empty one, anybody could sign.
        if secret.expose().is_empty() {
            return Err(Rejected::Forged);
        }
        let mut signed = Hmac::<Sha256>::new_from_slice(secret.expose().as_bytes()).map_err(|_| Rejected::Forged)?;
        signed.update(self.time.as_bytes());
        signed.update(b".");
        signed.update(raw_body);
        let fits = self.values.iter().filter(|value| signed.clone().verify_slice(value).is_ok()).count();
        if fits == 0 { Err(Rejected::Forged) } else { Ok(()) }
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
            Self::Malformed => "the signature is not of the form t=<unix seconds>,v1=<hex>",
            Self::TooOld => "the signature is too old",
            Self::InTheFuture => "the signature is from the future; is the clock right?",
            Self::Forged => {
                "the signature does not fit the body; is the secret the endpoint's, and the body as it came?"
            }
            Self::Unreadable => "the body is no event",
        })
    }
}

impl std::error::Error for Rejected {}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use hmac::{Hmac, Mac};
    use sha2::Sha256;
    use zapmail_sdk::Secret;

    use super::{Event, Rejected, TOLERANCE, verify};

    const BODY: &[u8] =
        br#"{"id":"evt_1","created":1790000000,"api_version":"2","type":"export.completed","data":{"exportId":10421}}"#;
    const TIME: u64 = 1_790_000_000;

    fn signature(secret: &str, time: u64, body: &[u8]) -> String {
        let mut signed = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        signed.update(format!("{time}.").as_bytes());
        signed.update(body);
        hex::encode(signed.finalize().into_bytes())
    }

    fn header(secret: &str, time: u64, body: &[u8]) -> String {
        format!("t={time},v1={}", signature(secret, time, body))
    }

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn check(header: &str, body: &[u8], now: u64) -> Result<Event, Rejected> {
        verify(&Secret::from("not-a-real-secret"), header, body, at(now), TOLERANCE)
    }

    #[test]
    fn valid_signature_returns_event() {
        let event = check(&header("not-a-real-secret", TIME, BODY), BODY, TIME + 5).unwrap();
        assert_eq!((event.id.as_str(), event.kind.as_str()), ("evt_1", "export.completed"));
        assert_eq!(event.data.expose()["exportId"], 10421);
        assert!(!format!("{event:?}").contains("10421"), "data is not printed");
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Export {
            export_id: i64,
        }
        assert_eq!(event.data_as::<Export>().unwrap().export_id, 10421);
        assert_eq!(event.data_as::<Vec<u8>>(), Err(Rejected::Unreadable));
    }

    #[test]
    fn one_valid_signature_of_several_is_enough() {
        let [old, new] = ["another-secret", "not-a-real-secret"].map(|secret| signature(secret, TIME, BODY));
        for header in [format!("t={TIME},v1={old},v1={new}"), format!("t={TIME}, v1={new}, v1={old}, v2=later")] {
            assert!(check(&header, BODY, TIME).is_ok(), "{header}");
        }
    }

    #[test]
    fn unknown_event_type_is_kept() {
        let body = br#"{"id":"evt_2","type":"workspace.renamed"}"#;
        let event = check(&header("not-a-real-secret", TIME, body), body, TIME).unwrap();
        assert_eq!(event.kind.as_str(), "workspace.renamed");
    }

    #[test]
    fn empty_secret_rejects_everything() {
        let signed = header("", TIME, BODY);
        let checked = verify(&Secret::from(String::new()), &signed, BODY, at(TIME), TOLERANCE);
        assert_eq!(checked.map(|_| ()), Err(Rejected::Forged));
    }

    #[test]
    fn invalid_delivery_is_rejected_with_reason() {
        let good = signature("not-a-real-secret", TIME, BODY);
        let mut flipped = good.clone().into_bytes();
        flipped[10] = if flipped[10] == b'0' { b'1' } else { b'0' };
        let flipped = String::from_utf8(flipped).unwrap();
        let rows = [
            ("a different secret", header("another-secret", TIME, BODY), Rejected::Forged),
            ("a time that was not signed", format!("t={},v1={good}", TIME + 1), Rejected::Forged),
            ("one digit off", format!("t={TIME},v1={flipped}"), Rejected::Forged),
            ("truncated", format!("t={TIME},v1={}", &good[..40]), Rejected::Forged),
            ("too long", format!("t={TIME},v1={good}00"), Rejected::Forged),
            ("half a byte at the end", format!("t={TIME},v1={}", &good[..41]), Rejected::Malformed),
            ("not hexadecimal", format!("t={TIME},v1={}", "z".repeat(64)), Rejected::Malformed),
            ("empty value", format!("t={TIME},v1="), Rejected::Forged),
            ("no value", format!("t={TIME}"), Rejected::Malformed),
            ("no time", format!("v1={good}"), Rejected::Malformed),
            ("two times", format!("t={TIME},t={TIME},v1={good}"), Rejected::Malformed),
            ("an invalid time", format!("t=now,v1={good}"), Rejected::Malformed),
            ("a negative time", format!("t=-5,v1={good}"), Rejected::Malformed),
            ("an unknown scheme only", format!("t={TIME},v0={good}"), Rejected::Malformed),
            ("nothing", String::new(), Rejected::Malformed),
            ("a time out of range", header("not-a-real-secret", u64::MAX, BODY), Rejected::InTheFuture),
        ];
        for (what, header, reason) in rows {
            assert_eq!(check(&header, BODY, TIME), Err(reason), "{what}");
        }
        let tampered = String::from_utf8_lossy(BODY).replace("10421", "10422");
        assert_eq!(check(&header("not-a-real-secret", TIME, BODY), tampered.as_bytes(), TIME), Err(Rejected::Forged));
        let garbage = b"not an event";
        assert_eq!(check(&header("not-a-real-secret", TIME, garbage), garbage, TIME), Err(Rejected::Unreadable));
    }

    #[test]
    fn time_inside_tolerance_is_accepted() {
        let header = header("not-a-real-secret", TIME, BODY);
        let rows = [
            (TIME + 300, None),
            (TIME + 301, Some(Rejected::TooOld)),
            (TIME - 300, None),
            (TIME - 301, Some(Rejected::InTheFuture)),
        ];
        for (now, rejected) in rows {
            assert_eq!(check(&header, BODY, now).err(), rejected, "{now}");
        }
    }
}
