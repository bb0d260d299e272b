//! Test your program against `zapmail-sandbox`, a stateful stand-in for the service on your machine. Use it for a
//! program that takes several steps, where each step depends on the one before.
//!
//! The sandbox serves HTTP on loopback, responds to every operation, and checks the key, the workspace and each request
//! against the documentation. Nothing in it costs money. To test a single request and its response,
//! [`mocking`](super::mocking) needs less setup.
//!
//! # A test
//!
//! Add the sandbox to `Cargo.toml`:
//!
//! ```toml
//! [dev-dependencies]
//! tokio = { version = "1", features = ["macros", "rt", "test-util"] }
//! zapmail-sandbox = { path = "../zapmail/tests/sandbox", default-features = false }
//! ```
//!
//! This is a complete test, for example in `tests/rename.rs`. The sandbox replaces the live service, so the test builds
//! its client for the sandbox and does not call `Zapmail::from_env`:
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{Zapmail, types::WorkspaceRename};
//!
//! /// The function under test takes its client as an argument.
//! async fn rename(zapmail: &Zapmail, id: &str, name: &str) -> zapmail_sdk_ext::Result<()> {
//!     zapmail.update_workspace().body(WorkspaceRename::new(id, name)).send().await.map(drop)
//! }
//!
//! # /*
//! #[tokio::test]
//! async fn renamed_workspace_has_new_name() -> Result<(), Box<dyn std::error::Error>> {
//! # */
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let sandbox = Sandbox::start().await?;
//!     let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//!     rename(&zapmail, &sandbox.workspaces()[0].id, "Agency").await?;
//!     assert_eq!(sandbox.workspaces()[0].name, "Agency");
//!     Ok(())
//! }
//! ```
//!
//! `Sandbox::builder()` sets the initial data: `domains`, `mailboxes_per_domain`, `wallet_cents`, and a `seed`. The
//! same seed creates the same data. Each test can start its own sandbox; dropping it stops it.
//!
//! `Sandbox::builder().build()?` creates a sandbox without a port. Pass its `sandbox.transport()` to
//! [`transport`](crate::ClientBuilder::transport).
//!
//! # The clock
//!
//! The sandbox uses tokio's clock. If you pause that clock with `tokio::time::pause()` or
//! `#[tokio::test(start_paused = true)]`, waiting takes no time, neither in the program nor in the sandbox.
//! `sandbox.advance` advances only the sandbox's clock.
//!
//! ```
//! use std::time::Duration;
//!
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::Zapmail;
//! use zapmail_sdk_ext::types::{DomainPurchase, DomainPurchaseItem};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let builder = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
//! let zapmail = builder.allow_spending().build()?;
//! let status = || async {
//!     let page = zapmail.list_domains().contains("brand.com").send().await?;
//!     let status = page.domains.first().and_then(|domain| domain.status.clone());
//!     Ok::<_, zapmail_sdk_ext::Error>(status.map(|status| status.to_string()))
//! };
//!
//! let (enable_dns_shield, use_wallet) = (false, true);
//! let purchase = DomainPurchase::new([DomainPurchaseItem::new("brand.com")], enable_dns_shield, use_wallet);
//! zapmail.purchase_domains().body(purchase).send().await?;
//! assert_eq!(status().await?.as_deref(), Some("PENDING"));
//! sandbox.advance(Duration::from_secs(120));
//! assert_eq!(status().await?.as_deref(), Some("ACTIVE"));
//! # Ok(())
//! # }
//! ```
//!
//! # Faults
//!
//! A fault makes the sandbox misbehave once. It applies to the next request of an operation, or with `"*"` to the next
//! request of any operation. Some faults reject the request (`Fault::status`, `DropBeforeRequest`). Others process the
//! request, and then corrupt, delay or drop the response (`DropAfterRequest`, `CutBody`, `GarbledJson`, `MissingField`,
//! `UnknownEnumValue`, `Delay`).
//!
//! ```
//! use zapmail_sandbox::{Fault, Sandbox};
//! use zapmail_sdk_ext::{ErrorKind, Zapmail};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! // The response contains a status that the document does not have. Unknown values are kept, so the call succeeds.
//! sandbox.fail_next("list_mailboxes", Fault::UnknownEnumValue)?;
//! zapmail.list_mailboxes().send().await?;
//!
//! sandbox.fail_next("get_user", Fault::GarbledJson)?;
//! let error = zapmail.get_user().send().await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::Decode);
//!
//! // An operation that does not exist is an error.
//! assert!(sandbox.fail_next("get_users", Fault::CutBody).is_err());
//! # Ok(())
//! # }
//! ```
//!
//! # Requests and charges
//!
//! The sandbox records every request, and every charge in its ledger:
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! zapmail.list_domains().contains("acme-00").items().collect().await?;
//!
//! let requests = sandbox.requests_of("list_domains");
//! assert_eq!((requests[0].path.as_str(), requests[0].status), ("/api/v2/domains", 200));
//! assert!(requests[0].query.contains(&("contains".to_owned(), "acme-00".to_owned())));
//! assert_eq!(requests[0].workspace.as_ref(), Some(&sandbox.workspaces()[0].id));
//! assert_eq!(sandbox.request_counts()["list_domains"], 1);
//! assert!(sandbox.ledger().is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! A recorded request also has the `body`, as it was sent. `Debug` prints the request without credentials.
//! `sandbox.exports()` returns the exports with their mailboxes, and `sandbox.deliveries()` returns the attempts to
//! deliver webhook events. Deliveries are signed with the machine's time, so a receiver accepts them even after
//! `sandbox.advance`.
//!
//! The sandbox enforces the documented rate limits. A test that sends many requests without pausing the clock disables
//! them on both sides: `Sandbox::builder().quota(zapmail_sandbox::Quota::unlimited())` and
//! `Zapmail::builder().rate_limits(RateLimits::unlimited())`, with the [`RateLimits`](crate::RateLimits) of this crate.
//!
//! # State files
//!
//! With `state_file`, the sandbox stores its state in a file. A sandbox that is started with the same file continues
//! from that state:
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{Zapmail, types::NewWorkspace};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let file = std::env::temp_dir().join(format!("zapmail-guide-{}.json", std::process::id()));
//! let sandbox = Sandbox::builder().state_file(&file).start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! zapmail.create_workspace().body(NewWorkspace::new("Client South")).send().await?;
//! sandbox.stop().await;
//!
//! let restarted = Sandbox::builder().state_file(&file).start().await?;
//! assert_eq!(restarted.workspaces().len(), 3);
//! # std::fs::remove_file(&file)?;
//! # Ok(())
//! # }
//! ```
//!
//! # The sandbox as a program
//!
//! The sandbox is also a program, which serves any number of clients. A client that reads its settings from the
//! environment needs no change: the program prints the commands that export the settings.
//!
//! ```console
//! $ cargo run -p zapmail-sandbox -- --port 8080 --wallet 500 --state sandbox.json
//! $ export ZAPMAIL_BASE_URL=http://127.0.0.1:8080/api
//! $ export ZAPMAIL_API_KEY=5a9d0b0c-5a9d-4b0c-8e57-5a9db0c0ffee
//! ```
//!
//! You can do over HTTP everything that a test does with its `Sandbox`. `GET /_sandbox/` lists the controls:
//!
//! ```console
//! $ curl -s http://127.0.0.1:8080/_sandbox/
//! $ curl -s -X POST http://127.0.0.1:8080/_sandbox/advance -d '{"seconds": 120}'
//! ```
//!
//! Next: [mocking](super::mocking), for tests of a single request.
