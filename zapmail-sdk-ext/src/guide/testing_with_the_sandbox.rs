//! The crate `zapmail-sandbox` is a stateful stand-in for the service on this machine, for tests of programs that use
//! this client.
//!
//! It serves HTTP on loopback, implements every operation, and checks the key, the workspace and each request against
//! the documentation. Nothing in it costs money. A test of one request and one response needs less setup with
//! [`mocking`](super::mocking).
//!
//! # A test
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{Uuid, Zapmail, types::WorkspaceRename};
//!
//! /// The function under test takes its client as an argument.
//! async fn rename(zapmail: &Zapmail, id: Uuid, name: &str) -> zapmail_sdk_ext::Result<()> {
//!     zapmail.update_workspace().body(WorkspaceRename::new(id, name)).send().await.map(drop)
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! rename(&zapmail, sandbox.workspaces()[0].id.parse()?, "Agency").await?;
//! assert_eq!(sandbox.workspaces()[0].name, "Agency");
//! # Ok(())
//! # }
//! ```
//!
//! `Sandbox::builder()` sets the initial data: `domains`, `mailboxes_per_domain`, `wallet_cents`, and a `seed` that
//! makes the data reproducible. Dropping a started sandbox stops it, so each test can start its own.
//!
//! `Sandbox::builder().build()?` creates a sandbox without a port; pass `sandbox.transport()` to
//! [`transport`](crate::ClientBuilder::transport).
//!
//! # The clock
//!
//! The sandbox uses tokio's clock, which `tokio::time::pause()` or `#[tokio::test(start_paused = true)]` pauses:
//! waiting then takes no time, in the program and in the sandbox. `sandbox.advance` advances the sandbox's clock only.
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
//! A fault applies to the next request of an operation, or with `"*"` to the next request of any. Some faults refuse
//! the request (`Fault::status`, `DropBeforeRequest`), others process the request and corrupt the response
//! (`DropAfterRequest`, `CutBody`, `GarbledJson`, `MissingField`, `UnknownEnumValue`, `Delay`).
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
//! // A status that the service adds later: unknown values are kept.
//! sandbox.fail_next("list_mailboxes", Fault::UnknownEnumValue)?;
//! zapmail.list_mailboxes().send().await?;
//!
//! sandbox.fail_next("get_user", Fault::GarbledJson)?;
//! let error = zapmail.get_user().send().await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::Decode);
//!
//! // An unknown operation is an error.
//! assert!(sandbox.fail_next("get_users", Fault::CutBody).is_err());
//! # Ok(())
//! # }
//! ```
//!
//! # Requests and charges
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
//! A logged request also has the `body`, as it was sent. `Debug` prints it without credentials. `sandbox.exports()`
//! returns the exports with the mailboxes that each takes, and `sandbox.deliveries()` the attempts to deliver webhook
//! events. Deliveries are signed with the machine's time, so a receiver accepts them after `sandbox.advance`, too.
//!
//! The sandbox enforces the documented rate limits. A test that sends many requests without pausing the clock disables
//! them on both sides: `Sandbox::builder().quota(zapmail_sandbox::Quota::unlimited())` and
//! `Zapmail::builder().rate_limits(RateLimits::unlimited())`, with the [`RateLimits`](crate::RateLimits) of this crate.
//!
//! # State files and the program
//!
//! With `state_file` the sandbox stores its state, and continues from it when it is started again:
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
//! The sandbox is also a program, which serves any number of clients. A client that reads its settings from the
//! environment needs no change; the program prints the lines to copy:
//!
//! ```console
//! $ cargo run -p zapmail-sandbox -- --port 8080 --wallet 500 --state sandbox.json
//! $ export ZAPMAIL_BASE_URL=http://127.0.0.1:8080/api
//! $ export ZAPMAIL_API_KEY=5a9d0b0c-5a9d-4b0c-8e57-5a9db0c0ffee
//! ```
//!
//! Everything that a test does with its `Sandbox` can be done over HTTP; `GET /_sandbox/` lists the controls:
//!
//! ```console
//! $ curl -s http://127.0.0.1:8080/_sandbox/
//! $ curl -s -X POST http://127.0.0.1:8080/_sandbox/advance -d '{"seconds": 120}'
//! ```
