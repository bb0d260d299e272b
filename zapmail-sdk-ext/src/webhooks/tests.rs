//! Tests of webhooks: verification, parsing, recognition of handled events, and registration of endpoints.

mod deliveries;
mod endpoints;
mod events;
mod receivers;
mod sandbox;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue};

use super::{SIGNATURE_HEADER, WebhookVerifier, sign};

const SECRET: &str = "not-a-real-secret";
const TIME: u64 = 1_790_000_000;

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// A verifier whose clock shows this time.
fn verifier(now: u64) -> WebhookVerifier {
    WebhookVerifier::new(SECRET).unwrap().clock(move || at(now))
}

/// The headers of a delivery that is signed at `TIME`.
fn headers(body: &[u8]) -> HeaderMap {
    let signature = HeaderValue::try_from(sign(SECRET, body, at(TIME))).unwrap();
    HeaderMap::from_iter([(SIGNATURE_HEADER.parse().unwrap(), signature)])
}
