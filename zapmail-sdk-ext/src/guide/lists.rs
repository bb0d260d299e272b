//! An operation that pages has two streams beside `call`: [`items`] gives every row once, [`pages`] the pages with
//! their counters.
//!
//! [`PAGED`](crate::PAGED) names these operations. `call` on one of them is one page.
//!
//! The streams are those of the crate `futures`: `try_next` and `try_collect` need `use futures::TryStreamExt`. (The
//! compiler may propose a path in `futures_util`, which is a part of `futures`.)
//!
//! # All rows
//!
//! ```
//! use futures::TryStreamExt;
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let mut mailboxes = zapmail.list_mailboxes().contains("acme-00").limit(5).items();
//! let mut count = 0;
//! while let Some(mailbox) = mailboxes.try_next().await? {
//!     assert!(mailbox.address().contains("@acme-00"));
//!     count += 1;
//! }
//! // 9 domains of 3 mailboxes, on 2 pages of 5 domains.
//! assert_eq!(count, 27);
//! assert_eq!(sandbox.requests().len(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! `limit` is the size of a page, not of the list: with a larger one there are fewer requests. It counts what the
//! service pages by, which for `list_mailboxes` are domains, each with all of its mailboxes. For the first rows only,
//! use `take` of `futures::StreamExt`; a stream that is dropped asks for nothing more.
//!
//! # Pages and counters
//!
//! ```
//! use futures::TryStreamExt;
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{Page, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! // The third page and those behind it.
//! let mut pages = zapmail.list_mailboxes().limit(5).pages().starting_at(3);
//! let page = pages.try_next().await?.ok_or("the first page is always given")?;
//! assert_eq!((page.current(), page.total()), (Some(3), Some(4)));
//! assert_eq!(page.available_mailboxes.as_ref().and_then(|free| free.as_i64()), Some(10));
//! // A Microsoft domain's admin account is beside its mailboxes.
//! let admins = page.domains.iter().filter(|domain| domain.admin_details.is_some());
//! assert_eq!(admins.count(), 1);
//!
//! assert_eq!(pages.try_next().await?.map(|page| page.domains.len()), Some(1));
//! assert!(pages.try_next().await?.is_none());
//! # Ok(())
//! # }
//! ```
//!
//! Both streams count the pages themselves: `starting_at` says where they begin, and what was set with the parameter
//! `page` is for `call` alone.
//!
//! [`Page`] is what all pages have in common: the counters, where the service tells them, and the rows. The fields of
//! the answer are there beside it.
//!
//! # Where a list ends
//!
//! It ends when the number of the page reaches the number of pages, or with an empty page. What the service says of the
//! next page (`nextPage`) does not count: it says one on the last page, too.
//!
//! An error ends a stream, after the rows that came before it. A service that gives the same page again would never
//! end:
//!
//! ```
//! use futures::TryStreamExt;
//! use zapmail_sandbox::{Fault, Sandbox};
//! use zapmail_sdk_ext::{ErrorKind, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let mut pages = zapmail.list_domains().limit(4).pages();
//! assert_eq!(pages.try_next().await?.map(|page| page.domains.len()), Some(4));
//! sandbox.fail_next("list_domains", Fault::RepeatedPage)?;
//! let error = pages.try_next().await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::Paging);
//! assert_eq!(
//!     error.to_string(),
//!     "list_domains: page 2 holds the same rows as the page before it; the service does not go on"
//! );
//! assert!(pages.try_next().await?.is_none());
//! # Ok(())
//! # }
//! ```
//!
//! Rows that appear or vanish while a list is read move the others over the edges of pages. `items` gives none twice;
//! that none is missed, page numbers cannot promise.
//!
//! # Reading ahead
//!
//! Once the first page has told how many there are, the next 4 are fetched at a time, inside the quota, and given in
//! order. [`read_ahead`] changes that; `read_ahead(1)` asks for a page only when its turn has come.
//!
//! ```
//! use std::time::Duration;
//!
//! use futures::TryStreamExt;
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! tokio::time::pause();
//! let sandbox = Sandbox::builder().latency(Duration::from_millis(300)).start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! for (ahead, seconds) in [(1, 1.2), (4, 0.6)] {
//!     let begun = tokio::time::Instant::now();
//!     let domains: Vec<_> = zapmail.list_domains().limit(4).items().read_ahead(ahead).try_collect().await?;
//!     assert_eq!(domains.len(), 16);
//!     // 4 pages: one after the other, or the first and then three together.
//!     assert!((begun.elapsed().as_secs_f64() - seconds).abs() < 0.1);
//!     // For the quota, which both share.
//!     tokio::time::sleep(Duration::from_secs(1)).await;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`Page`]: crate::Page
//! [`items`]: crate::Paged::items
//! [`pages`]: crate::Paged::pages
//! [`read_ahead`]: crate::Items::read_ahead
