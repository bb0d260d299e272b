//! Decide what your program does when a call fails. A call returns its data or an [`Error`], which shows whether it is
//! safe to call again; the client has already made every retry that was safe.
//!
//! # Handling an error
//!
//! ```
//! use zapmail_sdk_ext::{Zapmail, types::NewWorkspace};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #   let sandbox = zapmail_sandbox::Sandbox::start().await?;
//! #   let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! #   /*
//!     let zapmail = Zapmail::from_env()?;
//! #   */
//!     match zapmail.create_workspace().body(NewWorkspace::new("Client South")).send().await {
//!         Ok(workspace) => println!("created {:?}", workspace.name),
//!         // The request may have been processed. The message names the operation to check with.
//!         Err(error) if error.is_outcome_unknown() => println!("check before you call again: {error}"),
//!         // The same call may succeed later, and is safe to send again.
//!         Err(error) if error.is_retryable() => println!("call again later: {error}"),
//!         // The request, the key or a setting must change first.
//!         Err(error) => return Err(error.into()),
//!     }
//! #   assert!(sandbox.workspaces().iter().any(|workspace| workspace.name == "Client South"));
//!     Ok(())
//! }
//! ```
//!
//! # What the client retries
//!
//! The outcome of an attempt and the kind of operation decide:
//!
//! | outcome of an attempt | read, or idempotent write | any other write, or a purchase |
//! | --- | --- | --- |
//! | not sent (failure of DNS, connecting or TLS) | retry | retry |
//! | 429: not processed | retry, after a delay of the whole client | retry, after a delay of the whole client |
//! | ambiguous: 408, 5xx, connection lost or timeout after sending | retry | stop: [`OutcomeUnknown`] |
//! | a 4xx (not 429) after an ambiguous attempt of a write | success for a DELETE with 404; otherwise stop: [`OutcomeUnknown`] | - |
//! | response that cannot be decoded, is too large or redirects | stop: [`Decode`], [`TooLarge`], [`Unexpected`] | stop: the same kinds, and [`OutcomeUnknown`] for a purchase |
//! | any other 4xx | stop | stop |
//!
//! [`RetryPolicy`] sets the maximum number of attempts (default: 4) and the delays between them (default: 0.5 to 30
//! seconds). The table of [`operations`] shows which writes are `idempotent`.
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
//! // Two failed attempts are retried.
//! sandbox.fail_next_n("get_user", Fault::status(503), 2)?;
//! let response = zapmail.get_user().send_with_response().await?;
//! assert_eq!(response.attempts(), 3);
//!
//! // The fourth failed attempt ends the call.
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
//! A status of 200 is not enough: the service also reports errors inside such a response, as a `status`, a `success` of
//! `false` or an `error`. The response to a read must contain data. The response to a purchase must show what was
//! bought; otherwise the outcome of the purchase is unknown. A write that returns nothing succeeds with an empty
//! response.
//!
//! If a single value has a different form than in the document, such as a number as text or a date without a time, the
//! rest of the response is not lost: the value is converted, or left out if it cannot be understood. [`Response::body`]
//! has the response as it was received.
//!
//! # What your program decides
//!
//! | [`ErrorKind`] | what to do |
//! | --- | --- |
//! | `Config`, `SpendingNotAllowed` | change the client's settings; the message names the setting |
//! | `Invalid`, `Unauthorized`, `Forbidden`, `NotFound`, `Conflict` | fix the request, the key or the permission; quote [`error_id`] to the service's support |
//! | `RateLimited` | call again after [`retry_after`] |
//! | `Connection`, `Server`, `Timeout` | call again later, which is safe; the attempts or the time of this call are used up |
//! | `OutcomeUnknown` | verify the outcome before you call again; see [below](#unknown-outcomes) |
//! | `Decode`, `TooLarge`, `Unexpected` | look at the response, which is not as documented ([`path`]); a write was probably processed |
//! | `AlreadyBought`, `Journal` | see [`buying_safely`](super::buying_safely) |
//! | `RepeatedPage` | see [`lists`](super::lists); the list cannot be read to its end |
//! | `JobFailed` | see [`waiting`](super::waiting); the awaited job failed |
//! | `NoSecondFactor`, `NotMicrosoft` | see [`codes`](super::codes); the account has no codes |
//!
//! Match on [`kind`], with an arm for kinds that later versions add, or call [`is_retryable`], [`is_rate_limited`],
//! [`is_timeout`], [`is_connection`], [`is_not_found`], [`is_unauthorized`] or [`is_outcome_unknown`]. `Display` and
//! `Debug` print the service's message, but no other part of the response. [`headers`] and [`body`] return the rest:
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
//! [`may_have_been_processed`] decides ambiguous cases: `false` guarantees that the service did not process the
//! request. `true` means that the service responded, or that its response may have been lost. Every error response
//! counts, even a 404, because the service may have applied part of the request. [`attempts`] returns the number of
//! attempts, including failed connections; it is 0 if the call ended before the first attempt.
//!
//! A 429 is retried within the call's timeout. If the delay that the service requests exceeds the timeout, the call
//! fails immediately. The delay applies to all clones of the client:
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
//! The outcome of a non-idempotent call can be unknown: the service may have processed the request, but the response
//! was lost. The message of the error names the operation that verifies the outcome, and [`verify_with`] returns it. It
//! is also in the table of [`operations`], which has a `verify_note` where no operation can verify the outcome.
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
//! [`Timeouts`] limits the time to connect (default: 10 seconds), the time of an attempt (default: 60 seconds, because
//! some operations take more than 20 seconds), and the time of the whole call, including retries and rate limiting
//! (default: 5 minutes). An attempt that times out is retried as in the table above. If the delay before a retry would
//! exceed the call's timeout, the call ends immediately with the error of its last attempt. [`Zapmail::with_timeouts`]
//! returns a client with different timeouts, for example for an export that takes longer.
//!
//! # Rate limits
//!
//! Per API key, the service allows 5 requests in any second, 200 in any minute, and 100 availability checks in any 30
//! minutes. The client delays requests to stay within these [`RateLimits`], across all its clones and derived clients.
//! For several clients, machines or keys, see [`rate_limits`](super::rate_limits).
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
//! // 5 requests immediately, 5 after a second, and the last one after another second. The service rejected none.
//! assert!((2.0..2.5).contains(&started_at.elapsed().as_secs_f64()));
//! assert!(sandbox.requests().iter().all(|request| request.status == 200));
//! # Ok(())
//! # }
//! ```
//!
//! Next: [observing](super::observing), to see attempts and retries while your program runs.
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
