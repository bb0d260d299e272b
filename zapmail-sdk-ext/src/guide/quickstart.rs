//! Add the crate to a program, make your first call, and learn how calls, parameters and workspaces work. Start here if
//! the crate is new to you.
//!
//! # Your first call
//!
//! The crates are not on crates.io yet, so `Cargo.toml` names the path to a copy of the workspace:
//!
//! ```toml
//! [dependencies]
//! tokio = { version = "1", features = ["macros", "rt-multi-thread"] }
//! zapmail-sdk-ext = { path = "../zapmail/zapmail-sdk-ext" }
//! ```
//!
//! Copy this program into `src/main.rs`. It only reads:
//!
//! ```
//! use zapmail_sdk_ext::Zapmail;
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #   let sandbox = zapmail_sandbox::Sandbox::start().await?;
//! #   let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! #   /*
//!     let zapmail = Zapmail::from_env()?;
//! #   */
//!     let user = zapmail.get_user().send().await?;
//!     match user.wallet_balance {
//!         Some(balance) => println!("The wallet contains {balance:.2} USD."),
//!         None => println!("The service did not report the balance of the wallet."),
//!     }
//! #   assert_eq!(user.wallet_balance, Some(zapmail_sdk_ext::Decimal::new(6450, 2)));
//!     Ok(())
//! }
//! ```
//!
//! Export your API key, and run the program:
//!
//! ```console
//! $ export ZAPMAIL_API_KEY=...
//! $ cargo run
//! ```
//!
//! Keep the API key out of files, and let [`Zapmail::from_env`] read it. A key has no scopes: anyone who has it can
//! spend the account's money and delete its mailboxes. If your program keeps the key in a secret store, pass
//! [`ClientBuilder::api_key_provider`] a function that reads it.
//!
//! Calls need a Tokio runtime with time and I/O, such as the one of `#[tokio::main]`, and panic without one. If you
//! build a runtime yourself, call `enable_all`.
//!
//! # Trying it out in a sandbox
//!
//! The service has no test mode. Use a sandbox to try out calls without an account. It runs on your machine, and has
//! its own key and base URL. To use it in `src/main.rs`, add it to the dependencies; for tests only, to
//! `[dev-dependencies]`:
//!
//! ```toml
//! [dependencies]
//! zapmail-sandbox = { path = "../zapmail/tests/sandbox", default-features = false }
//! ```
//!
//! Tests that pause the clock also need tokio's feature `test-util`.
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
//! The examples of this guide use a sandbox wherever an exact result matters.
//!
//! # Calls and responses
//!
//! [`Zapmail`] has a method for every operation, which returns a builder. `send()` on the builder sends the request and
//! returns the data, without the envelope of the response. `send_with_response()` returns the data together with the
//! rest of the response:
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
//! In a response, only identifiers are required. Every other field is an `Option`, because the service omits fields. A
//! counter that the service sends sometimes as a number and sometimes as text is a [`NumberOrText`]. A live credential
//! is a [`Secret`]. Enums of responses keep unknown values. Structs and enums are `#[non_exhaustive]`, because the
//! service adds fields.
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
//! let zero = zapmail.list_mailboxes().limit(0).send().await.unwrap_err();
//! assert_eq!(zero.to_string(), "list_mailboxes: `limit` is 0; use a number of at least 1");
//! assert_eq!(sandbox.requests_of("list_mailboxes").len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! Each kind of id has its own type, so that you cannot pass the id of a domain where the id of a mailbox belongs; see
//! [`ids`]. The method of a parameter takes any type that converts to the type of the parameter, for example text for
//! an id.
//!
//! # Workspaces
//!
//! Calls run in the key owner's primary workspace. [`Zapmail::workspace`] returns a client for another workspace. It
//! shares connections, rate limits and cached codes with the first client:
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
//! [`Zapmail::workspace_by_name`] finds a workspace by its name, and [`Zapmail::workspaces`] returns all workspaces of
//! the account. Both return each workspace together with a client for it:
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::Zapmail;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let client_north = zapmail.workspace_by_name("Client North").await?.zapmail;
//! assert_eq!(client_north.list_domains().send().await?.domains.len(), 8);
//!
//! let workspaces = zapmail.workspaces().await?;
//! assert_eq!(workspaces.iter().map(ToString::to_string).collect::<Vec<_>>(), ["Main", "Client North"]);
//! # Ok(())
//! # }
//! ```
//!
//! [`Zapmail::with_timeouts`], [`Zapmail::with_retry_policy`], [`Zapmail::with_header`] and [`Zapmail::allow_spending`]
//! also return derived clients, each with one changed setting. Cloning a client and deriving one are cheap.
//!
//! # A mailbox and its code
//!
//! Read a mailbox, and get an authenticator code for it:
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
//! # Undocumented operations
//!
//! For an operation that the document does not describe, [`Zapmail::request`] sends a request of any method and path.
//! All policies, such as rate limits and retries, apply to it:
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
//! Before your program buys anything, read [buying safely](super::buying_safely). Before it runs unattended, read
//! [errors and retries](super::errors_and_retries).
//!
//! Next: [lists](super::lists), to read more than one page.
//!
//! [`ClientBuilder::api_key_provider`]: crate::ClientBuilder::api_key_provider
//! [`NumberOrText`]: crate::NumberOrText
//! [`Paged`]: crate::Paged
//! [`RequestBuilder::effect`]: crate::RequestBuilder::effect
//! [`Secret`]: crate::Secret
//! [`Zapmail`]: crate::Zapmail
//! [`Zapmail::allow_spending`]: crate::Zapmail::allow_spending
//! [`Zapmail::from_env`]: crate::Zapmail::from_env
//! [`Zapmail::request`]: crate::Zapmail::request
//! [`Zapmail::with_header`]: crate::Zapmail::with_header
//! [`Zapmail::with_retry_policy`]: crate::Zapmail::with_retry_policy
//! [`Zapmail::with_timeouts`]: crate::Zapmail::with_timeouts
//! [`Zapmail::workspace`]: crate::Zapmail::workspace
//! [`Zapmail::workspace_by_name`]: crate::Zapmail::workspace_by_name
//! [`Zapmail::workspaces`]: crate::Zapmail::workspaces
//! [`ids`]: crate::ids
