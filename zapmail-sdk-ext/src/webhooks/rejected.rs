//! The reasons for rejecting a delivery.

use std::fmt;

use http::StatusCode;
use zapmail_sdk::{Error, ErrorKind};

/// The reason why a delivery was rejected; see [`WebhookVerifier::verify`](super::WebhookVerifier::verify).
///
/// It contains no part of the secret or the body, so it is safe to log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rejected {
    /// The request has no signature header.
    HeaderMissing,
    /// The request has the signature header more than once.
    HeaderRepeated,
    /// The signature header is not ASCII text.
    HeaderNotText,
    /// The signature header does not have the form `t=<unix seconds>,v1=<hex>`.
    Malformed,
    /// The timestamp is older than the tolerance (possible replay).
    TooOld,
    /// The timestamp is in the future by more than the tolerance. Check this machine's clock.
    InTheFuture,
    /// No signature matches.
    SignatureMismatch,
    /// The signature matches, but the body is not an event: an object with an `id` and a `type`.
    Unreadable,
}

impl Rejected {
    /// Returns the status to respond with: 400 Bad Request.
    ///
    /// ```
    /// use zapmail_sdk_ext::webhooks::Rejected;
    ///
    /// assert_eq!(Rejected::SignatureMismatch.status(), 400);
    /// ```
    pub fn status(self) -> StatusCode {
        StatusCode::BAD_REQUEST
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::HeaderMissing => {
                "the request has no X-Zapmail-Signature header; pass all headers of the request, and check that proxies \
                 forward this one"
            }
            Self::HeaderRepeated => {
                "the request has more than one X-Zapmail-Signature header; check that no proxy adds one"
            }
            Self::HeaderNotText => {
                "the X-Zapmail-Signature header is not ASCII text; check that proxies forward it unchanged"
            }
            Self::Malformed => "the signature header does not have the form t=<unix seconds>,v1=<hex>",
            Self::TooOld => "the signature's timestamp is too old (possible replay); check this machine's clock",
            Self::InTheFuture => "the signature's timestamp is in the future; check this machine's clock",
            Self::SignatureMismatch => "no signature matches; pass the endpoint's secret and the raw body",
            Self::Unreadable => "the signature matches, but the body is not an event with an `id` and a `type`",
        })
    }
}

impl std::error::Error for Rejected {}

impl From<Rejected> for Error {
    fn from(rejected: Rejected) -> Self {
        Self::new(ErrorKind::Invalid, rejected.to_string())
    }
}
