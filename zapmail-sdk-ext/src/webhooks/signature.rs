//! The signature of a delivery: `t=<unix seconds>,v1=<hex>`, where `v1` is the HMAC-SHA256 of `<t>.<raw body>`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac_sha256::HMAC;
use zapmail_sdk::Secret;

use super::rejected::Rejected;

/// Signs a body as the service does: returns the value of the header [`SIGNATURE_HEADER`](super::SIGNATURE_HEADER).
///
/// Use it in tests of a receiver. Whitespace around the secret is ignored; a time before 1970 becomes 0.
///
/// ```
/// use std::time::SystemTime;
///
/// use zapmail_sdk_ext::webhooks::{self, WebhookVerifier};
///
/// let body = br#"{"id": "evt_1", "type": "export.completed", "data": {"export_id": 10421}}"#;
/// let signature = webhooks::sign("not-a-real-secret", body, SystemTime::now());
/// let verifier = WebhookVerifier::new("not-a-real-secret")?;
/// assert_eq!(verifier.verify_signature(&signature, body)?.id, "evt_1");
/// # Ok::<(), zapmail_sdk_ext::Error>(())
/// ```
pub fn sign(secret: impl Into<Secret>, raw_body: &[u8], time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs().to_string();
    let digest = digest(&trimmed(secret.into()), &seconds, raw_body);
    format!("t={seconds},v1={}", hex::encode(digest.finalize()))
}

/// Trims a secret: a secret that was read from a file often ends with a line break.
pub(super) fn trimmed(secret: Secret) -> Secret {
    Secret::from(secret.expose().trim())
}

fn digest(secret: &Secret, time: &str, raw_body: &[u8]) -> HMAC {
    let mut digest = HMAC::new(secret.expose());
    digest.update(time);
    digest.update(b".");
    digest.update(raw_body);
    digest
}

/// The parts of the header.
pub(super) struct Signature<'a> {
    /// The time as text, since the text is signed.
    time: &'a str,
    seconds: u64,
    /// The values of `v1`: several while a secret is being replaced. `None` for a value that cannot be a digest.
    values: Vec<Option<[u8; 32]>>,
}

impl<'a> Signature<'a> {
    pub fn parse(header: &'a str) -> Result<Self, Rejected> {
        let mut time = None;
        let mut values = Vec::new();
        // Empty parts and unknown schemes are ignored.
        for (name, value) in header.split(',').filter_map(|part| part.split_once('=')) {
            match (name.trim(), value.trim()) {
                ("t", value) if time.is_none() => time = Some(value),
                // It is ambiguous which of them was signed.
                ("t", _) => return Err(Rejected::Malformed),
                ("v1", value) => values.push(hex::decode(value).ok().and_then(|value| value.try_into().ok())),
                _ => {}
            }
        }
        let time = time.ok_or(Rejected::Malformed)?;
        let seconds = time.parse().map_err(|_| Rejected::Malformed)?;
        if values.is_empty() { Err(Rejected::Malformed) } else { Ok(Self { time, seconds, values }) }
    }

    /// Returns whether one of the values was computed with the secret. Compares every value, in constant time.
    pub fn is_signed_with(&self, secret: &Secret, raw_body: &[u8]) -> bool {
        let digest = digest(secret, self.time, raw_body);
        self.values.iter().flatten().filter(|value| digest.clone().finalize_verify(value)).count() > 0
    }

    pub fn check_time(&self, now: SystemTime, tolerance: Duration) -> Result<(), Rejected> {
        let signed_at = UNIX_EPOCH.checked_add(Duration::from_secs(self.seconds)).ok_or(Rejected::InTheFuture)?;
        match (now.duration_since(signed_at), signed_at.duration_since(now)) {
            (Ok(age), _) if age > tolerance => Err(Rejected::TooOld),
            (_, Ok(ahead)) if ahead > tolerance => Err(Rejected::InTheFuture),
            _ => Ok(()),
        }
    }
}
