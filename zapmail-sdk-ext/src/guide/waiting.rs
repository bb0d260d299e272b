//! Wait for the jobs that the service runs in the background: connecting domains, creating mailboxes and exporting
//! them. A [`Wait`] polls until the job reaches a final state, so you need no loop of your own.
//!
//! # Until all domains are connected
//!
//! This program connects domains, prints their states after each poll, and ends when all are connected:
//!
//! ```
//! use zapmail_sdk_ext::{Zapmail, types::DomainConnection};
//!
//! # /*
//! #[tokio::main]
//! # */
//! # #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #   tokio::time::pause();
//! #   let sandbox = zapmail_sandbox::Sandbox::start().await?;
//! #   let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! #   /*
//!     let zapmail = Zapmail::from_env()?;
//! #   */
//!     // Your domains. Their name servers must point at the service.
//!     let names = ["brand.example.com"];
//!     zapmail.connect_domains().body(DomainConnection::new(names)).send().await?;
//!
//!     let wait = zapmail.wait_for_connections(&names).on_progress(|states| println!("{states:?}"));
//!     wait.await?;
//!     println!("all domains are connected");
//! #   assert_eq!(sandbox.requests_of("connect_domains").len(), 1);
//!     Ok(())
//! }
//! ```
//!
//! | method | polls every | times out after |
//! | --- | --- | --- |
//! | [`wait_for_connections`] | 1 to 5 minutes | 48 hours |
//! | [`wait_for_mailboxes`], [`wait_for_assigned`] | 2 to 5 minutes | 24 hours |
//! | [`wait_for_domains`], for domains that were just bought | 15 to 60 seconds | 1 hour |
//! | [`wait_for_domain_settings`] | 15 to 60 seconds | 30 minutes |
//! | [`wait_for_export`], also for consent jobs | 5 to 30 seconds | 10 minutes |
//! | [`wait_for_ai_domains`] | 5 seconds | 2 minutes |
//! | [`wait_until`], for a condition of your own | 15 to 60 seconds | 1 hour |
//!
//! Where the table has a range, the interval grows with each poll. [`interval`] sets a constant interval,
//! [`growing_interval`] sets the shortest and the longest interval, and [`timeout`] limits the whole wait. A wait does
//! nothing until you await it, and dropping it stops the polling.
//!
//! # When a job fails
//!
//! A failed wait returns a [`WaitError`], which has the error and the last observed state. Where you do not need the
//! state, `?` converts it into an [`Error`](crate::Error). The kind of the error is `JobFailed` if the job failed,
//! `Timeout` if the timeout of the wait elapsed, or the kind of the error that a poll returned. Undocumented states are
//! treated as pending.
//!
//! ```
//! use std::time::Duration;
//!
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{ErrorKind, Zapmail, types::DomainConnection};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::time::pause();
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! // In the sandbox, the name of a domain decides how its connection ends.
//! let names = ["brand.example.com", "unregistered.example.com"];
//! zapmail.connect_domains().body(DomainConnection::new(names)).send().await?;
//!
//! let wait = zapmail.wait_for_connections(&names).interval(Duration::from_secs(30)).on_progress(|states| {
//!     // Update a progress bar here, for example. A name that is not listed yet has no state (`None`).
//!     assert_eq!(states.len(), 2);
//! });
//! let wait_error = wait.await.unwrap_err();
//! assert_eq!(wait_error.error().kind(), ErrorKind::JobFailed);
//! assert_eq!(
//!     wait_error.to_string(),
//!     "list_connection_requests: failed: unregistered.example.com: DOMAIN_NOT_REGISTERED"
//! );
//! // The wait ends when all domains have reached a final state, so the other domain has one too.
//! let states = wait_error.last_state().ok_or("no state observed")?;
//! assert_eq!(states["brand.example.com"].as_ref().map(|state| state.as_str()), Some("SUCCESS"));
//! # Ok(())
//! # }
//! ```
//!
//! # Mailboxes in batches
//!
//! [`assign_mailboxes_in_batches`] creates any number of mailboxes. It checks the whole [`AssignPlan`] before it sends
//! anything, and then sends a few domains per request. The service creates the mailboxes in the background, so wait for
//! them:
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{AssignPlan, AssignViolation, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::time::pause();
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! let mut domains = zapmail.list_assignable_domains().items().collect().await?;
//! domains.truncate(2);
//! let plan = |username: &str| {
//!     domains.iter().fold(AssignPlan::new(), |plan, domain| {
//!         plan.mailbox(&domain.id, domain.domain.as_deref().unwrap_or_default(), "Noa", "Vale", username)
//!     })
//! };
//!
//! let failed = zapmail.assign_mailboxes_in_batches(plan("noa vale")).run().await.unwrap_err();
//! assert!(matches!(failed.violations(), [AssignViolation::Username { .. }, AssignViolation::Username { .. }]));
//! assert!(sandbox.requests_of("assign_mailboxes").is_empty());
//!
//! let report = zapmail.assign_mailboxes_in_batches(plan("noa.vale")).domains_per_request(1).run().await?;
//! assert!(report.is_complete());
//! assert_eq!(sandbox.requests_of("assign_mailboxes").len(), 2);
//!
//! let mailboxes = zapmail.wait_for_assigned(&plan("noa.vale")).await?;
//! assert_eq!(mailboxes.len(), 2);
//! assert!(mailboxes.values().flatten().all(|mailbox| mailbox.password.is_some()));
//! # Ok(())
//! # }
//! ```
//!
//! The run stops at the first request that fails. The [`AssignError`] contains the [`AssignReport`], which has the state
//! of every domain: accepted, not sent, or unknown. You can store the report and pass it to [`resume`], which continues
//! the run. Before it sends anything, it looks up the domains that were not accepted.
//!
//! ```
//! use zapmail_sandbox::{Fault, Sandbox};
//! use zapmail_sdk_ext::{AssignPlan, AssignReport, AssignState, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::time::pause();
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! let mut domains = zapmail.list_assignable_domains().items().collect().await?;
//! domains.truncate(2);
//! let plan = domains.iter().fold(AssignPlan::new(), |plan, domain| {
//!     plan.mailbox(&domain.id, domain.domain.as_deref().unwrap_or_default(), "Noa", "Vale", "noa.vale")
//! });
//!
//! sandbox.fail_next("assign_mailboxes", Fault::DropAfterRequest)?;
//! let run = zapmail.assign_mailboxes_in_batches(plan.clone()).domains_per_request(1);
//! let failed = run.run().await.unwrap_err();
//! let mut states: Vec<_> = failed.report().iter().map(|(_, state)| state.clone()).collect();
//! states.sort_by_key(|state| format!("{state:?}"));
//! assert_eq!(states, [AssignState::NotSent, AssignState::Unknown]);
//!
//! let stored = serde_json::to_string(failed.report())?;
//! let report: AssignReport = serde_json::from_str(&stored)?;
//! let report = zapmail.assign_mailboxes_in_batches(plan).resume(report).run().await?;
//! assert!(report.is_complete());
//! // Each domain was sent once.
//! assert_eq!(sandbox.requests_of("assign_mailboxes").len(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! The programs in the crate's folder `examples` show the same with a progress bar (`assign_many`), and wait for
//! connections (`connect_domains`) and for an export (`export`).
//!
//! Next: [buying safely](super::buying_safely), before your program buys domains or mailboxes.
//!
//! [`AssignError`]: crate::AssignError
//! [`AssignPlan`]: crate::AssignPlan
//! [`AssignReport`]: crate::AssignReport
//! [`WaitError`]: crate::WaitError
//! [`Wait`]: crate::Wait
//! [`assign_mailboxes_in_batches`]: crate::Zapmail::assign_mailboxes_in_batches
//! [`growing_interval`]: crate::Wait::growing_interval
//! [`interval`]: crate::Wait::interval
//! [`resume`]: crate::AssignRun::resume
//! [`timeout`]: crate::Wait::timeout
//! [`wait_for_ai_domains`]: crate::Zapmail::wait_for_ai_domains
//! [`wait_for_assigned`]: crate::Zapmail::wait_for_assigned
//! [`wait_for_connections`]: crate::Zapmail::wait_for_connections
//! [`wait_for_domain_settings`]: crate::Zapmail::wait_for_domain_settings
//! [`wait_for_domains`]: crate::Zapmail::wait_for_domains
//! [`wait_for_export`]: crate::Zapmail::wait_for_export
//! [`wait_for_mailboxes`]: crate::Zapmail::wait_for_mailboxes
//! [`wait_until`]: crate::Zapmail::wait_until
