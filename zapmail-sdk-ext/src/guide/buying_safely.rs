#![cfg_attr(not(feature = "journal"), allow(rustdoc::broken_intra_doc_links))]

//! A purchase happens if the program allows it, and it happens once: across retries, crashes, processes and machines.
//!
//! The service has no test mode, no read-only keys and no idempotency keys: a purchase that is sent twice is charged twice.
//! The client therefore refuses to buy unless that is allowed, never sends a purchase again that may have been processed,
//! and, with a journal, remembers what was bought.
//!
//! # Allowing purchases
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{ErrorKind, Zapmail};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let error = zapmail.purchase_addon_mailboxes().quantity(2).send().await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::SpendingNotAllowed);
//! assert!(sandbox.requests().is_empty());
//!
//! let buyer = zapmail.allow_spending();
//! let bought = buyer.purchase_addon_mailboxes().quantity(2).send().await?;
//! assert!(bought.payment_link.is_some());
//! # Ok(())
//! # }
//! ```
//!
//! [`Zapmail::allow_spending`] returns a derived client and leaves the original unchanged. Both share connections, the
//! rate limiter and cached codes. Use the derived client only where the program buys. [`ClientBuilder::allow_spending`]
//! allows purchases for a client from the start, and for all clients derived from it.
//!
//! # Once, with a journal
//!
//! People buy twice because a response was lost, a button was clicked twice, or a job was started again. With the feature
//! `journal`, each purchase has a key of yours, such as the number of an order, and is written to a journal before it is
//! sent and after it:
//!
#![cfg_attr(feature = "journal", doc = "```")]
#![cfg_attr(not(feature = "journal"), doc = "```text")]
//! use zapmail_sandbox::{Fault, Sandbox};
//! use zapmail_sdk_ext::journal::{PurchaseOutcome, Verdict};
//! use zapmail_sdk_ext::types::{DomainPurchase, DomainPurchaseItem};
//! use zapmail_sdk_ext::{ErrorKind, Journal, Zapmail};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("purchases.journal");
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let journal = Journal::file(path)?;
//! let buyer = zapmail.allow_spending().journal(journal.clone());
//! let order = DomainPurchase::new([DomainPurchaseItem::new("acme-sales.com")], false, true);
//!
//! // The response is lost.
//! sandbox.fail_next("purchase_domains", Fault::DropAfterRequest)?;
//! let once = buyer.once("order-4711");
//! let error = once.purchase_domains().body(order.clone()).send().await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
//!
//! // A program that tries again, now or after a crash, does not buy again.
//! let error = once.purchase_domains().body(order.clone()).send().await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
//!
//! // Look, and settle it.
//! let seen = journal.verify(&zapmail, "order-4711").await?;
//! assert_eq!(seen.verdict, Verdict::LooksMade);
//! println!("{seen}");
//! journal.resolve("order-4711", PurchaseOutcome::Happened).await?;
//!
//! // The next order. The same call again returns the recorded response and sends nothing.
//! let once = buyer.once("order-4712");
//! let first = once.purchase_addon_mailboxes().quantity(2).send_with_response().await?;
//! let again = once.purchase_addon_mailboxes().quantity(2).send_with_response().await?;
//! assert_eq!((first.attempts(), again.attempts()), (1, 0));
//! assert_eq!(sandbox.ledger().len(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! | the key was used for | the same request | another request |
//! | --- | --- | --- |
//! | nothing, or a purchase that was refused (4xx) | it is sent | it is sent |
//! | a purchase that was made | the recorded response; nothing is sent | [`Conflict`] |
//! | a purchase that is being made, by any process | [`Conflict`]: call again later | [`Conflict`] |
//! | a purchase that a crash, a lost response or a dropped call left open | [`OutcomeUnknown`], until it is settled | [`Conflict`] |
//! | a purchase that was settled as made | [`AlreadyBought`] | [`Conflict`] |
//!
//! A client with a journal refuses a purchase without a key. Settings that let the service charge later are idempotent, and
//! need none.
//!
//! Before each purchase, the client reads what the purchase will change, so that [`Journal::verify`] can compare: the names
//! of domains, the number of subscriptions or slots, the wallet. It says what it sees, and for other purchases where a
//! person has to look; it settles nothing by itself. After a crash, [`Journal::open_entries`] lists what is open.
//!
//! [`Journal::file`] is for the processes of one machine: appended and synced before anything is sent, locked, readable by
//! its user alone. [`Journal::redis`] is for several machines. [`JournalStore`] is the trait for a store of your own. No
//! journal contains a credential. The example `buy_once` shows a program that can be killed at any time.
//!
//! # A limit
//!
//! [`Zapmail::allow_spending_up_to`] reads the wallet before each purchase, and refuses once the amount is spent. It is a
//! brake for programs that run wild, not a guarantee: most prices are not known beforehand.
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{ErrorKind, Zapmail};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let buyer = zapmail.allow_spending_up_to(6);
//! buyer.purchase_addon_mailboxes().quantity(2).send().await?;
//! let error = buyer.purchase_addon_mailboxes().quantity(2).send().await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::SpendingNotAllowed);
//! # Ok(())
//! # }
//! ```
//!
//! # Operations that spend
//!
//! The `effect` in the table of [`operations`] decides. These operations spend:
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
//! // A purchase that may have been processed is never sent again, and each has an operation that verifies its outcome.
//! assert!(spend.iter().all(|operation| !operation.is_safe_to_retry() && operation.verify_with.is_some()));
//! ```
//!
//! Settings that let the service charge later, with the effect `Authorize`, need the same permission. They cost nothing
//! when they are sent, so they are retried like other idempotent writes:
//!
//! ```
//! use zapmail_sdk_ext::operations::{Effect, OPERATIONS};
//!
//! let authorize: Vec<_> = OPERATIONS.iter().filter(|operation| operation.effect == Effect::Authorize).collect();
//! let ids: Vec<_> = authorize.iter().map(|operation| operation.id).collect();
//! assert_eq!(ids, ["set_domain_auto_renew", "set_wallet_auto_recharge", "update_domain_renewal_settings"]);
//! assert!(authorize.iter().all(|operation| operation.needs_permission_to_spend() && operation.is_safe_to_retry()));
//! ```
//!
//! # Trying it out
//!
//! The sandbox has a wallet of 64.50 USD and a ledger of its charges, in cents:
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{Decimal, ErrorKind, Zapmail};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let builder = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
//! let zapmail = builder.allow_spending().build()?;
//!
//! zapmail.purchase_addon_mailboxes().quantity(2).send().await?;
//! let ledger = sandbox.ledger();
//! assert_eq!(ledger[0].operation, "purchase_addon_mailboxes");
//! assert_eq!((ledger[0].cents, ledger[0].balance_after), (650, 5800));
//! assert_eq!(zapmail.get_wallet_balance().send().await?.wallet_balance, Some(Decimal::from(58)));
//!
//! // More than the wallet contains.
//! let error = zapmail.purchase_addon_mailboxes().quantity(100).send().await.unwrap_err();
//! assert_eq!((error.kind(), error.status()), (ErrorKind::Invalid, Some(400)));
//! assert_eq!(error.message(), "Insufficient wallet balance. Required: $325, Available: $58");
//! assert_eq!(sandbox.ledger().len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! The sandbox's prices are invented. An insufficient wallet balance is not always an error: for domains, the service
//! creates an invoice for the rest.
//!
//! # When the response is lost
//!
//! A purchase that was sent and got no response fails with [`OutcomeUnknown`] after one attempt. [`Error::verify_with`]
//! names the operation that verifies the outcome. The same holds for a response that does not show what was bought, such
//! as an empty one: `Operation::proof` says which parts would. Call the operation, compare, and then decide:
//!
//! ```
//! use zapmail_sandbox::{Fault, Sandbox};
//! use zapmail_sdk_ext::{Numeric, Zapmail};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let builder = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
//! let zapmail = builder.allow_spending().build()?;
//! let available = || async {
//!     let page = zapmail.list_mailboxes().limit(1).send().await?;
//!     Ok::<_, zapmail_sdk_ext::Error>(page.available_mailboxes.as_ref().and_then(Numeric::as_i64))
//! };
//!
//! let before = available().await?;
//! sandbox.fail_next("purchase_addon_mailboxes", Fault::DropAfterRequest)?;
//! let error = zapmail.purchase_addon_mailboxes().quantity(2).send().await.unwrap_err();
//! assert!(error.is_outcome_unknown() && error.attempts() == 1);
//! assert_eq!(error.verify_with(), Some("list_mailboxes"));
//!
//! // Two more slots: the purchase was processed, and charged once.
//! assert_eq!((before, available().await?), (Some(10), Some(12)));
//! assert_eq!(sandbox.ledger().len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! A journal does that for you.
//!
//! [`AlreadyBought`]: crate::ErrorKind::AlreadyBought
//! [`ClientBuilder::allow_spending`]: crate::ClientBuilder::allow_spending
//! [`Conflict`]: crate::ErrorKind::Conflict
//! [`Error::verify_with`]: crate::Error::verify_with
//! [`Journal::file`]: crate::Journal::file
//! [`Journal::open_entries`]: crate::Journal::open_entries
//! [`Journal::redis`]: crate::Journal::redis
//! [`Journal::verify`]: crate::Journal::verify
//! [`JournalStore`]: crate::journal::JournalStore
//! [`OutcomeUnknown`]: crate::ErrorKind::OutcomeUnknown
//! [`SpendingNotAllowed`]: crate::ErrorKind::SpendingNotAllowed
//! [`Zapmail::allow_spending`]: crate::Zapmail::allow_spending
//! [`Zapmail::allow_spending_up_to`]: crate::Zapmail::allow_spending_up_to
//! [`operations`]: crate::operations
