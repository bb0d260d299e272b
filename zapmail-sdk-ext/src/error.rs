//! One error for everything that can go wrong, safe to print.
//!
//! It never contains a key, a password, a code or a piece of an answer: what the service says of an error is its
//! message, and what cannot be decoded is told by its place, not by its value.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use zapmail_sdk::operations;

/// What a call returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call failed.
///
/// `Display` is one line for a person: the operation, the status, the service's message, its error id, the attempts.
///
/// ```
/// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) {
/// use zapmail_sdk_ext::{ErrorKind, prelude::*};
///
/// match zapmail.get_wallet_balance().call().await {
///     Ok(wallet) => println!("{:?} USD", wallet.wallet_balance),
///     Err(error) if error.kind() == ErrorKind::RateLimited => println!("again in {:?}", error.retry_after()),
///     Err(error) => eprintln!("{error}"),
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct Error(Arc<Details>);

/// What kind of failure it was: what a program decides by.
///
/// The guide says [what to do about each](crate::guide::errors_and_retries).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting of the client is missing or wrong. Nothing was sent.
    Config,
    /// The call would spend money, and the client is not allowed to. Nothing was sent.
    Refused,
    /// A parameter is missing or wrong, or a rule of the service forbids the call (400, 422).
    Invalid,
    /// The key is missing or wrong (401).
    Unauthorized,
    /// The key's owner may not do this in this workspace (403).
    Forbidden,
    /// There is no such workspace or object (404).
    NotFound,
    /// The same thing exists, or is being done already (409).
    Conflict,
    /// Too many requests (429); see [`Error::retry_after`].
    RateLimited,
    /// The time that the call was given is over. If it was sent, it can be repeated safely.
    Timeout,
    /// No connection came about, or it broke.
    Connect,
    /// The service failed (5xx).
    Server,
    /// The call may have been carried out, and must not be repeated: read the state back first, with
    /// [`Error::verify_with`].
    OutcomeUnknown,
    /// The answer arrived and is not what the document says; see [`Error::path`].
    Decode,
    /// The answer is larger than the client's limit.
    TooLarge,
    /// What was waited for ended badly; see [`Unfinished::reached`](crate::Unfinished::reached).
    Failed,
    /// The list does not go on: a page was repeated.
    Paging,
    /// The account has no second factor, so it has no authenticator codes.
    NoSecondFactor,
    /// The domain is not run by Microsoft, so it has no admin account with authenticator codes.
    NotMicrosoft,
    /// Any other answer that is not a success.
    Unexpected,
}

/// The inside of an error.
#[derive(Debug, Default)]
pub(crate) struct Details {
    pub kind: Option<ErrorKind>,
    pub operation: Option<&'static str>,
    pub status: Option<StatusCode>,
    pub message: String,
    pub hint: Option<String>,
    pub error_id: Option<String>,
    pub attempts: u32,
    pub retry_after: Option<Duration>,
    pub may_have_been_sent: bool,
    pub path: Option<String>,
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, details: Details) -> Self {
        Self(Arc::new(Details { kind: Some(kind), ..details }))
    }

    /// A setting that is missing or wrong.
    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, Details { message: message.into(), ..Details::default() })
    }

    /// A failure without an answer: nothing but a message.
    pub(crate) fn local(kind: ErrorKind, operation: &'static str, message: impl Into<String>) -> Self {
        Self::new(kind, Details { operation: Some(operation), message: message.into(), ..Details::default() })
    }

    /// What kind of failure it was.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind.unwrap_or(ErrorKind::Unexpected)
    }

    /// The operation that failed, by its id; `None` for a setting.
    pub fn operation(&self) -> Option<&'static str> {
        self.0.operation
    }

    /// HTTP status of the last answer, if there was one.
    pub fn status(&self) -> Option<u16> {
        self.0.status.map(|status| status.as_u16())
    }

    /// What went wrong, mostly in the service's words.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The service's reference of this failure, for its support.
    pub fn error_id(&self) -> Option<&str> {
        self.0.error_id.as_deref()
    }

    /// How many requests were sent, or tried to be.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// How long the service asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Whether the service may have carried the call out. `false` is a promise: it did not. Whatever was answered counts
    /// as `true`, a refusal as well: how much of a call was done before it is the service's affair.
    pub fn may_have_been_sent(&self) -> bool {
        self.0.may_have_been_sent
    }

    /// The operation that shows what became of a call of unknown outcome, by its id.
    ///
    /// ```
    /// # fn example(error: zapmail_sdk_ext::Error) {
    /// if let Some(verify_with) = error.verify_with() {
    ///     eprintln!("before it is tried again, {verify_with} has to show that nothing was done");
    /// }
    /// # }
    /// ```
    pub fn verify_with(&self) -> Option<&'static str> {
        let unknown = self.kind() == ErrorKind::OutcomeUnknown;
        operations::find(self.operation()?).filter(|_| unknown)?.verify_with
    }

    /// Where in the answer decoding failed, for example `data.domains[3].status`.
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let details = &*self.0;
        if let Some(operation) = details.operation {
            write!(formatter, "{operation}: ")?;
        }
        if let Some(status) = details.status {
            write!(formatter, "{status}: ")?;
        }
        formatter.write_str(&details.message)?;
        if let Some(hint) = &details.hint {
            write!(formatter, "; {hint}")?;
        }
        let id = details.error_id.as_ref().map(|id| format!("error id {id}"));
        let attempts = (details.attempts > 1).then(|| format!("{} attempts", details.attempts));
        let pause = details.retry_after.map(|asked| format!("to be repeated after {} s", asked.as_secs()));
        let notes: Vec<_> = id.into_iter().chain(attempts).chain(pause).collect();
        if notes.is_empty() { Ok(()) } else { write!(formatter, " ({})", notes.join(", ")) }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Error")
            .field("kind", &self.kind())
            .field("may_have_been_sent", &self.may_have_been_sent())
            .field("text", &self.to_string())
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| &**source as &(dyn std::error::Error + 'static))
    }
}
