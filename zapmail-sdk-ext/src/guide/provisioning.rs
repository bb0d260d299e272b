#![cfg_attr(not(feature = "journal"), allow(rustdoc::broken_intra_doc_links))]

//! From domain names to mailboxes that work and are exported, in one call that can be run again at any time.
//!
//! With the feature `journal`, [`Zapmail::provision`] carries out a [`ProvisionPlan`]: it buys or connects the domains, waits
//! until they are active, sets their DMARC, forwarding and catch-all, creates the mailboxes, waits until they are active, and
//! exports them. Each part is optional.
//!
#![cfg_attr(feature = "journal", doc = "```")]
#![cfg_attr(not(feature = "journal"), doc = "```text")]
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::types::ExportApp;
//! use zapmail_sdk_ext::{DomainSettings, Journal, ProvisionPlan, Zapmail};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("acme.journal");
//! tokio::time::pause();
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let plan = ProvisionPlan::new()
//!     .buy("tryacme.com")
//!     .mailbox("dana.reed@tryacme.com", "Dana", "Reed")
//!     .mailbox("lee.wood@tryacme.com", "Lee", "Wood")
//!     .settings(DomainSettings::new().dmarc("reports@acme.example").forward_to("acme.example"))
//!     .export(ExportApp::Manual, None);
//!
//! // Only reads: what would happen, and what it would cost.
//! let preview = zapmail.provision(plan.clone()).dry_run().await?;
//! assert_eq!(preview.price.to_string(), "12.99");
//! assert!(preview.problems.is_empty());
//!
//! let buyer = zapmail.allow_spending().journal(Journal::file(path)?).once("acme-november");
//! let report = buyer.provision(plan.clone()).at_most(20).run().await?;
//! assert!(report.is_complete());
//!
//! // Everything is there, so that nothing is sent.
//! let report = buyer.provision(plan).at_most(20).run().await?;
//! assert!(report.is_complete());
//! assert_eq!(sandbox.ledger().len(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! # Plans from files
//!
//! [`ProvisionPlan::from_csv`] reads a row for each mailbox, and [`ProvisionPlan::from_json`] everything that a plan can have.
//! An error names the line.
//!
//! ```csv
//! domain,username,first_name,last_name,source
//! tryacme.com,dana.reed,Dana,Reed,buy
//! tryacme.com,lee.wood,Lee,Wood,buy
//! acme-mail.com,dana.reed,Dana,Reed,connect
//! ```
//!
//! # What a run does, and what it remembers
//!
//! Every run looks at the account first and does what is missing. So run the same plan again, under the same
//! [`once`](crate::Zapmail::once) name: after a failure, after a crash in the middle of a request, or with more domains and mailboxes
//! in it.
//!
//! What a look cannot show is stored in the journal before it is sent: which domains were ordered, which mailboxes were
//! requested, which export was started. If the outcome of a request is unknown, the run waits for the
//! [`settle_time`](crate::Provisioning::settle_time), looks whether it was carried out, and sends it again only if there is no
//! trace of it. A domain is never bought twice, and a mailbox never created twice.
//!
//! | what happens | what the run does |
//! | --- | --- |
//! | a domain cannot be bought, or a connection fails | a failure of this domain; the others go on |
//! | the service refuses a mailbox | a failure of this mailbox; the others go on |
//! | something takes longer than its timeout | a failure; the next run continues to wait |
//! | the domains cost more than `at_most`, or the wallet has | an error; nothing is bought |
//! | the key is refused, or the service cannot be reached | an error with the report so far |
//! | the program is killed | the next run continues |
//!
//! [`ProvisionReport::failures`](crate::ProvisionReport::failures) lists the failures. The report serializes without
//! credentials. [`on_progress`](crate::Provisioning::on_progress) is called with each step of each domain and mailbox, for
//! example for a progress bar; the program `provision` in the crate's folder `examples` has one.
//!
//! Two processes that do the same run do not get in each other's way: the second one ends with
//! [`Conflict`](crate::ErrorKind::Conflict). With [`Journal::redis`](crate::Journal::redis), they can be on several machines.
//!
//! # The parts on their own
//!
//! | method | what it does |
//! | --- | --- |
//! | [`check_domains`](crate::Zapmail::check_domains) | availability and prices of any number of names |
//! | [`buy_domains`](crate::Zapmail::buy_domains) | buys each name once, for at most an amount |
//! | [`set_domain_settings`](crate::Zapmail::set_domain_settings) | DMARC, forwarding, catch-all and DNS records of many domains |
//! | [`assign_mailboxes_in_batches`](crate::Zapmail::assign_mailboxes_in_batches) | creates mailboxes; see [waiting](super::waiting) |
//! | [`plan_removal`](crate::Zapmail::plan_removal) | deletes mailboxes at the next renewal, and nothing beside them |
//! | [`plan_swap`](crate::Zapmail::plan_swap) | replaces mailboxes: the new ones work before the old ones go |
//! | [`audit`](crate::Zapmail::audit) | what all workspaces have, and what is wrong |
//!
//! ## Removing mailboxes
//!
//! The service removes all mailboxes of a domain, at the next billing date, and shows nothing of it until then. A
//! [`Removal`](crate::Removal) names every mailbox that would go, with the date, which is derived from the subscriptions and
//! not reported by the service. A list that leaves out a mailbox of a domain is refused.
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
//! // Several accounts, each with a name of your own.
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
//! [`ProvisionPlan`]: crate::ProvisionPlan
//! [`ProvisionPlan::from_csv`]: crate::ProvisionPlan::from_csv
//! [`ProvisionPlan::from_json`]: crate::ProvisionPlan::from_json
//! [`Zapmail::provision`]: crate::Zapmail::provision
