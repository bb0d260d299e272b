//! The error of every call: one opaque type that is safe to print.
//!
//! `Display` and `Debug` never contain a key, a password, a code or a part of a response other than the service's own
//! error message. The response itself is available through [`Error::body`], as a [`RawJson`] value that does not
//! print.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::operations::{Effect, Operation};
use crate::raw_json::RawJson;

/// The result of a call.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of a call, a setting or a wait. Cloning it is cheap.
///
/// `Display` writes one human-readable line: the operation, the status, the service's message, its error id and the
/// number of attempts. `{:?}`, with which `main` and `unwrap` print an error, adds the kind.
///
/// ```no_run
/// # async fn example(client: zapmail_sdk::Client) {
/// use zapmail_sdk::ErrorKind;
///
/// match client.get_wallet_balance().send().await {
///     Ok(wallet) => println!("{:?}", wallet.wallet_balance),
///     Err(error) if error.kind() == ErrorKind::Unauthorized => eprintln!("check the API key"),
///     Err(error) if error.is_retryable() => eprintln!("retry after {:?}", error.retry_after()),
///     Err(error) => eprintln!("{error}"),
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct Error(Arc<Details>);

/// Declares the error kinds, each with its name.
macro_rules! kinds {
    ($(#[$doc:meta])* { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum ErrorKind {
            $($(#[$variant_doc])* $variant,)*
        }

        impl ErrorKind {
            const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the name of the kind in snake case, for logs, metrics and files. The kind is serialized as this
            /// name.
            ///
            /// ```
            /// use zapmail_sdk::ErrorKind;
            ///
            /// assert_eq!(ErrorKind::NotFound.as_str(), "not_found");
            /// assert_eq!("not_found".parse::<ErrorKind>()?, ErrorKind::NotFound);
            /// # Ok::<(), zapmail_sdk::Error>(())
            /// ```
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }
    };
}

kinds! {
    /// The category of an [`Error`].
    {
        /// A setting of the client is missing or invalid. Nothing was sent.
        Config = "config",
        /// The operation can cost money and spending is disabled. Nothing was sent.
        SpendingNotAllowed = "spending_not_allowed",
        /// A parameter is missing or invalid, or a rule of the service forbids the call (400, 422).
        Invalid = "invalid",
        /// The API key is missing or wrong (401).
        Unauthorized = "unauthorized",
        /// The key's owner lacks the permission in this workspace (403).
        Forbidden = "forbidden",
        /// The workspace or object does not exist (404).
        NotFound = "not_found",
        /// The object already exists, or the same change is in progress (409). Also returned if the key of a purchase
        /// is already used by a different purchase or by a call in progress.
        Conflict = "conflict",
        /// Too many requests (429); see [`Error::retry_after`].
        RateLimited = "rate_limited",
        /// The call timed out. It is safe to retry.
        Timeout = "timeout",
        /// The connection could not be established or was lost.
        Connection = "connection",
        /// The service failed (5xx).
        Server = "server",
        /// The request may have been processed. Verify with [`Error::verify_with`] before retrying.
        OutcomeUnknown = "outcome_unknown",
        /// The response does not match the document; see [`Error::path`].
        Decode = "decode",
        /// The response is larger than the client's limit.
        TooLarge = "too_large",
        /// The purchase was already made under the same key of the journal, and its response is unknown. Nothing was
        /// sent.
        AlreadyBought = "already_bought",
        /// The journal of purchases cannot be read or written. Nothing was sent.
        Journal = "journal",
        /// The awaited job failed.
        JobFailed = "job_failed",
        /// Pagination is not advancing: the service returned earlier pages or rows again.
        RepeatedPage = "repeated_page",
        /// The account has no second factor, so it has no authenticator codes.
        NoSecondFactor = "no_second_factor",
        /// The domain is not managed by Microsoft, so it has no admin account with authenticator codes.
        NotMicrosoft = "not_microsoft",
        /// Any other unsuccessful response.
        Unexpected = "unexpected",
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

impl FromStr for ErrorKind {
    type Err = Error;

    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if no kind has this name.
    fn from_str(name: &str) -> Result<Self> {
        let kind = Self::ALL.iter().find(|kind| kind.as_str() == name);
        kind.copied().ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|kind| kind.as_str()).collect();
            let message = format!("`{name}` is not an error kind; use one of {}", names.join(", "));
            Error::new(Self::Invalid, message)
        })
    }
}

impl Serialize for ErrorKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for ErrorKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[derive(Clone)]
struct Details {
    kind: ErrorKind,
    operation: Option<&'static Operation>,
    status: Option<StatusCode>,
    message: String,
    hint: Option<String>,
    error_id: Option<String>,
    attempts: u32,
    retry_after: Option<Duration>,
    may_have_been_processed: bool,
    path: Option<String>,
    headers: HeaderMap,
    body: Bytes,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// Creates an error with a message, for use in a custom [`Transport`](crate::Transport).
    ///
    /// The message is printed, so it must not contain credentials or parts of a response.
    ///
    /// ```
    /// use zapmail_sdk::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Connection, "the tunnel is closed");
    /// assert_eq!(error.to_string(), "the tunnel is closed");
    /// ```
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Arc::new(Details {
            kind,
            operation: None,
            status: None,
            message: message.into(),
            hint: None,
            error_id: None,
            attempts: 0,
            retry_after: None,
            may_have_been_processed: false,
            path: None,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            source: None,
        }))
    }

    /// Creates an error of kind [`ErrorKind::Config`].
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    /// Returns the category of the error, on which programs can base decisions.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the id of the operation that failed; `None` for an error in a setting.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation.map(|operation| operation.id)
    }

    /// Returns the HTTP status of the last response. For an error in an HTTP 200 response, returns the status in the
    /// body.
    pub fn status(&self) -> Option<u16> {
        self.0.status.map(|status| status.as_u16())
    }

    /// Returns the error message, usually as worded by the service.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns the service's reference for this failure, to quote to its support team.
    pub fn error_id(&self) -> Option<&str> {
        self.0.error_id.as_deref()
    }

    /// Returns the number of attempts, including failed connections.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns the delay that the service requested before the next attempt.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the service may have processed the request. `false` guarantees that it was not processed. Error
    /// responses count as processed, because the service may have applied part of the request.
    pub fn may_have_been_processed(&self) -> bool {
        self.0.may_have_been_processed
    }

    /// Returns the id of the operation that verifies the outcome, for an error of kind [`ErrorKind::OutcomeUnknown`].
    ///
    /// ```
    /// # fn example(error: zapmail_sdk::Error) {
    /// if let Some(operation) = error.verify_with() {
    ///     eprintln!("check with {operation} before retrying");
    /// }
    /// # }
    /// ```
    pub fn verify_with(&self) -> Option<&'static str> {
        self.0.operation.filter(|_| self.kind() == ErrorKind::OutcomeUnknown)?.verify_with
    }

    /// Returns the path in the response at which decoding failed, for example `data.domains[3].status`.
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// Returns the headers of the last response; empty if there was none.
    pub fn headers(&self) -> &HeaderMap {
        &self.0.headers
    }

    /// Returns the body of the last response as JSON, or as a string if it is not JSON; `None` if there was no
    /// response.
    pub fn body(&self) -> Option<RawJson> {
        self.0.status?;
        Some(RawJson::from_bytes(&self.0.body))
    }

    /// Whether a timeout elapsed: kind [`ErrorKind::Timeout`].
    pub fn is_timeout(&self) -> bool {
        self.kind() == ErrorKind::Timeout
    }

    /// Whether the service rejected the request because of its rate limit: kind [`ErrorKind::RateLimited`].
    pub fn is_rate_limited(&self) -> bool {
        self.kind() == ErrorKind::RateLimited
    }

    /// Whether the object does not exist: kind [`ErrorKind::NotFound`].
    pub fn is_not_found(&self) -> bool {
        self.kind() == ErrorKind::NotFound
    }

    /// Whether the API key was rejected: kind [`ErrorKind::Unauthorized`].
    pub fn is_unauthorized(&self) -> bool {
        self.kind() == ErrorKind::Unauthorized
    }

    /// Whether the connection could not be established or was lost: kind [`ErrorKind::Connection`].
    pub fn is_connection(&self) -> bool {
        self.kind() == ErrorKind::Connection
    }

    /// Whether the outcome is unknown: kind [`ErrorKind::OutcomeUnknown`].
    pub fn is_outcome_unknown(&self) -> bool {
        self.kind() == ErrorKind::OutcomeUnknown
    }

    /// Whether the same call might succeed later and is safe to retry.
    pub fn is_retryable(&self) -> bool {
        match self.kind() {
            ErrorKind::Connection | ErrorKind::RateLimited | ErrorKind::Server | ErrorKind::Timeout => {
                !self.may_have_been_processed() || self.0.operation.is_none_or(Operation::is_safe_to_retry)
            }
            _ => false,
        }
    }

    /// Sets the operation. If the error leaves the outcome of this operation unknown, its kind changes to
    /// [`ErrorKind::OutcomeUnknown`].
    #[must_use]
    pub fn with_operation(self, operation: &'static Operation) -> Self {
        let error = self.with(|details| details.operation = Some(operation));
        let ambiguous = error.may_have_been_processed() && is_ambiguous(error.kind(), error.0.status, operation);
        if ambiguous { error.into_outcome_unknown() } else { error }
    }

    /// Sets the underlying error. Programs may print the chain of sources, so it must not contain credentials or parts
    /// of a response.
    #[must_use]
    pub fn with_source(self, source: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.with(|details| details.source = Some(Arc::new(source)))
    }

    /// Sets whether the service may have processed the request. Defaults to `false`.
    #[must_use]
    pub fn with_may_have_been_processed(self, may: bool) -> Self {
        self.with(|details| details.may_have_been_processed = may)
    }

    /// Sets the number of attempts.
    #[must_use]
    pub fn with_attempts(self, attempts: u32) -> Self {
        self.with(|details| details.attempts = attempts)
    }

    /// Sets the hint that is printed after the message.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<String>) -> Self {
        self.with(|details| details.hint = Some(hint.into()))
    }

    /// Sets the delay that the service requested.
    #[must_use]
    pub fn with_retry_after(self, delay: Duration) -> Self {
        self.with(|details| details.retry_after = Some(delay))
    }

    /// Changes the kind to [`ErrorKind::OutcomeUnknown`] and sets a hint on how to verify the outcome.
    #[must_use]
    pub fn into_outcome_unknown(self) -> Self {
        let hint = self.0.operation.map_or_else(|| CHECK_STATE.to_owned(), outcome_hint);
        self.with(|details| {
            details.kind = ErrorKind::OutcomeUnknown;
            details.may_have_been_processed = true;
            details.hint = Some(hint);
        })
    }

    /// Returns the status, headers and body of the last response.
    pub(crate) fn response_parts(&self) -> Option<(StatusCode, &HeaderMap, &Bytes)> {
        Some((self.0.status?, &self.0.headers, &self.0.body))
    }

    pub(crate) fn with_response(self, status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        self.with(|details| {
            details.status = Some(status);
            details.headers = headers;
            details.body = body;
        })
    }

    pub(crate) fn with_error_id(self, id: Option<String>) -> Self {
        self.with(|details| details.error_id = id)
    }

    pub(crate) fn with_path(self, path: Option<String>) -> Self {
        self.with(|details| details.path = path)
    }

    fn with(mut self, change: impl FnOnce(&mut Details)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}

/// Whether an error leaves the outcome of an operation unknown, so that the request must not be retried.
fn is_ambiguous(kind: ErrorKind, status: Option<StatusCode>, operation: &Operation) -> bool {
    match kind {
        ErrorKind::Connection | ErrorKind::RateLimited | ErrorKind::Server | ErrorKind::Timeout => {
            !operation.is_safe_to_retry()
        }
        ErrorKind::Decode | ErrorKind::TooLarge => operation.effect == Effect::Spend,
        // An unusual 4xx status still means that the request was refused, except 499, with which proxies report a
        // closed connection.
        ErrorKind::Unexpected => {
            operation.effect == Effect::Spend && !status.is_some_and(|status| (400..499).contains(&status.as_u16()))
        }
        _ => false,
    }
}

const CHECK_STATE: &str = "the request may have been processed; check the current state before retrying";

/// Returns a hint on how to verify the outcome of an ambiguous call.
fn outcome_hint(operation: &'static Operation) -> String {
    match (operation.verify_with, operation.verify_note) {
        (Some(verifier), _) => format!("the request may have been processed; check with `{verifier}` before retrying"),
        (None, Some(note)) => format!("the request may have been processed. {note}"),
        (None, None) => CHECK_STATE.to_owned(),
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let details = &*self.0;
        if let Some(operation) = details.operation.filter(|operation| !operation.id.is_empty()) {
            write!(formatter, "{}: ", operation.id)?;
        }
        match details.status {
            // Some responses repeat the name of the status as their message.
            Some(status)
                if status.canonical_reason().is_some_and(|name| name.eq_ignore_ascii_case(&details.message)) =>
            {
                write!(formatter, "{status}")?;
            }
            Some(status) => write!(formatter, "{status}: {}", details.message)?,
            None => formatter.write_str(&details.message)?,
        }
        if let Some(hint) = &details.hint {
            write!(formatter, "; {hint}")?;
        }
        let id = details.error_id.as_ref().map(|id| format!("error id {id}"));
        let attempts = (details.attempts > 1).then(|| format!("{} attempts", details.attempts));
        let delay = details.retry_after.map(|delay| format!("retry after {} s", delay.as_secs_f64().ceil()));
        let notes: Vec<_> = id.into_iter().chain(attempts).chain(delay).collect();
        if notes.is_empty() { Ok(()) } else { write!(formatter, " ({})", notes.join(", ")) }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !formatter.alternate() {
            return write!(formatter, "{self} [{}]", self.kind());
        }
        formatter
            .debug_struct("Error")
            .field("kind", &self.kind())
            .field("may_have_been_processed", &self.may_have_been_processed())
            .field("text", &self.to_string())
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations;

    #[test]
    fn unknown_outcome_names_the_verifying_operation() {
        let purchase = operations::find("purchase_addon_mailboxes").unwrap();
        let error =
            Error::new(ErrorKind::Timeout, "timed out").with_may_have_been_processed(true).with_operation(purchase);
        assert_eq!(error.verify_with(), Some("list_mailboxes"));
        assert!(error.to_string().ends_with("check with `list_mailboxes` before retrying"), "{error}");
    }

    #[test]
    fn kind_is_written_and_read_by_name() {
        for kind in ErrorKind::ALL {
            let mut snake_case = String::new();
            for letter in format!("{kind:?}").chars() {
                if letter.is_ascii_uppercase() && !snake_case.is_empty() {
                    snake_case.push('_');
                }
                snake_case.push(letter.to_ascii_lowercase());
            }
            assert_eq!((kind.as_str(), kind.to_string()), (snake_case.as_str(), snake_case.clone()));
            let json = serde_json::to_string(kind).unwrap();
            assert_eq!(json, format!("\"{snake_case}\""));
            assert_eq!(serde_json::from_str::<ErrorKind>(&json).unwrap(), *kind);
            assert_eq!(snake_case.parse::<ErrorKind>().unwrap(), *kind);
        }
        let error = "NotFound".parse::<ErrorKind>().unwrap_err();
        assert!(error.to_string().starts_with("`NotFound` is not an error kind; use one of config, "), "{error}");
    }

    #[test]
    fn retry_after_is_rounded_up() {
        let error = Error::new(ErrorKind::RateLimited, "slow down").with_retry_after(Duration::from_millis(900));
        assert_eq!(error.to_string(), "slow down (retry after 1 s)");
    }
}
