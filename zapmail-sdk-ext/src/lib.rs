//! The [Zapmail](https://zapmail.ai) API for Rust.
//!
//! ```no_run
//! use zapmail_sdk_ext::Zapmail;
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> zapmail_sdk_ext::Result<()> {
//!     let zapmail = Zapmail::from_env()?;
//!     println!("{:?}", zapmail.get_user().send().await?);
//!     Ok(())
//! }
//! ```
//!
//! The [`guide`] has a page for each task.
//!
//! - [`Zapmail`] is the client. It has a method for every operation, which returns a builder; `send()` sends the
//!   request, [`Paged::items`] lists all rows, and [`Zapmail::otp`] returns authenticator codes that are still valid
//!   when used.
//! - Requests stay inside the service's rate limits, are retried only if that is safe, and never spend money unless
//!   [`Zapmail::allow_spending`] permits it.
//! - [`Error`] is safe to print. Credentials are [`Secret`]s, which print as `[redacted]`.
//!
//! The service has no test mode; use the crate `zapmail-sandbox` for tests instead.

#![deny(missing_docs)]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod assign;
mod audit;
#[cfg(feature = "journal")]
mod buy_domains;
mod client;
mod codes;
mod dns;
mod domain_settings;
pub mod guide;
#[cfg(feature = "journal")]
pub mod journal;
mod lookups;
#[cfg(feature = "metrics")]
mod metrics;
mod names;
mod newest;
pub mod observer;
mod offers;
mod otp;
mod page;
mod policy;
#[cfg(feature = "journal")]
mod provision;
#[cfg(feature = "redis")]
mod redis_server;
mod removal;
mod request;
mod rows;
#[cfg(feature = "shapes")]
mod shapes;
#[cfg(test)]
mod testing;
#[cfg(feature = "totp")]
mod totp;
mod wait;
#[cfg(feature = "webhook")]
pub mod webhooks;
mod words;
mod wrapped_error;

pub use assign::{AssignError, AssignPlan, AssignReport, AssignRun, AssignState, AssignViolation};
pub use audit::{
    Audit, AuditFailure, AuditProgress, AuditReport, DomainRow, Finding, FindingKind, MailboxRow, SubscriptionList,
    SubscriptionRow,
};
#[cfg(feature = "journal")]
pub use buy_domains::{BoughtDomain, BuyDomains, PurchaseState};
pub use client::{ClientBuilder, Zapmail};
pub use codes::{OtpCode, OtpTarget};
pub use dns::{DnsProblem, DnsProblemKind, dns_problems};
pub use domain_settings::{DomainSettings, DomainSettingsError, DomainSettingsState, PendingSetting};
#[cfg(feature = "journal")]
pub use journal::Journal;
pub use lookups::WorkspaceClient;
#[cfg(feature = "metrics")]
pub use metrics::Metrics;
pub use observer::Observer;
pub use offers::{DomainCheck, Offer};
pub use otp::{Otp, OtpCodes};
pub use page::{Items, Paged, Pages};
#[cfg(feature = "redis")]
pub use policy::RedisLimits;
pub use policy::{RateLimiter, RateLimits, RetryPolicy, Timeouts};
#[cfg(feature = "journal")]
pub use provision::{
    DomainReport, DomainSource, DomainState, ExportReport, MailboxReport, MailboxState, ProvisionError, ProvisionEvent,
    ProvisionPlan, ProvisionPreview, ProvisionReport, ProvisionStep, Provisioning,
};
#[cfg(feature = "redis")]
pub use redis_server::Redis;
pub use removal::{PartialDomain, Removal, RemovalError, RemovedDomain, RemovedMailbox, Swap, SwapError};
pub use request::RequestBuilder;
#[cfg(feature = "shapes")]
pub use shapes::{ShapeRecorder, Shapes};
#[cfg(feature = "totp")]
pub use totp::Totp;
pub use wait::{Condition, Wait, WaitError};
pub use zapmail_sdk::{
    ApiKey, BufferedResponse, Credentials, Error, ErrorKind, FileContents, NumberOrText, Operation, PAGED, Page,
    PageRequest, Pending, RawJson, RawJsonMap, Redacted, Request, ReqwestTransport, Response, Result, RowId, Secret,
    SharedTransport, Transport, builder, ids, operations, types,
};

pub use zapmail_sdk::ids::{DomainId, ExportId, MailboxId, SubscriptionId, TagId, WorkspaceId};

// Crates with types in public signatures.
pub use rust_decimal::Decimal;
pub use uuid::Uuid;
pub use {bytes, chrono, http, reqwest, rust_decimal, serde_json, uuid};

/// The connection to Redis, which a simulation replaces.
#[cfg(all(feature = "simulation", feature = "redis"))]
#[doc(hidden)]
pub mod simulation {
    pub use crate::redis_server::{Connection, Connector};
}

/// The [`Paged`] trait, for `use zapmail_sdk_ext::prelude::*`.
pub mod prelude {
    pub use crate::Paged;
}
