//! The account's API key, stored as a header value that is never printed.

use std::fmt;

use reqwest::header::{HeaderName, HeaderValue};

use crate::error::{Error, Result};
use crate::secret::Secret;

/// The header that carries the key.
const HEADER: HeaderName = HeaderName::from_static("x-auth-zapmail");

/// The account's API key. It has no scopes: anyone who has it can spend the wallet and delete mailboxes.
///
/// ```
/// use zapmail_sdk::{ApiKey, Secret};
///
/// let key = ApiKey::new(&Secret::from("not-a-real-key"))?;
/// assert_eq!(format!("{key:?}"), "[redacted]");
/// # Ok::<(), zapmail_sdk::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey {
    value: HeaderValue,
    key: Secret,
}

impl ApiKey {
    /// Validates a key, ignoring surrounding whitespace.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the key is empty or contains a character that is not visible
    /// ASCII.
    pub fn new(key: &Secret) -> Result<Self> {
        let trimmed = key.expose().trim();
        if trimmed.is_empty() {
            return Err(Error::config("`api_key` is empty; set it, or export ZAPMAIL_API_KEY"));
        }
        let invalid = || {
            Error::config(
                "`api_key` (or ZAPMAIL_API_KEY) contains a character that is not visible ASCII; check for line breaks and \
                 spaces",
            )
        };
        if !trimmed.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(invalid());
        }
        let mut value = HeaderValue::from_str(trimmed).map_err(|_| invalid())?;
        value.set_sensitive(true);
        Ok(Self { value, key: Secret::from(trimmed) })
    }

    /// Sets the key's header on a request.
    pub fn apply(&self, request: &mut reqwest::Request) {
        request.headers_mut().insert(HEADER, self.value.clone());
    }

    pub(crate) fn expose(&self) -> &str {
        self.key.expose()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}
