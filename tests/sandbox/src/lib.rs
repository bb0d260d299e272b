//! A stateful stand-in for the Zapmail API, for tests and experiments.
//!
//! The service has no test mode: every key can spend money. [`Sandbox`] responds like the service, over HTTP on the
//! loopback interface, and its operations cost nothing.
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
//! # Operations
//!
//! The sandbox responds to every operation of the document in `zapmail-openapi`. The operations share one state: a
//! bought domain appears in the list, its price is deducted from the wallet, and an unknown id is refused with 404.
//! Operations whose responses are not known respond with the document's example; the README lists them.
//!
//! Every request is validated against the document, and an invalid request is refused with 422. The documented quotas
//! apply: a test that sends many requests disables them with [`Quota::unlimited`].
//!
//! # Faults
//!
//! [`Sandbox::fail_next`] applies a [`Fault`] to the next request for an operation, such as a closed connection, a
//! truncated body or any status. [`Sandbox::requests`], [`Sandbox::ledger`] and [`Sandbox::exports`] return the
//! requests, charges and exports so far. A test can do the same over HTTP: `GET /_sandbox/` lists the
//! controls, and [`RemoteSandbox`] sends them to a sandbox in another process.
//!
//! # Time
//!
//! The sandbox's clock follows tokio's, counted from a fixed date: in a test with a paused clock, the sandbox's clock
//! is paused too, and [`Sandbox::advance`] advances it. New mailboxes are `IN_PROGRESS` for 60 seconds and `ACTIVE`
//! after 120 seconds. Authenticator codes change every 30 seconds. A bought domain is `ACTIVE` after 2 minutes, a
//! connected domain after 4 minutes.

#![deny(missing_docs)]

mod abortable_stream;
mod access;
mod body;
mod clock;
mod control;
mod dispatch;
mod document;
mod envelope;
mod faults;
mod groups;
mod id_generator;
mod in_process;
mod invalid_value;
mod lock;
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

pub use faults::{Fault, UnknownOperation};
pub use in_process::InProcess;
pub use log::LoggedRequest;
pub use quota::Quota;
pub use remote::{RemoteError, RemoteSandbox};
pub use sandbox::{Builder, Sandbox};
pub use shapes::Shapes;
pub use state::{Delivery, DeliveryOutcome, ExportEntry, ExportedMailbox, LedgerEntry, WorkspaceEntry};
