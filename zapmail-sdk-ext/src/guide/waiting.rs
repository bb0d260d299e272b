//! The service connects domains, creates mailboxes and exports them in the background; a [`Wait`] looks at the state
//! until it is final.
//!
//! | what | looks every | gives up after |
//! | --- | --- | --- |
//! | [`wait_for_connections`] | minute | 48 hours |
//! | [`wait_for_mailboxes`] | 2 minutes | 24 hours |
//! | [`wait_for_domains`], just bought | minute | 1 hour |
//! | [`wait_for_export`], consent jobs as well | 10 seconds | 10 minutes |
//! | [`wait_for_ai_domains`] | 5 seconds | 2 minutes |
//!
//! [`every`] and [`timeout`] change that. A wait does nothing until it is awaited, and stops when it is dropped.
//!
//! # Until all are connected
//!
//! ```
//! use std::time::Duration;
//!
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{ErrorKind, Zapmail, prelude::*, types::DomainConnection};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::time::pause();
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! // In the sandbox, a domain's name tells what becomes of it.
//! let names = ["brand.example.com".to_owned(), "unregistered.example.com".to_owned()];
//! zapmail.connect_domains().body(DomainConnection { domain_names: names.to_vec() }).call().await?;
//!
//! let wait = zapmail.wait_for_connections(&names).every(Duration::from_secs(30)).on_progress(|states| {
//!     // A progress bar; `None` is a name that has not appeared yet.
//!     assert_eq!(states.len(), 2);
//! });
//! let unfinished = wait.await.unwrap_err();
//! assert_eq!(unfinished.error().kind(), ErrorKind::Failed);
//! assert_eq!(
//!     unfinished.to_string(),
//!     "list_connection_requests: failed: unregistered.example.com: DOMAIN_NOT_REGISTERED"
//! );
//! // The others are final as well by then.
//! let states = unfinished.reached().ok_or("nothing was seen")?;
//! assert_eq!(states["brand.example.com"].as_ref().map(|state| state.as_str()), Some("SUCCESS"));
//! # Ok(())
//! # }
//! ```
//!
//! A wait that does not come to a good end gives [`Unfinished`]: the error, and the last state that was seen. `?` turns
//! it into an [`Error`](crate::Error) where only that matters. Its kind is `Failed`, `Timeout` when its time was over,
//! or that of a look that went wrong. A state that nobody has documented is not final.
//!
//! # Mailboxes, in batches
//!
//! [`assign_mailboxes_in_batches`] creates any number of mailboxes. It checks the whole [`AssignPlan`] before it sends
//! a part of it, and sends some domains at a time; then they are waited for:
//!
//! ```
//! use futures::{StreamExt, TryStreamExt};
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{AssignPlan, AssignViolation, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::time::pause();
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! let domains: Vec<_> = zapmail.list_assignable_domains().items().take(2).try_collect().await?;
//! let plan = |username: &str| {
//!     domains.iter().fold(AssignPlan::new(), |plan, domain| {
//!         plan.mailbox(domain.id, domain.domain.as_deref().unwrap_or_default(), "Noa", "Vale", username)
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
//! let ids: Vec<_> = domains.iter().map(|domain| domain.id).collect();
//! let mailboxes = zapmail.wait_for_mailboxes(&ids).await?;
//! let new = mailboxes.values().flatten().find(|mailbox| mailbox.username.as_deref() == Some("noa.vale"));
//! assert!(new.is_some_and(|mailbox| mailbox.password.is_some()));
//! # Ok(())
//! # }
//! ```
//!
//! A request of the run that ends in the dark stops it: [`AssignFailed`] carries the [`AssignReport`], which says of every
//! domain whether it was accepted, not sent, or is unknown. It can be stored, and [`resume`] goes on from it: what is
//! unknown is looked up before anything is sent.
//!
//! ```
//! use futures::{StreamExt, TryStreamExt};
//! use zapmail_sandbox::{Fault, Sandbox};
//! use zapmail_sdk_ext::{AssignPlan, AssignState, AssignReport, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::time::pause();
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! let domains: Vec<_> = zapmail.list_assignable_domains().items().take(2).try_collect().await?;
//! let plan = domains.iter().fold(AssignPlan::new(), |plan, domain| {
//!     plan.mailbox(domain.id, domain.domain.as_deref().unwrap_or_default(), "Noa", "Vale", "noa.vale")
//! });
//!
//! sandbox.fail_next("assign_mailboxes", Fault::DropAfterRequest)?;
//! let run = zapmail.assign_mailboxes_in_batches(plan.clone()).domains_per_request(1);
//! let failed = run.run().await.unwrap_err();
//! let mut became: Vec<_> = failed.report().iter().map(|(_, assigned)| assigned.clone()).collect();
//! became.sort_by_key(|assigned| format!("{assigned:?}"));
//! assert_eq!(became, [AssignState::NotSent, AssignState::Unknown]);
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
//! connections (`connect_domains`) and an export (`export`).
//!
//! [`AssignFailed`]: crate::AssignFailed
//! [`AssignPlan`]: crate::AssignPlan
//! [`AssignReport`]: crate::AssignReport
//! [`Unfinished`]: crate::Unfinished
//! [`Wait`]: crate::Wait
//! [`assign_mailboxes_in_batches`]: crate::Zapmail::assign_mailboxes_in_batches
//! [`every`]: crate::Wait::every
//! [`resume`]: crate::AssignRun::resume
//! [`timeout`]: crate::Wait::timeout
//! [`wait_for_ai_domains`]: crate::Zapmail::wait_for_ai_domains
//! [`wait_for_connections`]: crate::Zapmail::wait_for_connections
//! [`wait_for_domains`]: crate::Zapmail::wait_for_domains
//! [`wait_for_export`]: crate::Zapmail::wait_for_export
//! [`wait_for_mailboxes`]: crate::Zapmail::wait_for_mailboxes
