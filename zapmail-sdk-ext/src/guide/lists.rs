//! A paged operation has two streams in addition to `send()`: [`items`] yields every row once, [`pages`] yields the
//! pages with their counters.
//!
//! [`PAGED`](crate::PAGED) names these operations. `send()` on one of them returns one page. The streams are methods of
//! the trait [`Paged`], which `use zapmail_sdk_ext::prelude::*` imports.
//!
//! Both have `next()` and `collect()`, and are streams for those who use the crate `futures`.
//!
//! # All rows
//!
//! ```
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
//! while let Some(mailbox) = mailboxes.next().await? {
//!     assert!(mailbox.address().contains("@acme-00"));
//!     count += 1;
//! }
//! // 9 domains of 3 mailboxes each, on 2 pages of 5 domains.
//! assert_eq!(count, 27);
//! assert_eq!(sandbox.requests().len(), 2);
//! # Ok(())
//! # }
//! ```
//!
//! `limit` is the size of a page, not of the list; a larger one needs fewer requests. It counts what the service pages
//! by: for `list_mailboxes` domains, each with all of its mailboxes. To read only the first rows, leave the
//! loop: dropping a stream stops its requests.
//!
//! # Pages and counters
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::{Page, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! // From the third page on.
//! let mut pages = zapmail.list_mailboxes().limit(5).pages().starting_at(3);
//! let page = pages.next().await?.ok_or("the stream has at least one page")?;
//! assert_eq!((page.current(), page.total()), (Some(3), Some(4)));
//! assert_eq!(page.available_mailboxes.as_ref().and_then(|available| available.as_i64()), Some(10));
//! // The admin account of a Microsoft domain is not one of its mailboxes.
//! let admins = page.domains.iter().filter(|domain| domain.admin_details.is_some());
//! assert_eq!(admins.count(), 1);
//!
//! assert_eq!(pages.next().await?.map(|page| page.domains.len()), Some(1));
//! assert!(pages.next().await?.is_none());
//! # Ok(())
//! # }
//! ```
//!
//! Both streams count the pages themselves: `starting_at` sets the first page, and the parameter `page` applies to
//! `send()` only.
//!
//! [`Page`] is what all pages have in common: the rows, and the counters if the service reports them. The other fields
//! of the response are fields of the page's own type.
//!
//! # Where a list ends
//!
//! A list ends when the number of the page reaches the number of pages, or with an empty page. The service's `nextPage`
//! is ignored, because it is set on the last page too.
//!
//! An error ends a stream, after the rows that came before it. A service that returned the same page again and again
//! would never end the list, so a repeated page is an error:
//!
//! ```
//! use zapmail_sandbox::{Fault, Sandbox};
//! use zapmail_sdk_ext::{ErrorKind, Zapmail, prelude::*};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let mut pages = zapmail.list_domains().limit(4).pages();
//! assert_eq!(pages.next().await?.map(|page| page.domains.len()), Some(4));
//! sandbox.fail_next("list_domains", Fault::RepeatedPage)?;
//! let error = pages.next().await.unwrap_err();
//! assert_eq!(error.kind(), ErrorKind::RepeatedPage);
//! assert_eq!(
//!     error.to_string(),
//!     "list_domains: page 2 repeats an earlier page; pagination is not advancing"
//! );
//! assert!(pages.next().await?.is_none());
//! # Ok(())
//! # }
//! ```
//!
//! A list is also stuck if the service returns several earlier pages in turn, or the rows of one in another order. A page
//! whose list is `null` although the counters promise rows is an error of kind `Decode`, not the end.
//!
//! Rows that are added or removed during iteration shift the others between pages, so a single pass can miss some. `items`
//! sees that from the counters of the pages, and then reads the list again, up to twice, for what it has missed; it never
//! returns duplicates. [`pages`] makes one pass: compare [`Page::row_count`] between its pages.
//!
//! # One row by its name
//!
//! The filter `contains` finds parts of names: `acme.com` also finds `getacme.com`. Lookups compare whole names, whatever
//! their letter case, blanks around them, a dot at their end, or their script: [`domains_by_name`], [`mailbox_by_address`],
//! [`tag_by_name`] and [`export_account`]. [`workspaces`] returns all workspaces, each with a client for it.
//!
//! ```
//! use zapmail_sandbox::Sandbox;
//! use zapmail_sdk_ext::Zapmail;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = Sandbox::start().await?;
//! let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//!
//! let found = zapmail.domains_by_name(["ACME-001.example.com.", "other.example"]).await?;
//! assert!(found["acme-001.example.com"].is_some() && found["other.example"].is_none());
//! # Ok(())
//! # }
//! ```
//!
//! # Reading ahead
//!
//! Once the first page has reported the number of pages, the next 4 are fetched concurrently, inside the rate limits,
//! and returned in order. [`read_ahead`] changes that number; `read_ahead(1)` fetches each page only when it is needed.
//!
//! ```
//! use std::time::Duration;
//!
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
//!     let started_at = tokio::time::Instant::now();
//!     let domains: Vec<_> = zapmail.list_domains().limit(4).items().read_ahead(ahead).collect().await?;
//!     assert_eq!(domains.len(), 16);
//!     // 4 pages: one after the other, or the first and then three together.
//!     assert!((started_at.elapsed().as_secs_f64() - seconds).abs() < 0.1);
//!     // Both runs share the rate limits.
//!     tokio::time::sleep(Duration::from_secs(1)).await;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! [`Page`]: crate::Page
//! [`Page::row_count`]: crate::Page::row_count
//! [`Paged`]: crate::Paged
//! [`domains_by_name`]: crate::Zapmail::domains_by_name
//! [`export_account`]: crate::Zapmail::export_account
//! [`items`]: crate::Paged::items
//! [`mailbox_by_address`]: crate::Zapmail::mailbox_by_address
//! [`pages`]: crate::Paged::pages
//! [`read_ahead`]: crate::Items::read_ahead
//! [`tag_by_name`]: crate::Zapmail::tag_by_name
//! [`workspaces`]: crate::Zapmail::workspaces
