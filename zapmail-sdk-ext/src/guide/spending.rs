//! A client buys nothing unless it was built to: operations that can cost money are [`Refused`] before they are sent.
//!
//! The service has no test mode and no keys for reading only, and a purchase that is sent twice is charged twice.
//!
//! # Refused, allowed
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{ErrorKind, Spending, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let builder = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
//!
//! let zapmail = builder.clone().build()?;
//! let error = zapmail.purchase_addon_mailboxes().quantity(2).call().await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::Refused);
//! assert!(sandbox.requests().is_empty());
//!
//! let buyer = builder.spending(Spending::Allowed).build()?;
//! let bought = buyer.purchase_addon_mailboxes().quantity(2).call().await?;
//! assert!(bought.payment_link.is_some());
//! # Ok(())
//! # }
//! ```
//!
//! Whether a client may spend is settled when it is built, for all its clones and workspaces. A program that buys in
//! one place and reads in many builds two clients, and hands out the one that may spend where it is needed. The quota
//! is that of the key, and two clients do not share it: give each its part with [`Quota`].
//!
//! # What counts as spending
//!
//! The column *effect* of the table of [`operations`]. At present these:
//!
//! ```
//! use zapmail_sdk_ext::operations::{Effect, OPERATIONS};
//!
//! let spend: Vec<_> = OPERATIONS.iter().filter(|operation| operation.effect == Effect::Spend).collect();
//! let ids: Vec<_> = spend.iter().map(|operation| operation.id).collect();
//! assert_eq!(
//!     ids,
//!     [
//!         "add_wallet_balance",
//!         "assign_prewarmed_domains",
//!         "purchase_addon_mailboxes",
//!         "purchase_dns_shield",
//!         "purchase_domains",
//!         "purchase_high_reputation_domains",
//!         "purchase_placement_plan",
//!         "purchase_placement_test",
//!         "purchase_prewarmed_plan",
//!         "purchase_subscription",
//!         "quick_setup",
//!         "renew_domains",
//!         "upgrade_dns_shield_plan",
//!         "upgrade_subscription",
//!     ]
//! );
//! // What may have bought something is never sent again, and each has an operation that shows what became of it.
//! assert!(spend.iter().all(|operation| !operation.idempotent && operation.verify_with.is_some()));
//! ```
//!
//! Settings that let the service charge by itself later are refused in the same way. They are retried like other
//! idempotent writes:
//!
//! ```
//! use zapmail_sdk_ext::operations::{Effect, OPERATIONS};
//!
//! let authorize = OPERATIONS.iter().filter(|operation| operation.effect == Effect::Authorize);
//! let ids: Vec<_> = authorize.map(|operation| operation.id).collect();
//! assert_eq!(ids, ["set_domain_auto_renew", "set_wallet_auto_recharge", "update_domain_renewal_settings"]);
//! ```
//!
//! # Trying it out
//!
//! The sandbox has a wallet of 64.50 USD, and a ledger of what was taken out of it, in cents:
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{ErrorKind, Spending, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let builder = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
//! let zapmail = builder.spending(Spending::Allowed).build()?;
//!
//! zapmail.purchase_addon_mailboxes().quantity(2).call().await?;
//! let ledger = sandbox.ledger();
//! assert_eq!(ledger[0].operation, "purchase_addon_mailboxes");
//! assert_eq!((ledger[0].cents, ledger[0].balance_after), (650, 5800));
//! assert_eq!(zapmail.get_wallet_balance().call().await?.wallet_balance, Some(58.0));
//!
//! // More than there is.
//! let error = zapmail.purchase_addon_mailboxes().quantity(100).call().await.unwrap_err();
//! assert_eq!((error.kind(), error.status()), (ErrorKind::Invalid, Some(400)));
//! assert_eq!(error.message(), "Insufficient wallet balance. Required: $325, Available: $58");
//! assert_eq!(sandbox.ledger().len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! The prices of the sandbox are its own: they say nothing of the service's. And a wallet that is too small is not
//! always an error: for domains the service makes an invoice for the rest.
//!
//! # When the answer is lost
//!
//! A purchase that was sent and not answered is [`OutcomeUnknown`], after one attempt. Read back, and then decide:
//!
//! ```
//! use zapmail_sandbox::{Fault, Sandbox};
//! use zapmail_sdk_ext::{ErrorKind, Numeric, Spending, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let builder = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
//! let zapmail = builder.spending(Spending::Allowed).build()?;
//! let free = || async {
//!     let page = zapmail.list_mailboxes().limit(1).call().await?;
//!     Ok::<_, zapmail_sdk_ext::Error>(page.available_mailboxes.as_ref().and_then(Numeric::as_i64))
//! };
//!
//! let before = free().await?;
//! sandbox.fail_next("purchase_addon_mailboxes", Fault::DropAfterRequest)?;
//! let error = zapmail.purchase_addon_mailboxes().quantity(2).call().await.unwrap_err();
//! assert_eq!((error.kind(), error.attempts()), (ErrorKind::OutcomeUnknown, 1));
//!
//! // Two slots more: it was carried out, and paid for once.
//! assert_eq!((before, free().await?), (Some(10), Some(12)));
//! assert_eq!(sandbox.ledger().len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! So that there is something to compare with, note the state before a purchase.
//!
//! [`OutcomeUnknown`]: crate::ErrorKind::OutcomeUnknown
//! [`Quota`]: crate::Quota
//! [`Refused`]: crate::ErrorKind::Refused
//! [`operations`]: crate::operations
