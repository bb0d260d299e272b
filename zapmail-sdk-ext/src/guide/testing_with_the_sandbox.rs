//! The crate `zapmail-sandbox` is a service on this machine that remembers what it is told, for the tests of programs
//! that use this client.
//!
//! It answers over HTTP on the loopback interface, knows every operation, and checks the key, the workspace and each
//! request as the documentation describes them. Nothing in it costs money. For a test of one request and one answer,
//! [`mocking`](super::mocking) is less to set up.
//!
//! # A test
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{Uuid, Zapmail, prelude::*};
//!
//! /// What is to be tested: a function that is handed its client.
//! async fn rename(zapmail: &Zapmail, id: Uuid, name: &str) -> zapmail_sdk_ext::Result<()> {
//!     zapmail.update_workspace().body_map(|body| body.id(id).name(name)).call().await.map(drop)
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
//! `Sandbox::builder()` chooses the data: `domains`, `mailboxes_per_domain`, `wallet_cents`, and a `seed`, which makes
//! the same data each time. Dropping the sandbox stops it, so each test can have its own.
//!
//! # The clock
//!
//! The sandbox has tokio's time, which `tokio::time::pause()` or `#[tokio::test(start_paused = true)]` stops: waiting
//! then takes no time, neither in the program nor in the sandbox. `sandbox.advance` moves the time of the sandbox
//! alone.
//!
//! ```
//! use std::time::Duration;
//!
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::types::{DomainPurchase, DomainPurchaseItem};
//! use zapmail_sdk_ext::{Spending, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let builder = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
//! let zapmail = builder.spending(Spending::Allowed).build()?;
//! let status = || async {
//!     let page = zapmail.list_domains().contains("brand.com").call().await?;
//!     let status = page.domains.first().and_then(|domain| domain.status.clone());
//!     Ok::<_, zapmail_sdk_ext::Error>(status.map(|status| status.to_string()))
//! };
//!
//! let domains = vec![DomainPurchaseItem { domain_name: "brand.com".to_owned(), years: None }];
//! let purchase = DomainPurchase { domains, enable_dns_shield: false, use_wallet: true };
//! zapmail.purchase_domains().body(purchase).call().await?;
//! assert_eq!(status().await?.as_deref(), Some("PENDING"));
//! sandbox.advance(Duration::from_secs(120));
//! assert_eq!(status().await?.as_deref(), Some("ACTIVE"));
//! # Ok(())
//! # }
//! ```
//!
//! # Faults
//!
//! A fault waits for the next request of an operation, or with `"*"` for the next request at all. Some leave the
//! request undone (`Fault::status`, `DropBeforeRequest`), others carry it out and spoil the answer (`DropAfterRequest`,
//! `CutBody`, `GarbledJson`, `MissingField`, `UnknownEnumValue`, `Delay`).
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
//! // What the service may send tomorrow: a status that nobody knows is kept, not refused.
//! sandbox.fail_next("list_mailboxes", Fault::UnknownEnumValue)?;
//! zapmail.list_mailboxes().call().await?;
//!
//! sandbox.fail_next("get_user", Fault::GarbledJson)?;
//! let error = zapmail.get_user().call().await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::Decode);
//!
//! // A slip in the name of an operation is told, and does not wait for ever.
//! assert!(sandbox.fail_next("get_users", Fault::CutBody).is_err());
//! # Ok(())
//! # }
//! ```
//!
//! # What it was asked
//!
//! ```
//! use futures::TryStreamExt;
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! zapmail.list_domains().contains("acme-00").items().try_collect::<Vec<_>>().await?;
//!
//! let requests = sandbox.requests_of("list_domains");
//! assert_eq!((requests[0].path.as_str(), requests[0].status), ("/api/v2/domains", 200));
//! assert!(requests[0].query.contains(&("contains".to_owned(), "acme-00".to_owned())));
//! assert_eq!(sandbox.request_counts()["list_domains"], 1);
//! assert!(sandbox.ledger().is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! The documented quotas are on, in the sandbox as in the client. A test that sends many requests, and does not stop
//! the clock, takes both away: `Sandbox::builder().quota(zapmail_sandbox::Quota::unlimited())` and
//! `Zapmail::builder().quota(Quota::unlimited())` with the [`Quota`](crate::Quota) of this crate.
//!
//! # A file, a program
//!
//! With `state_file` the sandbox keeps its state, and goes on from it when it is started again:
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let file = std::env::temp_dir().join(format!("zapmail-guide-{}.json", std::process::id()));
//! let sandbox = Sandbox::builder().state_file(&file).start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! zapmail.create_workspace().body_map(|body| body.name("Client South")).call().await?;
//! sandbox.stop().await;
//!
//! let again = Sandbox::builder().state_file(&file).start().await?;
//! assert_eq!(again.workspaces().len(), 3);
//! # std::fs::remove_file(&file)?;
//! # Ok(())
//! # }
//! ```
//!
//! As a program it serves any number of others, and takes faults and time over HTTP; its README shows how. A program
//! that reads its settings from the environment needs no change:
//!
//! ```console
//! $ cargo run -p zapmail-sandbox -- --port 8080 --state sandbox.json
//! $ export ZAPMAIL_BASE_URL=http://127.0.0.1:8080/api ZAPMAIL_API_KEY=5a9d0b0c-5a9d-4b0c-8e57-5a9db0c0ffee
//! ```
