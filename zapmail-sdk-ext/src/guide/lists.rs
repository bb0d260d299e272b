//! Read all rows of a list, page by page or row by row, or find one row by its name. You need this page for mailboxes,
//! domains and everything else that the service returns in pages.
//!
//! # All rows
//!
//! This program prints the address of every mailbox whose domain or address contains `acme-00`, from all pages:
//!
//! ```
//! use zapmail_sdk_ext::{Zapmail, prelude::*};
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #   let sandbox = zapmail_sandbox::Sandbox::start().await?;
//! #   let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
//! #   /*
//!     let zapmail = Zapmail::from_env()?;
//! #   */
//!     let mut mailboxes = zapmail.list_mailboxes().contains("acme-00").limit(5).items();
//!     let mut count = 0;
//!     while let Some(mailbox) = mailboxes.next().await? {
//!         println!("{}", mailbox.address());
//! #       assert!(mailbox.address().contains("@acme-00"));
//!         count += 1;
//!     }
//!     println!("{count} mailboxes");
//! #   // 9 domains of 3 mailboxes each, on 2 pages of 5 domains.
//! #   assert_eq!(count, 27);
//! #   assert_eq!(sandbox.requests().len(), 2);
//!     Ok(())
//! }
//! ```
//!
//! A paged operation has two streams in addition to `send()`, which returns a single page: [`items`] yields every row
//! once, and [`pages`] yields the pages with their counters. [`PAGED`](crate::PAGED) names the paged operations. The
//! streams are methods of the trait [`Paged`], which `use zapmail_sdk_ext::prelude::*` imports. Both streams have
//! `next()` and `collect()`, and implement `Stream` of the crate `futures`.
//!
//! `limit` is the size of a page, not of the list. A larger page needs fewer requests. `limit` counts the rows by which
//! the service pages: for `list_mailboxes` these are domains, each with all of its mailboxes. To read only the first
//! rows, break out of the loop: dropping a stream stops its requests.
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
//! // Start with the third page.
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
//! The trait [`Page`] has the parts that all pages share: the rows, and the counters if the service reports them. The
//! other fields of the response are fields of the page's own type.
//!
//! # Where a list ends
//!
//! A list ends with the page whose number equals the number of pages, or with an empty page after which no more follow.
//! The client ignores the service's `nextPage`, because it is set on the last page too.
//!
//! An error ends a stream, after the rows that came before the error. If the service returned the same page again and
//! again, the list would never end, so a repeated page is an error:
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
//! The same error reports a service that cycles through several earlier pages, or returns the rows of an earlier page
//! in a different order. If the list of a page is `null` although the counters promise rows, the stream fails with an
//! error of kind `Decode` and does not end as if the list were complete.
//!
//! Rows that are added or removed during iteration shift other rows between pages, so a single pass can miss some.
//! `items` detects this from the counters of the pages, and reads the list again, up to twice, to return the rows that
//! it missed. It never returns duplicates. [`pages`] makes one pass: to detect missed rows, compare [`Page::row_count`]
//! between its pages.
//!
//! # One row by its name
//!
//! The filter `contains` matches parts of names: `acme.com` also matches `getacme.com`. To find a row by its whole
//! name, use [`domains_by_name`], [`mailbox_by_address`], [`tag_by_name`] or [`export_account`]. They ignore letter
//! case, surrounding whitespace and a trailing dot, and treat an internationalized name and its `xn--` form as the same
//! name. [`workspace_by_name`] returns a workspace together with a client for it, and [`workspaces`] all of them.
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
//! Once the first page has reported the number of pages, the stream fetches the next 4 pages concurrently, within the
//! rate limits, and returns them in order. [`read_ahead`] changes that number; `read_ahead(1)` fetches each page only
//! when it is needed.
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
//!     // 4 pages: one after the other, or the first page and then the other three together.
//!     assert!((started_at.elapsed().as_secs_f64() - seconds).abs() < 0.1);
//!     // Both runs share the rate limits.
//!     tokio::time::sleep(Duration::from_secs(1)).await;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Next: [codes](super::codes), to get an authenticator code for a mailbox of the list.
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
//! [`workspace_by_name`]: crate::Zapmail::workspace_by_name
//! [`workspaces`]: crate::Zapmail::workspaces
