#![cfg_attr(not(feature = "journal"), allow(rustdoc::broken_intra_doc_links))]

//! Buy something exactly once, across retries, crashes, processes and machines. Read this page before your program
//! spends money.
//!
//! The service has no test mode, no read-only keys and no idempotency keys: a purchase that is sent twice is charged
//! twice. The client therefore refuses to buy unless you allow it, and never sends a purchase again that may have been
//! processed. With a journal, it also records what was bought.
//!
//! # Buying once, with a journal
//!
//! This program buys two mailbox slots for an order. If you run it again for the same order, after a crash or by
//! mistake, it does not buy again. The journal needs the feature `journal`:
//!
//! ```toml
//! zapmail-sdk-ext = { path = "../zapmail/zapmail-sdk-ext", features = ["journal"] }
//! ```
//!
#![cfg_attr(feature = "journal", doc = "```")]
#![cfg_attr(not(feature = "journal"), doc = "```text")]
//! use zapmail_sdk_ext::{Journal, Zapmail};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #   let folder = tempfile::tempdir()?;
//! #   let path = folder.path().join("purchases.journal");
//! #   let sandbox = zapmail_sandbox::Sandbox::start().await?;
//! #   let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! #   let journal = Journal::file(path)?;
//! #   /*
//!     let zapmail = Zapmail::from_env()?;
//!     let journal = Journal::file("purchases.journal")?;
//! #   */
//!     let buyer = zapmail.allow_spending().journal(journal.clone());
//!
//!     let order = "order-4711";
//!     match buyer.once(order).purchase_addon_mailboxes().quantity(2).send_with_response().await {
//!         Ok(bought) if bought.attempts() == 0 => println!("{order} was bought before; nothing was sent"),
//!         Ok(_) => println!("{order} is bought"),
//!         // The response was lost. The order is not sent again until `Journal::resolve` settles what happened.
//!         Err(error) if error.is_outcome_unknown() => {
//!             eprintln!("{error}");
//!             eprintln!("{}", journal.verify(&zapmail, order).await?);
//!         }
//!         Err(error) => return Err(error.into()),
//!     }
//! #   assert_eq!(sandbox.ledger().len(), 1);
//!     Ok(())
//! }
//! ```
//!
//! # Allowing purchases
//!
//! [`Zapmail::allow_spending`] returns a derived client that can buy, and leaves the original client unchanged. Both
//! share connections, the rate limiter and cached codes. Use the derived client only where your program buys.
//! [`ClientBuilder::allow_spending`] allows purchases from the start, for a client and all clients derived from it.
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
//! # How the journal works
//!
//! Programs buy twice because a response is lost, a button is clicked twice, or a job is started again. With the
//! feature `journal`, you name each purchase with a key of your own, such as the number of an order. The client records
//! the purchase in the journal before it sends the request and after it:
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
//! let (enable_dns_shield, use_wallet) = (false, true);
//! let order = DomainPurchase::new([DomainPurchaseItem::new("acme-sales.com")], enable_dns_shield, use_wallet);
//!
//! // The response is lost.
//! sandbox.fail_next("purchase_domains", Fault::DropAfterRequest)?;
//! let once = buyer.once("order-4711");
//! let error = once.purchase_domains().body(order.clone()).send().await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
//!
//! // If the program tries again, now or after a crash, it does not buy again.
//! let error = once.purchase_domains().body(order.clone()).send().await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
//!
//! // Compare the account before and after the purchase, and settle what happened.
//! let seen = journal.verify(&zapmail, "order-4711").await?;
//! assert_eq!(seen.verdict, Verdict::LooksMade);
//! println!("{seen}");
//! journal.resolve("order-4711", PurchaseOutcome::Made).await?;
//!
//! // The next order. A second call with the same key returns the recorded response and sends nothing.
//! let once = buyer.once("order-4712");
//! let first = once.purchase_addon_mailboxes().quantity(2).send_with_response().await?;
//! let again = once.purchase_addon_mailboxes().quantity(2).send_with_response().await?;
//! assert_eq!((first.attempts(), again.attempts()), (1, 0));
//! assert_eq!(sandbox.ledger().len(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! The journal decides what happens when a key is used again:
//!
//! | the key was used for | the same request | a different request |
//! | --- | --- | --- |
//! | nothing, or a purchase that the service rejected (4xx) | is sent | is sent |
//! | a purchase that was made | returns the recorded response; nothing is sent | [`Conflict`] |
//! | a purchase that any process is making right now | [`Conflict`]: call again later | [`Conflict`] |
//! | a purchase that a crash, a lost response or a dropped call left open | [`OutcomeUnknown`], until you settle it | [`Conflict`] |
//! | a purchase that was settled as made | [`AlreadyBought`] | [`Conflict`] |
//! | a purchase from a different service, such as a sandbox | [`Conflict`] | [`Conflict`] |
//!
//! A client with a journal refuses a purchase without a key. Settings that allow the service to charge later are
//! idempotent, and need no key.
//!
//! Before each purchase, the client reads the values that the purchase changes: the names of domains, the number of
//! subscriptions or slots, or the wallet. [`Journal::verify`] compares them with the current values and reports its
//! verdict. If nothing can be compared, it reports where to look. It never settles a purchase. After a crash,
//! [`Journal::open_entries`] lists the purchases to settle.
//!
//! [`Journal::file`] is for the processes of one machine. The file is locked, only its user can read it, and each entry
//! is appended and synced before anything is sent. [`Journal::redis`] is for several machines. To use a store of your
//! own, implement [`JournalStore`]. No journal contains a credential. The example `buy_once` in the crate's folder
//! `examples` can be killed at any time.
//!
//! Each entry records the base URL of its service. A key that was used with a sandbox is refused with the live service,
//! and nothing is sent: use a different key, or a separate journal for each service. [`Zapmail::buy_domains`] and
//! [`Zapmail::provision`] derive the key of a domain from its name, so they need a separate journal for each service.
//! An entry does not record the account: the same key in two accounts of the live service counts as one purchase, so
//! use a separate journal for each account.
//!
//! # Limiting the amount
//!
//! [`Zapmail::allow_spending_up_to`] reads the wallet before each purchase, and refuses to buy once the amount (in USD)
//! is spent. It stops a program that buys in a loop, but it is not a guarantee, because most prices are not known in
//! advance.
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
//! The table of [`operations`] has the `effect` of each operation. These operations spend:
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
//! // A purchase that may have been processed is never sent again. For each one, an operation verifies the outcome.
//! assert!(spend.iter().all(|operation| !operation.is_safe_to_retry() && operation.verify_with.is_some()));
//! ```
//!
//! Settings that allow the service to charge later have the effect `Authorize`, and need the same permission. The
//! request itself costs nothing, so it is retried like other idempotent writes:
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
//! # Trying out purchases
//!
//! The sandbox has a wallet of 64.50 USD and a ledger of its charges, in cents. To run a program more than once, keep
//! the state of the sandbox with `Sandbox::builder().state_file("sandbox.json")`, and delete it together with the
//! journal:
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
//! // This costs more than the wallet contains.
//! let error = zapmail.purchase_addon_mailboxes().quantity(100).send().await.unwrap_err();
//! assert_eq!((error.kind(), error.status()), (ErrorKind::Invalid, Some(400)));
//! assert_eq!(error.message(), "Insufficient wallet balance. Required: $325, Available: $58");
//! assert_eq!(sandbox.ledger().len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! The sandbox's prices are invented. An insufficient wallet balance is not always an error: for domains, the service
//! creates an invoice for the remaining amount.
//!
//! # Without a journal: when the response is lost
//!
//! A purchase that was sent and received no response fails with [`OutcomeUnknown`] after one attempt. It also fails
//! with [`OutcomeUnknown`] if the response does not show what was bought, for example because it is empty;
//! `Operation::proof` lists the fields that would show it. [`Error::verify_with`] names the operation that verifies the
//! outcome. Call that operation before and after the purchase, and compare:
//!
//! ```
//! use zapmail_sandbox::{Fault, Sandbox};
//! use zapmail_sdk_ext::{NumberOrText, Zapmail};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let builder = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url());
//! let zapmail = builder.allow_spending().build()?;
//! let available = || async {
//!     let page = zapmail.list_mailboxes().limit(1).send().await?;
//!     Ok::<_, zapmail_sdk_ext::Error>(page.available_mailboxes.as_ref().and_then(NumberOrText::as_i64))
//! };
//!
//! let before = available().await?;
//! sandbox.fail_next("purchase_addon_mailboxes", Fault::DropAfterRequest)?;
//! let error = zapmail.purchase_addon_mailboxes().quantity(2).send().await.unwrap_err();
//! assert!(error.is_outcome_unknown() && error.attempts() == 1);
//! assert_eq!(error.verify_with(), Some("list_mailboxes"));
//!
//! // There are two more slots, so the purchase was processed. It was charged once.
//! assert_eq!((before, available().await?), (Some(10), Some(12)));
//! assert_eq!(sandbox.ledger().len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! A journal makes this comparison for you.
//!
//! Next: [provisioning](super::provisioning), which buys domains and creates their mailboxes in one call.
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
//! [`Zapmail::allow_spending`]: crate::Zapmail::allow_spending
//! [`Zapmail::allow_spending_up_to`]: crate::Zapmail::allow_spending_up_to
//! [`Zapmail::buy_domains`]: crate::Zapmail::buy_domains
//! [`Zapmail::provision`]: crate::Zapmail::provision
//! [`operations`]: crate::operations
