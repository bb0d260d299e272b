//! A stand-in for the Zapmail API that remembers what it is told.
//!
//! The service has no test mode: every key can spend money. [`Sandbox`] answers over HTTP on the loopback interface as the
//! service does, for tests and for trying things out.
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
//! Every operation of the document in `zapmail-openapi`. Users, workspaces, billing, mailboxes, authenticator codes and the
//! wallet have state: what is written there is read there. All others answer with the document's example.
//!
//! # Time
//!
//! The sandbox has tokio's time, counted from a fixed day, so a test with a paused clock pauses the sandbox, and
//! [`Sandbox::advance`] moves it on. New mailboxes are `IN_PROGRESS` for 60 seconds and `ACTIVE` after 120; authenticator
//! codes change every 30 seconds.

#![deny(missing_docs)]

mod access;
mod body;
mod builder;
mod clock;
mod envelope;
mod groups;
mod invent;
mod log;
mod paging;
mod request;
mod routes;
mod sandbox;
mod service;
mod state;

pub use builder::Builder;
pub use log::LoggedRequest;
pub use sandbox::{Sandbox, WorkspaceEntry};
