//! A call returns its data or an [`Error`], which says whether it is safe to retry; safe retries have already been
//! made.
//!
//! # What the client retries
//!
//! The outcome of an attempt and the operation decide:
//!
//! | outcome of an attempt | read, or idempotent write | any other write, or a purchase |
//! | --- | --- | --- |
//! | refused before sending (DNS, connect, TLS) | retry | retry |
//! | 429: not processed | retry after a delay of the whole client | the same |
//! | ambiguous: 408, 5xx, connection lost or timeout after sending | retry | stop: [`OutcomeUnknown`] |
//! | a 4xx (not 429) after an ambiguous attempt of a write | DELETE with 404: success; else [`OutcomeUnknown`] | - |
//! | response that cannot be decoded, is too large or redirects | stop: [`Decode`], [`TooLarge`], [`Unexpected`] | the same; [`OutcomeUnknown`] for a purchase |
//! | any other 4xx | stop | stop |
//!
//! [`RetryPolicy`] sets the number of attempts (4) and the delays between them (0.5 to 30 seconds). The table of
//! [`operations`] says which writes are `idempotent`.
//!
//! ```
//! use zapmail_sandbox::{Fault, Sandbox};
//! use zapmail_sdk_ext::{ErrorKind, Zapmail};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::time::pause();
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! // Two failures are retried.
//! sandbox.fail_next_n("get_user", Fault::status(503), 2)?;
//! let response = zapmail.get_user().send_with_response().await?;
//! assert_eq!(response.attempts(), 3);
//!
//! // The fourth failure in a row ends the call.
//! sandbox.fail_next_n("get_user", Fault::status(503), 4)?;
//! let error = zapmail.get_user().send().await.unwrap_err();
//! assert_eq!((error.kind(), error.status(), error.attempts()), (ErrorKind::Server, Some(503), 4));
//! assert!(error.to_string().starts_with("get_user: 503 Service Unavailable: Something went wrong"));
//! # Ok(())
//! # }
//! ```
//!
//! # What counts as a success
//!
//! A status of 200 is not enough: the service also reports errors inside it, as a `status`, a `success` of `false` or an
//! `error`. A read has to hold data, and a purchase something that shows what was bought; otherwise its outcome is
//! unknown. A write that returns nothing succeeds with an empty response.
//!
//! A single value in another form than the document's, such as a number as text or a date without a time, does not lose
//! the response: it is converted, or left out if it has no meaning. [`Response::body`] has the response as it came.
//!
//! # What is left to the program
//!
//! | [`ErrorKind`] | what to do |
//! | --- | --- |
//! | `Config`, `SpendingNotAllowed` | change the client's settings; the message names the setting |
//! | `Invalid`, `Unauthorized`, `Forbidden`, `NotFound`, `Conflict` | fix the request, the key or the permission; quote [`error_id`] to support |
//! | `RateLimited` | call again after [`retry_after`] |
//! | `Connection`, `Server`, `Timeout` | attempts or time are used up; calling again later is safe |
//! | `OutcomeUnknown` | verify the outcome first, see below |
//! | `Decode`, `TooLarge`, `Unexpected` | the response is not as documented ([`path`]); a write was probably processed |
//! | `AlreadyBought`, `Journal` | see [`buying_safely`](super::buying_safely) |
//! | `RepeatedPage` | the list cannot be read to its end, see [`lists`](super::lists) |
//! | `JobFailed` | the awaited job failed, see [`waiting`](super::waiting) |
//! | `NoSecondFactor`, `NotMicrosoft` | the account has no codes, see [`codes`](super::codes) |
//!
//! Match on [`kind`], with an arm for kinds of later versions, or use a predicate: [`is_retryable`],
//! [`is_rate_limited`], [`is_timeout`], [`is_connection`], [`is_not_found`], [`is_unauthorized`],
//! [`is_outcome_unknown`]. `Display` and `Debug` print the service's message, never the rest of the response;
//! [`headers`] and [`body`] return it:
//!
//! ```
//! use zapmail_sandbox::{Fault, Sandbox};
//! use zapmail_sdk_ext::Zapmail;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! sandbox.fail_next("get_user", Fault::status(404))?;
//! let error = zapmail.get_user().send().await.unwrap_err();
//! assert!(error.is_not_found() && !error.is_retryable());
//! assert_eq!(error.headers()["content-type"], "application/json; charset=utf-8");
//! let body = error.body().ok_or("no response")?;
//! assert_eq!(body.to_string(), "[untyped]");
//! assert_eq!(body.expose()["message"], "Something went wrong");
//! # Ok(())
//! # }
//! ```
//!
//! Use [`may_have_been_processed`] in ambiguous cases: `false` guarantees that the request was not processed. `true`
//! means that the service responded, or that its response may have been lost; a 404 counts, because the service may
//! have applied part of the request. [`attempts`] is the number of attempts, including failed connections; 0 means that
//! the call ended before the first.
//!
//! A 429 is retried within the call's timeout. If the requested delay exceeds the timeout, the call fails at once, and
//! the delay applies to all clones of the client:
//!
//! ```
//! use std::time::Duration;
//!
//! use zapmail_sandbox::{Fault, Sandbox};
//! use zapmail_sdk_ext::Zapmail;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let hour = Duration::from_secs(3600);
//! let too_many = Fault::Status {
//!     status: 429,
//!     body: String::new(),
//!     content_type: "text/plain".to_owned(),
//!     retry_after: Some(hour),
//! };
//! sandbox.fail_next("*", too_many)?;
//! let error = zapmail.get_user().send().await.unwrap_err();
//! assert!(error.is_rate_limited() && error.is_retryable());
//! assert_eq!(error.retry_after(), Some(hour));
//!
//! let error = zapmail.clone().get_user().send().await.unwrap_err();
//! assert!(error.is_rate_limited() && error.attempts() == 0);
//! assert!(!error.may_have_been_processed());
//! # Ok(())
//! # }
//! ```
//!
//! # Unknown outcomes
//!
//! The outcome of a non-idempotent call can be unknown: the service processed the request, and the response was lost.
//! The error names the operation that verifies the outcome, in its message and as [`verify_with`]. The table of
//! [`operations`] has it too, or a `verify_note` where no operation can verify the outcome.
//!
//! ```
//! use zapmail_sandbox::{Fault, Sandbox};
//! use zapmail_sdk_ext::{ErrorKind, Zapmail, types::NewWorkspace};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! sandbox.fail_next("create_workspace", Fault::DropAfterRequest)?;
//! let error = zapmail.create_workspace().body(NewWorkspace::new("Client South")).send().await.unwrap_err();
//! assert_eq!((error.kind(), error.attempts()), (ErrorKind::OutcomeUnknown, 1));
//! assert_eq!(error.verify_with(), Some("list_workspaces"));
//! assert!(error.to_string().contains("check with `list_workspaces` before retrying"));
//!
//! // The workspace exists: the request was processed.
//! assert!(sandbox.workspaces().iter().any(|workspace| workspace.name == "Client South"));
//! # Ok(())
//! # }
//! ```
//!
//! # Timeouts
//!
//! [`Timeouts`] limits a connection (10 seconds), an attempt (60 seconds, because some operations take more than 20)
//! and the whole call, including retries and rate limiting (5 minutes). Attempt timeouts are retried as in the table
//! above. If a delay would exceed the call's timeout, the call ends at once, with the error of its last attempt.
//! [`Zapmail::with_timeouts`] returns a client with other timeouts, for example for an export that takes longer.
//!
//! # Rate limits
//!
//! The service limits requests per key: 5 in any second, 200 in any minute, and 100 availability checks in any 30
//! minutes. The client delays requests to stay inside these [`RateLimits`], across all its clones and derived clients.
//! [`rate_limits`](super::rate_limits) is about several clients, machines and keys.
//!
//! ```
//! use futures::future::try_join_all;
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::Zapmail;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::time::pause();
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let started_at = tokio::time::Instant::now();
//! try_join_all((0..11).map(|_| zapmail.get_user().send())).await?;
//! // 5 at once, 5 a second later, and the last after another second; the service refused none.
//! assert!((2.0..2.5).contains(&started_at.elapsed().as_secs_f64()));
//! assert!(sandbox.requests().iter().all(|request| request.status == 200));
//! # Ok(())
//! # }
//! ```
//!
//! To see calls, attempts and retries while they are made, see [observing](super::observing).
//!
//! [`Decode`]: crate::ErrorKind::Decode
//! [`Error`]: crate::Error
//! [`ErrorKind`]: crate::ErrorKind
//! [`OutcomeUnknown`]: crate::ErrorKind::OutcomeUnknown
//! [`RateLimits`]: crate::RateLimits
//! [`RetryPolicy`]: crate::RetryPolicy
//! [`Response::body`]: crate::Response::body
//! [`Timeouts`]: crate::Timeouts
//! [`TooLarge`]: crate::ErrorKind::TooLarge
//! [`Unexpected`]: crate::ErrorKind::Unexpected
//! [`Zapmail::with_timeouts`]: crate::Zapmail::with_timeouts
//! [`attempts`]: crate::Error::attempts
//! [`body`]: crate::Error::body
//! [`error_id`]: crate::Error::error_id
//! [`headers`]: crate::Error::headers
//! [`is_connection`]: crate::Error::is_connection
//! [`is_not_found`]: crate::Error::is_not_found
//! [`is_outcome_unknown`]: crate::Error::is_outcome_unknown
//! [`is_rate_limited`]: crate::Error::is_rate_limited
//! [`is_retryable`]: crate::Error::is_retryable
//! [`is_timeout`]: crate::Error::is_timeout
//! [`is_unauthorized`]: crate::Error::is_unauthorized
//! [`kind`]: crate::Error::kind
//! [`may_have_been_processed`]: crate::Error::may_have_been_processed
//! [`operations`]: crate::operations
//! [`path`]: crate::Error::path
//! [`retry_after`]: crate::Error::retry_after
//! [`verify_with`]: crate::Error::verify_with
