//! From an API key to the first authenticator code.
//!
//! # Setting up
//!
//! ```toml
//! [dependencies]
//! tokio = { version = "1", features = ["macros", "rt"] }
//! zapmail-sdk-ext = { path = "../zapmail/zapmail-sdk-ext" }
//!
//! [dev-dependencies]
//! tokio = { version = "1", features = ["test-util"] }
//! zapmail-sandbox = { path = "../zapmail/tests/sandbox", default-features = false }
//! ```
//!
//! The crates are not on crates.io yet, so the paths lead to a copy of the workspace.
//!
//! tokio's `test-util` is for tests that pause the clock. Calls need a Tokio runtime with time and I/O, such as the one
//! of `#[tokio::main]`, and panic without one; a runtime that is built by hand needs `enable_all`.
//!
//! Keep the API key out of files: export `ZAPMAIL_API_KEY` and call [`Zapmail::from_env`]. The key has no scopes:
//! anyone who has it can spend the account's money and delete its mailboxes. A program that keeps its key in a secret
//! store passes [`ClientBuilder::api_key_provider`] a function that reads it.
//!
//! The service has no test mode, so the examples here call a sandbox, which has its own key and base URL:
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{Decimal, Zapmail};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let user = zapmail.get_user().send().await?;
//! assert_eq!(user.wallet_balance, Some(Decimal::new(6450, 2)));
//! # Ok(())
//! # }
//! ```
//!
//! [`Zapmail`] has a method for every operation. It returns a builder; `send()` on the builder sends the request and
//! returns the data, without its envelope. `send_with_response()` returns the data with the rest of the response:
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{Decimal, Zapmail};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let response = zapmail.get_user().send_with_response().await?;
//! assert_eq!((response.status().as_u16(), response.attempts()), (200, 1));
//! assert_eq!(response.data().wallet_balance, Some(Decimal::new(6450, 2)));
//! // The whole body, as the service sent it. It can contain credentials, so it prints as `[untyped]`.
//! let body = response.body();
//! assert_eq!(body.to_string(), "[untyped]");
//! assert_eq!(body.expose()["data"]["walletBalance"], 64.5);
//! # Ok(())
//! # }
//! ```
//!
//! # Parameters and bodies
//!
//! Each parameter is a method of the builder. A body is passed to `body(..)`: `new(..)` of its type takes the required
//! fields, and each optional field has a setter. Missing or invalid parameters are reported before the request is sent:
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{ErrorKind, Zapmail, types::NewWorkspace};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let page = zapmail.list_mailboxes().contains("acme-003").limit(5).send().await?;
//! assert_eq!(page.domains.len(), 1);
//!
//! let created = zapmail.create_workspace().body(NewWorkspace::new("Client South")).send().await?;
//! assert_eq!(created.name.as_deref(), Some("Client South"));
//!
//! let error = zapmail.list_mailboxes().limit(-1).send().await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::Invalid);
//! assert_eq!(error.to_string(), "list_mailboxes: invalid value for `limit`; it takes `u32`");
//! assert!(sandbox.requests_of("list_mailboxes").len() == 1);
//! # Ok(())
//! # }
//! ```
//!
//! The method of a parameter takes any type that converts to the parameter's own, for example text for an id. Where a
//! signature names [`Uuid`], as that of [`OtpTarget`] does, parse text with `text.parse()`.
//!
//! In a response, only identifiers are required. Every other field is an `Option`, because the service omits fields. A
//! counter that is sent sometimes as a number and sometimes as text is a [`Numeric`], a live credential a [`Secret`].
//! Enums of responses keep unknown values. Structs and enums are `#[non_exhaustive]`, because the service adds fields.
//!
//! # Workspaces
//!
//! Calls run in the key owner's primary workspace. [`Zapmail::workspace`] returns a client for another one, which
//! shares connections, rate limits and cached codes with the first:
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{Zapmail, types::DomainPage};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let client_north = zapmail.workspace(&sandbox.workspaces()[1].id);
//! let (own, north) = (zapmail.list_domains().send().await?, client_north.list_domains().send().await?);
//! let count = |page: &DomainPage| page.total_searched_count.as_ref()?.as_i64();
//! assert_eq!((count(&own), count(&north)), (Some(16), Some(8)));
//! # Ok(())
//! # }
//! ```
//!
//! Other derived clients change a setting in the same way: [`Zapmail::with_timeouts`], [`Zapmail::with_retry_policy`],
//! [`Zapmail::with_header`] and [`Zapmail::allow_spending`]. All are cheap clones.
//!
//! # A mailbox and its code
//!
//! ```
//! use std::time::Duration;
//!
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{OtpTarget, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let mut mailboxes = zapmail.list_mailboxes().items();
//! let mailbox = mailboxes.next().await?.ok_or("no mailbox found")?;
//! assert_eq!(mailbox.address(), "dana.reed@acme-001.example.com");
//! // A seed is a live credential: it prints as `[redacted]`, and `expose` returns it.
//! assert_eq!(format!("{:?}", mailbox.secret), "Some([redacted])");
//!
//! let code = zapmail.otp(OtpTarget::mailbox(mailbox.id)).valid_for(Duration::from_secs(10)).await?;
//! assert_eq!(code.expose().len(), 6);
//! # Ok(())
//! # }
//! ```
//!
//! `items()` and `pages()` are methods of the trait [`Paged`], which the [prelude](crate::prelude) imports.
//!
//! # Beyond the document
//!
//! [`Zapmail::request`] sends a request of any method and path under all policies, for what the document does not
//! describe:
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::Zapmail;
//! use zapmail_sdk_ext::http::Method;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let request = zapmail.request(Method::GET, "/v2/mailboxes/list").query("contains", "acme-003").query("limit", 5);
//! let response: serde_json::Value = request.send().await?;
//! assert_eq!(response["data"]["domains"].as_array().map(Vec::len), Some(1));
//! # Ok(())
//! # }
//! ```
//!
//! An undocumented path counts as spending unless its method is GET or [`RequestBuilder::effect`] declares otherwise.
//!
//! Continue with [`lists`](super::lists) and [`codes`](super::codes). Before a program buys something, read
//! [`buying_safely`](super::buying_safely); before it runs unattended, read [`errors_and_retries`](super::errors_and_retries).
//!
//! [`ClientBuilder::api_key_provider`]: crate::ClientBuilder::api_key_provider
//! [`Numeric`]: crate::Numeric
//! [`OtpTarget`]: crate::OtpTarget
//! [`Paged`]: crate::Paged
//! [`RequestBuilder::effect`]: crate::RequestBuilder::effect
//! [`Secret`]: crate::Secret
//! [`Uuid`]: crate::Uuid
//! [`Zapmail`]: crate::Zapmail
//! [`Zapmail::allow_spending`]: crate::Zapmail::allow_spending
//! [`Zapmail::from_env`]: crate::Zapmail::from_env
//! [`Zapmail::request`]: crate::Zapmail::request
//! [`Zapmail::with_header`]: crate::Zapmail::with_header
//! [`Zapmail::with_retry_policy`]: crate::Zapmail::with_retry_policy
//! [`Zapmail::with_timeouts`]: crate::Zapmail::with_timeouts
//! [`Zapmail::workspace`]: crate::Zapmail::workspace
