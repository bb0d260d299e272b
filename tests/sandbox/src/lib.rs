//! A stateful stand-in for the Zapmail API, for tests and for trying things out.
//!
//! The service has no test mode: every key can spend money. [`Sandbox`] responds over HTTP on the loopback interface as the
//! service does, and nothing costs anything.
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let wallet = reqwest::Client::new()
//!     .get(format!("{}/v2/wallet/balance", sandbox.base_url()))
//!     .header("x-auth-zapmail", sandbox.api_key())
//!     .send()
//!     .await?;
//! assert!(wallet.text().await?.contains("64.5"));
//! # Ok(())
//! # }
//! ```
//!
//! # What it knows
//!
//! Every operation of the document in `zapmail-openapi`. What is written by one is read by the others: a bought domain appears
//! in the list, the wallet goes down by its price, an unknown id is refused with 404.
//!
//! Every request is checked against the document, and what it does not allow is refused with 422. The documented quotas hold:
//! a test that sends many requests starts with [`Quota::unlimited`].
//!
//! # Misbehaviour
//!
//! [`Sandbox::fail_next`] lets the next request of an operation meet a [`Fault`]: a dropped connection, a cut body, any status.
//! [`Sandbox::requests`], [`Sandbox::ledger`] and [`Sandbox::exports`] return what was requested, charged and exported.
//! Everything that a test does with its [`Sandbox`] can also be done over HTTP: `GET /_sandbox/` lists the controls, and
//! [`RemoteSandbox`] sends them to a sandbox in another process.
//!
//! # Time
//!
//! The sandbox has tokio's time, counted from a fixed day, so a test with a paused clock pauses the sandbox, and
//! [`Sandbox::advance`] moves it on. New mailboxes are `IN_PROGRESS` for 60 seconds and `ACTIVE` after 120; authenticator
//! codes change every 30 seconds. A bought domain is `ACTIVE` after 2 minutes, a connected one after 4.

#![deny(missing_docs)]

mod access;
mod body;
mod builder;
mod clock;
mod control;
mod envelope;
mod faults;
mod groups;
mod in_process;
mod invent;
mod line;
mod log;
mod paging;
mod parameters;
#[cfg(feature = "program")]
pub mod program;
mod quota;
mod remote;
mod request;
mod routes;
mod sandbox;
mod service;
mod settings;
mod shapes;
mod state;
mod storage;
mod webhooks;

pub use builder::Builder;
pub use faults::{Fault, UnknownOperation};
pub use in_process::InProcess;
pub use log::LoggedRequest;
pub use quota::Quota;
pub use remote::{RemoteError, RemoteSandbox};
pub use sandbox::{Sandbox, WorkspaceEntry};
pub use shapes::Shapes;
pub use state::{Delivery, DeliveryOutcome, ExportEntry, ExportedMailbox, LedgerEntry};
