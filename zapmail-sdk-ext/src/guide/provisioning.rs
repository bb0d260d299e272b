#![cfg_attr(not(feature = "journal"), allow(rustdoc::broken_intra_doc_links))]

//! Turn a list of domain names into active, exported mailboxes with one call, which you can run again at any time. You
//! need this page to set up many domains, and to remove, replace or audit mailboxes.
//!
//! With the feature `journal`, [`Zapmail::provision`] carries out a [`ProvisionPlan`]: it buys or connects the domains,
//! waits until they are active, sets their DMARC, forwarding and catch-all, creates the mailboxes, waits until they are
//! active, and exports them. Each part is optional. This program previews a plan and carries it out:
//!
#![cfg_attr(feature = "journal", doc = "```")]
#![cfg_attr(not(feature = "journal"), doc = "```text")]
//! use zapmail_sdk_ext::types::ExportApp;
//! use zapmail_sdk_ext::{DomainSettings, Journal, ProvisionPlan, Zapmail};
//!
//! # /*
//! #[tokio::main]
//! # */
//! # #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #   let folder = tempfile::tempdir()?;
//! #   let path = folder.path().join("acme.journal");
//! #   tokio::time::pause();
//! #   let sandbox = zapmail_sandbox::Sandbox::start().await?;
//! #   let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! #   let journal = Journal::file(path)?;
//! #   /*
//!     let zapmail = Zapmail::from_env()?;
//!     let journal = Journal::file("acme.journal")?;
//! #   */
//!     let plan = ProvisionPlan::new()
//!         .buy("tryacme.com")
//!         .mailbox("dana.reed@tryacme.com", "Dana", "Reed")
//!         .mailbox("lee.wood@tryacme.com", "Lee", "Wood")
//!         .settings(DomainSettings::new().dmarc("reports@acme.example").forward_to("acme.example"))
//!         .export(ExportApp::Manual, None);
//!
//!     // Only reads: what would happen, and what it would cost.
//!     let preview = zapmail.provision(plan.clone()).dry_run().await?;
//!     println!("{preview}");
//! #   assert_eq!(preview.price.to_string(), "12.99");
//! #   assert!(preview.problems.is_empty());
//!     if !preview.problems.is_empty() {
//!         return Err("change the plan".into());
//!     }
//!
//!     // Buys for at most 20 USD. "acme-november" is the name of this run in the journal.
//!     let buyer = zapmail.allow_spending().journal(journal).once("acme-november");
//!     let report = buyer.provision(plan.clone()).at_most(20).run().await?;
//!     println!("{report}");
//!     assert!(report.is_complete());
//!
//!     // Everything exists already, so a second run changes nothing.
//!     let report = buyer.provision(plan).at_most(20).run().await?;
//!     assert!(report.is_complete());
//! #   assert_eq!(sandbox.ledger().len(), 1);
//!     Ok(())
//! }
//! ```
//!
//! # Plans from files
//!
//! [`ProvisionPlan::from_csv`] reads one row per mailbox. [`ProvisionPlan::from_json`] reads everything that a plan can
//! contain. An error names the line of the file.
//!
//! ```csv
//! domain,username,first_name,last_name,source
//! tryacme.com,dana.reed,Dana,Reed,buy
//! tryacme.com,lee.wood,Lee,Wood,buy
//! acme-mail.com,dana.reed,Dana,Reed,connect
//! ```
//!
//! # Running a plan again
//!
//! Every run first reads the account, and then does what is missing. Run the same plan again, under the same name in
//! [`once`](crate::Zapmail::once), after a failure, after a crash in the middle of a request, or after you have added
//! domains and mailboxes to it.
//!
//! The account does not show everything. The run therefore records in the journal, before it sends them, orders for
//! domains and requests for mailboxes and DNS records. If the outcome of such a request is unknown, the run waits for
//! the [`settle_time`](crate::Provisioning::settle_time) and then reads the account. It sends the request again only if
//! the request has left no trace. It never buys a domain twice, and never creates a mailbox twice. An export whose
//! request was interrupted is requested again; the app has each mailbox only once.
//!
//! | what happens | what the run does |
//! | --- | --- |
//! | a domain cannot be bought, or a connection fails | reports a failure of this domain, and continues with the others |
//! | the service rejects a mailbox | reports a failure of this mailbox, and continues with the others |
//! | a step takes longer than its timeout | reports a failure; the next run continues to wait |
//! | the domains cost more than `at_most`, or more than the wallet contains | returns an error, and buys nothing |
//! | the key is rejected, or the service cannot be reached | returns an error with the report so far |
//! | the program is killed | the next run continues |
//!
//! [`ProvisionReport::failures`](crate::ProvisionReport::failures) lists the failures. A serialized report contains no
//! credentials. [`on_progress`](crate::Provisioning::on_progress) calls a function at each step of each domain and
//! mailbox, for example for a progress bar; the program `provision` in the crate's folder `examples` has one.
//!
//! If two processes start the same run, the second one ends with [`Conflict`](crate::ErrorKind::Conflict). With
//! [`Journal::redis`](crate::Journal::redis), the processes can be on different machines.
//!
//! # The individual steps
//!
//! | method | what it does |
//! | --- | --- |
//! | [`check_domains`](crate::Zapmail::check_domains) | returns the availability and the prices of any number of names |
//! | [`buy_domains`](crate::Zapmail::buy_domains) | buys each name once, for at most a given amount in total |
//! | [`set_domain_settings`](crate::Zapmail::set_domain_settings) | sets DMARC, forwarding, catch-all and DNS records of many domains |
//! | [`assign_mailboxes_in_batches`](crate::Zapmail::assign_mailboxes_in_batches) | creates mailboxes; see [waiting](super::waiting) |
//! | [`plan_removal`](crate::Zapmail::plan_removal) | deletes exactly the listed mailboxes at the next renewal |
//! | [`plan_swap`](crate::Zapmail::plan_swap) | replaces mailboxes: the new ones are active before the old ones are removed |
//! | [`audit`](crate::Zapmail::audit) | lists the contents of all workspaces, and what is wrong with them |
//!
//! ## Removing mailboxes
//!
//! The service can only remove all mailboxes of a domain together. It removes them at the next billing date, and does
//! not show a scheduled removal until then. A [`Removal`](crate::Removal) therefore lists every mailbox that would be
//! deleted, with the date, which is derived from the subscriptions because the service does not report it. If your list
//! omits a mailbox of one of its domains, [`plan_removal`](crate::Zapmail::plan_removal) refuses the list.
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{Paged, Zapmail};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! let mut addresses = Vec::new();
//! let mut mailboxes = zapmail.list_mailboxes().contains("acme-001.example.com").items();
//! while let Some(mailbox) = mailboxes.next().await? {
//!     addresses.push(mailbox.address().into_owned());
//! }
//!
//! let refused = zapmail.plan_removal(&addresses[1..]).await.unwrap_err();
//! assert_eq!(refused.partial()[0].missing, addresses[..1]);
//!
//! let removal = zapmail.plan_removal(&addresses).await?;
//! println!("{removal}");
//! removal.schedule(&zapmail).await?;
//! removal.undo(&zapmail).await?;
//! # Ok(())
//! # }
//! ```
//!
//! ## Auditing accounts
//!
//! An [`Audit`](crate::Audit) reads all workspaces of one or more accounts and reports what is wrong:
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{Audit, Zapmail};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::time::pause();
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! // Add as many accounts as you like, each with a name of your own.
//! let report = Audit::of([("north", zapmail)]).run().await;
//! assert!(report.failures.is_empty());
//! for finding in report.findings.iter().take(3) {
//!     println!("{} {}: {}", finding.workspace_name.as_deref().unwrap_or_default(), finding.subject, finding.message);
//! }
//! let rows = serde_json::to_string(&report)?;
//! assert!(!rows.contains("password"));
//! # Ok(())
//! # }
//! ```
//!
//! Next: [webhooks](super::webhooks), to learn of changes without polling.
//!
//! [`ProvisionPlan`]: crate::ProvisionPlan
//! [`ProvisionPlan::from_csv`]: crate::ProvisionPlan::from_csv
//! [`ProvisionPlan::from_json`]: crate::ProvisionPlan::from_json
//! [`Zapmail::provision`]: crate::Zapmail::provision
