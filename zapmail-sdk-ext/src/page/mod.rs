//! Lists that end: the pages of an operation as a stream, and the rows that a caller wants.
//!
//! The service says `nextPage` on every page, the last one included, so that means nothing. A list ends when the
//! number of this page reaches the number of pages, or with an empty page. A server that gives the same page again
//! would never end; that is an error.

mod identity;
mod rows;
mod table;

use std::collections::{HashSet, VecDeque};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::Stream;
use futures::future::BoxFuture;

use crate::call::Call;
use crate::error::{Error, ErrorKind, Result};

pub(crate) use identity::{Identify, Identity};
pub use rows::Page;
pub use table::PAGED;

/// An operation that pages: its answer is one page of many.
///
/// ```no_run
/// use futures::TryStreamExt;
/// use zapmail_sdk_ext::{Zapmail, prelude::*};
///
/// # async fn example(zapmail: Zapmail) -> zapmail_sdk_ext::Result<()> {
/// let mut mailboxes = zapmail.list_mailboxes().contains("acme").limit(100).items();
/// while let Some(mailbox) = mailboxes.try_next().await? {
///     println!("{}", mailbox.address());
/// }
/// # Ok(())
/// # }
/// ```
pub trait Paged<'a>: Call<Data: Page> + Clone + Send + Unpin + 'a {
    /// The same request for another page: the one with this number, or the one that this page points to.
    #[doc(hidden)]
    fn following(self, number: u32, last: Option<&Self::Data>) -> Option<Self>;

    /// The pages, with their counters. The first is given even if it is empty.
    ///
    /// Pages count from 1. The stream ends after the last page, or after an error, which is any that
    /// [`call`](Call::call) can give, or [`ErrorKind::Paging`] when the service repeats a page.
    fn pages(self) -> Pages<'a, Self> {
        Pages { request: self, number: 1, fetching: None, last: None, over: false }
    }

    /// The rows that a caller wants, each once: for `list_mailboxes` the mailboxes, although the service pages by
    /// domain; for `list_workspaces` all of them, although the service keeps the present one apart.
    ///
    /// Errors are those of [`pages`](Self::pages), after the rows before them.
    fn items(self) -> Items<'a, Self> {
        Items { pages: self.pages(), given: HashSet::new(), ready: VecDeque::new() }
    }
}

/// The pages of a list; see [`Paged::pages`].
#[must_use = "a stream does nothing until it is polled"]
pub struct Pages<'a, R: Paged<'a>> {
    request: R,
    /// Number of the page to fetch next, or being fetched.
    number: u32,
    fetching: Option<BoxFuture<'a, Result<R::Data>>>,
    last: Option<LastPage<R>>,
    over: bool,
}

/// What the page before tells about the next.
struct LastPage<R> {
    rows: Vec<Identity>,
    /// The request for the page behind it.
    following: Option<R>,
}

impl<'a, R: Paged<'a>> Pages<'a, R> {
    /// Starts with another page than the first. Pages count from 1.
    pub fn starting_at(self, page: u32) -> Self {
        Self { number: page, ..self }
    }

    /// Takes over a page: what it is worth, and whether there is another behind it.
    fn arrived(&mut self, page: R::Data) -> Option<Result<R::Data>> {
        let rows = page.rows();
        let first = self.last.is_none();
        if rows.is_empty() && !first {
            self.over = true;
            return None;
        }
        if !rows.is_empty() && self.last.as_ref().is_some_and(|last| last.rows == rows) {
            self.over = true;
            let message =
                format!("page {} holds the same rows as the page before it; the service does not go on", self.number);
            return Some(Err(Error::local(ErrorKind::Paging, R::OPERATION, message)));
        }
        let current = page.current().unwrap_or_else(|| u64::from(self.number));
        let last_by_count = page.total().is_some_and(|total| current >= total);
        let next =
            self.number.checked_add(1).filter(|_| !rows.is_empty() && !last_by_count && page.more() != Some(false));
        let following = next.and_then(|number| self.request.clone().following(number, Some(&page)));
        self.over = following.is_none();
        self.number = self.number.saturating_add(1);
        self.last = Some(LastPage { rows, following });
        Some(Ok(page))
    }
}

impl<'a, R: Paged<'a>> Stream for Pages<'a, R> {
    type Item = Result<R::Data>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.over {
            return Poll::Ready(None);
        }
        let mut fetching = match this.fetching.take() {
            Some(fetching) => fetching,
            None => {
                let request = match &mut this.last {
                    Some(last) => last.following.take(),
                    None => this.request.clone().following(this.number, None),
                };
                let Some(request) = request else {
                    this.over = true;
                    return Poll::Ready(None);
                };
                Box::pin(request.call())
            }
        };
        let Poll::Ready(arrived) = fetching.as_mut().poll(context) else {
            this.fetching = Some(fetching);
            return Poll::Pending;
        };
        Poll::Ready(match arrived {
            Ok(page) => this.arrived(page),
            Err(error) => {
                this.over = true;
                Some(Err(error))
            }
        })
    }
}

/// The rows of a list; see [`Paged::items`].
#[must_use = "a stream does nothing until it is polled"]
pub struct Items<'a, R: Paged<'a>> {
    pages: Pages<'a, R>,
    given: HashSet<Identity>,
    ready: VecDeque<<R::Data as Page>::Item>,
}

impl<'a, R: Paged<'a>> Stream for Items<'a, R> {
    type Item = Result<<R::Data as Page>::Item>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(item) = this.ready.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(Pin::new(&mut this.pages).poll_next(context)) {
                Some(Ok(page)) => {
                    let given = &mut this.given;
                    this.ready.extend(page.into_items().into_iter().filter(|item| given.insert(item.identity())));
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

// Neither holds anything that is pinned in place: the future in flight is boxed.
impl<'a, R: Paged<'a>> Unpin for Pages<'a, R> {}
impl<'a, R: Paged<'a>> Unpin for Items<'a, R> {}
