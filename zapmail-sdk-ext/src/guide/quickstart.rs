//! From an API key to the first authenticator code.
//!
//! # Setting up
//!
//! ```toml
//! [dependencies]
//! futures = "0.3"
//! tokio = { version = "1", features = ["macros", "rt"] }
//! zapmail-sdk-ext = "0.1"
//!
//! [dev-dependencies]
//! tokio = { version = "1", features = ["test-util"] }
//! zapmail-sandbox = { version = "0.1", default-features = false }
//! ```
//!
//! tokio's `test-util` is for tests that stop the clock. Calls run inside a Tokio runtime with time and I/O, such as the
//! one of `#[tokio::main]`, and panic elsewhere; a runtime that is built by hand needs `enable_all`.
//!
//! A program takes its key from the environment, so that it stands in no file: export `ZAPMAIL_API_KEY` and call
//! [`Zapmail::from_env`]. The key has no scopes: whoever has it can spend the account's money and delete its mailboxes.
//!
//! There is no test mode either, so the examples here talk to a sandbox. It has a key and an address of its own:
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let user = zapmail.get_user().call().await?;
//! assert_eq!(user.wallet_balance, Some(64.5));
//! # Ok(())
//! # }
//! ```
//!
//! [`Zapmail`] has a method for every operation. It gives a builder; [`call`](crate::Call::call) sends it and returns
//! the data, out of its envelope. `call` is a method of a trait, which the [prelude](crate::prelude) brings along.
//!
//! # Parameters and bodies
//!
//! Each parameter is a method of the builder. A body is given as a whole with `body`, or field by field with
//! `body_map`. What is missing or cannot be right is told before anything is sent:
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{ErrorKind, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let page = zapmail.list_mailboxes().contains("acme-003").limit(5).call().await?;
//! assert_eq!(page.domains.len(), 1);
//!
//! let created = zapmail.create_workspace().body_map(|body| body.name("Client South")).call().await?;
//! assert_eq!(created.name.as_deref(), Some("Client South"));
//!
//! let error = zapmail.create_workspace().call().await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::Invalid);
//! assert_eq!(error.to_string(), "create_workspace: `body.name` is required and was not set");
//! # Ok(())
//! # }
//! ```
//!
//! A number or an id can be given as any type that converts to it, an id as text, too. Where a [`Uuid`] itself is wanted
//! and there is text, [`OtpTarget`] for one, `text.parse()` makes it.
//!
//! Only identifiers are sure to be there in an answer. Everything else is an `Option`, since the service leaves fields
//! out. A counter that comes as a number on one day and as text on another is a [`Numeric`], a live credential a
//! [`Secret`]. An enum of an answer keeps a value that it does not know.
//!
//! # Workspaces
//!
//! Calls run in the key owner's primary workspace. [`Zapmail::workspace`] is the same client for another one:
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let client_north = zapmail.workspace(&sandbox.workspaces()[1].id);
//! let (own, north) = (zapmail.list_domains().call().await?, client_north.list_domains().call().await?);
//! let count = |page: &zapmail_sdk_ext::types::DomainPage| page.total_searched_count.as_ref()?.as_i64();
//! assert_eq!((count(&own), count(&north)), (Some(16), Some(8)));
//! # Ok(())
//! # }
//! ```
//!
//! # A mailbox and its code
//!
//! ```
//! use std::time::Duration;
//!
//! use futures::TryStreamExt;
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{OtpTarget, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let mut mailboxes = zapmail.list_mailboxes().items();
//! let mailbox = mailboxes.try_next().await?.ok_or("there is no mailbox")?;
//! assert_eq!(mailbox.address(), "dana.reed@acme-001.example.com");
//! // A seed is a live credential: it prints as `[redacted]`, and `expose` gives it out.
//! assert_eq!(format!("{:?}", mailbox.secret), "Some([redacted])");
//!
//! let code = zapmail.otp(OtpTarget::mailbox(mailbox.id)).fresh(Duration::from_secs(10)).await?;
//! assert_eq!(code.expose().len(), 6);
//! # Ok(())
//! # }
//! ```
//!
//! [`lists`](super::lists) and [`codes`](super::codes) go on from here. Before a program buys something, read
//! [`spending`](super::spending); before it runs unattended, [`errors_and_retries`](super::errors_and_retries).
//!
//! [`Numeric`]: crate::Numeric
//! [`OtpTarget`]: crate::OtpTarget
//! [`Secret`]: crate::Secret
//! [`Uuid`]: crate::Uuid
//! [`Zapmail`]: crate::Zapmail
//! [`Zapmail::from_env`]: crate::Zapmail::from_env
//! [`Zapmail::workspace`]: crate::Zapmail::workspace
