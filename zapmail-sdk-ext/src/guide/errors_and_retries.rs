//! A call either returns its data or an [`Error`] that tells whether the call may be made again; repetitions that are
//! harmless have been made by then.
//!
//! # What the client repeats
//!
//! What decides is what happened, and whether the operation reads, may be repeated, or neither:
//!
//! | what happened | reads, or may be repeated | must not be repeated, or spends |
//! | --- | --- | --- |
//! | no connection: nothing was sent | again | again |
//! | 429: the service did not process it | again, after a pause of the whole client | the same |
//! | 408, 5xx, a broken connection or a time-out after sending | again | stop: [`OutcomeUnknown`] |
//! | an answer that cannot be decoded | stop: [`Decode`] | stop: [`OutcomeUnknown`] if it spends, else [`Decode`] |
//! | any other 4xx | stop | stop |
//!
//! [`Retries`] says how often (4 attempts) and with which pauses (0.5 to 30 seconds). `idempotent` in the table of
//! [`operations`] says which writes may be repeated.
//!
//! ```
//! use zapmail_sandbox::{Fault, Sandbox};
//! use zapmail_sdk_ext::{ErrorKind, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::time::pause();
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! // Two failures are not noticed,
//! sandbox.fail_next_n("get_user", Fault::status(503), 2)?;
//! zapmail.get_user().call().await?;
//! assert_eq!(sandbox.requests_of("get_user").len(), 3);
//!
//! // and the fourth in a row is the last.
//! sandbox.fail_next_n("get_user", Fault::status(503), 4)?;
//! let error = zapmail.get_user().call().await.unwrap_err();
//! assert_eq!((error.kind(), error.status(), error.attempts()), (ErrorKind::Server, Some(503), 4));
//! assert!(error.to_string().starts_with("get_user: 503 Service Unavailable: Something went wrong"));
//! # Ok(())
//! # }
//! ```
//!
//! # What is left to the program
//!
//! | [`ErrorKind`] | what to do |
//! | --- | --- |
//! | `Config`, `Refused` | change the settings of the client; the message names the one |
//! | `Invalid`, `Unauthorized`, `Forbidden`, `NotFound`, `Conflict` | a person has to look; [`error_id`] is for the support |
//! | `RateLimited` | call again after [`retry_after`] |
//! | `Connect`, `Server`, `Timeout` | the attempts or the time were used up; calling again later does no harm |
//! | `OutcomeUnknown` | read back what is there, see below |
//! | `Decode`, `TooLarge`, `Paging`, `Unexpected` | the answer is not as documented ([`path`]); a write was probably done |
//! | `Failed` | what was waited for ended badly, see [`waiting`](super::waiting) |
//! | `NoSecondFactor`, `NotMicrosoft` | there are no codes, see [`codes`](super::codes) |
//!
//! Decide by the kind. [`may_have_been_sent`] is for a last doubt: `false` promises that the service did not carry the
//! call out; `true` only says that a request reached it, as one does that is answered with 404. [`attempts`] counts
//! requests, those without a connection included; 0 means that the call ended before the first.
//!
//! A 429 is repeated inside the time of the call. One that asks for a longer pause ends the call at once, and the
//! clones of the client keep to the pause as well:
//!
//! ```
//! use std::time::Duration;
//!
//! use zapmail_sandbox::{Fault, Sandbox};
//! use zapmail_sdk_ext::{ErrorKind, Zapmail, prelude::*};
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
//! let error = zapmail.get_user().call().await.unwrap_err();
//! assert_eq!((error.kind(), error.retry_after()), (ErrorKind::RateLimited, Some(hour)));
//!
//! let error = zapmail.clone().get_user().call().await.unwrap_err();
//! assert_eq!((error.kind(), error.attempts()), (ErrorKind::RateLimited, 0));
//! assert!(!error.may_have_been_sent());
//! # Ok(())
//! # }
//! ```
//!
//! # When nobody knows
//!
//! A call that must not be repeated can end in the dark: the service carried it out, and the answer was lost. The error
//! names the operation that shows what became of it, and so does the table, for programs:
//!
//! ```
//! use zapmail_sandbox::{Fault, Sandbox};
//! use zapmail_sdk_ext::{ErrorKind, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! sandbox.fail_next("create_workspace", Fault::DropAfterRequest)?;
//! let error = zapmail.create_workspace().body_map(|body| body.name("Client South")).call().await.unwrap_err();
//! assert_eq!((error.kind(), error.attempts()), (ErrorKind::OutcomeUnknown, 1));
//! assert_eq!(error.verify_with(), Some("list_workspaces"));
//! assert!(error.to_string().contains("do not repeat it before `list_workspaces` has shown what is there"));
//!
//! // It is there: this was carried out.
//! assert!(sandbox.workspaces().iter().any(|workspace| workspace.name == "Client South"));
//! # Ok(())
//! # }
//! ```
//!
//! # Time
//!
//! [`Timeouts`] bounds a connection (10 seconds), an attempt (60 seconds, since some operations take more than 20) and
//! the whole call with all its waiting (5 minutes). No pause goes beyond the end of the call: where one would, the call
//! ends at once, with the error of its last attempt. A time-out of an attempt is in the table above; one that passes is
//! not noticed.
//!
//! # The quota
//!
//! The service counts requests per key: 5 in any second, 200 in any minute, 100 look-ups of free domain names in any
//! half hour. [`Quota`] holds requests back instead of letting them be refused, for all clones and workspaces of a
//! client together. Two programs with one key do not know of each other: give each its part.
//!
//! ```
//! use std::time::Duration;
//!
//! use futures::future::try_join_all;
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::time::pause();
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let begun = tokio::time::Instant::now();
//! try_join_all((0..11).map(|_| zapmail.get_user().call())).await?;
//! // 5 at once, 5 a second later, and the last after another second; the service refused none.
//! assert!((2.0..2.5).contains(&begun.elapsed().as_secs_f64()));
//! assert!(sandbox.requests().iter().all(|request| request.status == 200));
//! # Ok(())
//! # }
//! ```
//!
//! Each call is a `tracing` span, `zapmail.call`, with the operation, the attempts, the status and the time that it
//! waited.
//!
//! [`Decode`]: crate::ErrorKind::Decode
//! [`Error`]: crate::Error
//! [`ErrorKind`]: crate::ErrorKind
//! [`OutcomeUnknown`]: crate::ErrorKind::OutcomeUnknown
//! [`Quota`]: crate::Quota
//! [`Retries`]: crate::Retries
//! [`Timeouts`]: crate::Timeouts
//! [`attempts`]: crate::Error::attempts
//! [`error_id`]: crate::Error::error_id
//! [`may_have_been_sent`]: crate::Error::may_have_been_sent
//! [`operations`]: crate::operations
//! [`path`]: crate::Error::path
//! [`retry_after`]: crate::Error::retry_after
