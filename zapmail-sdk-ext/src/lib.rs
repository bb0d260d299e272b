//! The [Zapmail](https://zapmail.ai) API for Rust.
//!
//! ```no_run
//! use zapmail_sdk_ext::{Zapmail, prelude::*};
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> zapmail_sdk_ext::Result<()> {
//!     let zapmail = Zapmail::from_env()?;
//!     println!("{:?}", zapmail.get_user().call().await?);
//!     Ok(())
//! }
//! ```
//!
//! The [`guide`] has a page for each task.
//!
//! - [`Zapmail`] is the client. It has a method for every operation; [`Call::call`] runs it, [`Paged::items`] lists all
//!   of it, and [`Zapmail::otp`] gives authenticator codes that live long enough to be used.
//! - Requests stay inside the service's quota, are sent again only where that is harmless, and never spend money unless
//!   [`Spending::Allowed`] says so.
//! - [`Error`] is safe to print. Credentials are [`Secret`]s, which print as `[redacted]`. One way leads around this: the
//!   builders of the raw client that [`Zapmail`] derefs to have a `send()` as well, and its error **prints an answer that
//!   cannot be decoded**, passwords included. [`Call::call`] takes its place, and never lets that error out.
//!
//! The service has no test mode: try things out against the crate `zapmail-sandbox`.

#![deny(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod assign;
mod builder;
mod call;
mod client;
mod error;
pub mod guide;
mod mailbox;
mod otp;
mod page;
mod policy;
#[cfg(test)]
mod testing;
#[cfg(feature = "totp")]
mod totp;
mod wait;
#[cfg(feature = "webhook")]
pub mod webhook;

pub use assign::{AssignFailed, AssignPlan, AssignReport, AssignRun, AssignState, AssignViolation};
pub use builder::Builder;
pub use call::{CALLS, Call};
pub use client::Zapmail;
pub use error::{Error, ErrorKind, Result};
pub use mailbox::MailboxExt;
pub use otp::{Otp, OtpCode, OtpTarget};
pub use page::{Items, PAGED, Page, Paged, Pages};
pub use policy::{Quota, Retries, Spending, Timeouts};
#[cfg(feature = "totp")]
pub use totp::Totp;
pub use uuid::Uuid;
pub use wait::{Unfinished, Wait};
pub use zapmail_sdk::{Numeric, Secret, Untyped, http_client, operations, types};

/// The traits that calls need, to be imported with `*`.
pub mod prelude {
    pub use crate::{Call, MailboxExt, Paged};
}
