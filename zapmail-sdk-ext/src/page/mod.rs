//! Lists that end: the pages of an operation as a stream, and the rows that a caller wants.
//!
//! The service says `nextPage` on every page, the last one included, so that means nothing. A list ends when the
//! number of this page reaches the number of pages, or with an empty page. A server that gives the same page again
//! would never end; that is an error.

mod identity;
mod rows;
mod table;
#[cfg(test)]
mod tests;

use std::collections::{HashSet, VecDeque};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::future::{BoxFuture, RemoteHandle};
use futures::{FutureExt, Stream};
use tracing::Instrument;

use crate::call::Call;
use crate::error::{Error, ErrorKind, Result};

pub(crate) use identity::{Identify, Identity};
pub use rows::Page;
pub use table::PAGED;

/// How many pages are fetched at a time, once it is known how many there are.
const READ_AHEAD: usize = 4;

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
pub trait Paged: Call<Data: Page> + Clone + Send + Unpin {
    /// Whether a page can be asked for by its number, without the page before it.
    #[doc(hidden)]
    const NUMBERED: bool;

    /// The call as a task of its own.
    #[doc(hidden)]
    fn detached(self) -> BoxFuture<'static, Result<Self::Data>>;

    /// The same request for another page: the one with this number, or the one that this page points to.
    #[doc(hidden)]
    fn following(self, number: u32, last: Option<&Self::Data>) -> Option<Self>;

    /// The pages, with their counters. The first is given even if it is empty.
    ///
    /// The stream counts the pages itself: the parameter `page` is for [`call`](Call::call), and
    /// [`starting_at`](Pages::starting_at) says where the stream begins.
    ///
    /// The stream ends after the last page, or after an error, which is any that [`call`](Call::call) can give, or
    /// [`ErrorKind::Paging`] when the service repeats a page.
    ///
    /// Page numbers cannot promise that nothing is missed when rows vanish meanwhile: the rows behind them move up, over
    /// the edge of a page that was read already. Whoever must know compares the totals of the pages: one that shrinks on
    /// the way tells that rows vanished.
    fn pages(self) -> Pages<Self> {
        Pages {
            request: self,
            start: 1,
            asked: 0,
            arrived: 0,
            ahead: READ_AHEAD,
            in_flight: VecDeque::new(),
            last: None,
            over: false,
        }
    }

    /// The rows that a caller wants, each once: for `list_mailboxes` the mailboxes, although the service pages by
    /// domain; for `list_workspaces` all of them, although the service keeps the present one apart.
    ///
    /// Errors are those of [`pages`](Self::pages), after the rows before them.
    fn items(self) -> Items<Self> {
        Items { pages: self.pages(), given: HashSet::new(), ready: VecDeque::new() }
    }
}

/// The pages of a list; see [`Paged::pages`], and [the guide](crate::guide::lists) for an example.
///
/// Each page is fetched by a task of its own, so that those ahead get on while the program is busy with a row: poll it
/// inside a Tokio runtime. Dropping the stream ends the tasks.
#[must_use = "a stream does nothing until it is polled"]
pub struct Pages<R: Paged> {
    request: R,
    /// Number of the first page.
    start: u32,
    /// How many pages were asked for.
    asked: u32,
    /// How many pages have arrived.
    arrived: u32,
    /// How many pages may be on their way at a time.
    ahead: usize,
    /// In the order of pages. Each is a task of its own, which ends when its handle is dropped: a page gets on while the
    /// caller is busy with those before it.
    in_flight: VecDeque<RemoteHandle<Result<R::Data>>>,
    last: Option<LastPage<R>>,
    over: bool,
}

/// What the last page that arrived tells about those behind it.
struct LastPage<R> {
    rows: Vec<Identity>,
    /// Number of pages in all.
    total: Option<u64>,
    /// The request for the page behind it.
    following: Option<R>,
}

impl<R: Paged> Pages<R> {
    /// Starts with another page than the first. Pages count from 1.
    pub fn starting_at(self, page: u32) -> Self {
        Self { start: page, ..self }
    }

    /// Fetches so many pages at a time, once the first has told how many there are: 4, unless set. They are given in
    /// order, and stay inside the quota.
    pub fn read_ahead(self, pages: usize) -> Self {
        Self { ahead: pages.max(1), ..self }
    }

    /// Asks for the pages that may be asked for by now.
    fn ask(&mut self, context: &mut Context<'_>) {
        let Some(last) = &mut self.last else {
            if self.asked == 0 {
                let first = self.request.clone().following(self.start, None);
                self.send(first, context);
            }
            return;
        };
        match last.total {
            Some(total) if R::NUMBERED => {
                while self.in_flight.len() < self.ahead && u64::from(self.number(self.asked)) <= total {
                    let next = self.request.clone().following(self.number(self.asked), None);
                    self.send(next, context);
                }
            }
            _ if self.in_flight.is_empty() => {
                let next = last.following.take();
                self.send(next, context);
            }
            _ => {}
        }
    }

    /// The first of the pages on their way, once it is there.
    fn poll_in_flight(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<R::Data>>> {
        let Some(first) = self.in_flight.front_mut() else { return Poll::Ready(None) };
        let page = ready!(first.poll_unpin(context));
        self.in_flight.pop_front();
        Poll::Ready(Some(page))
    }

    fn send(&mut self, request: Option<R>, context: &mut Context<'_>) {
        if let Some(request) = request {
            self.asked = self.asked.saturating_add(1);
            let (mut page, handle) = request.detached().in_current_span().remote_handle();
            // Looked after here once, so that pages get their places in the quota in their order.
            if page.poll_unpin(context).is_pending() {
                tokio::spawn(page);
            }
            self.in_flight.push_back(handle);
        }
    }

    /// Number of the page that so many are before.
    fn number(&self, before: u32) -> u32 {
        self.start.saturating_add(before)
    }

    /// Takes over a page: whether it is given, and whether there is another behind it.
    fn take(&mut self, page: R::Data) -> Option<Result<R::Data>> {
        let number = self.number(self.arrived);
        self.arrived = self.arrived.saturating_add(1);
        let rows = page.rows();
        if rows.is_empty() && self.last.is_some() {
            self.over = true;
            return None;
        }
        // Where rows came or went meanwhile, the same ones may rightly stand on the next page; the total tells.
        let repeated = |last: &LastPage<R>| last.rows == rows && last.total == page.total();
        if !rows.is_empty() && self.last.as_ref().is_some_and(repeated) {
            self.over = true;
            let message =
                format!("page {number} holds the same rows as the page before it; the service does not go on");
            return Some(Err(Error::local(ErrorKind::Paging, R::ID, message)));
        }
        let current = page.current().unwrap_or(u64::from(number));
        let is_last =
            rows.is_empty() || page.more() == Some(false) || page.total().is_some_and(|total| current >= total);
        let next = number.checked_add(1).filter(|_| !is_last);
        let following = next.and_then(|next| self.request.clone().following(next, Some(&page)));
        self.over = following.is_none();
        self.last = Some(LastPage { rows, total: page.total(), following });
        Some(Ok(page))
    }
}

impl<R: Paged> Stream for Pages<R> {
    type Item = Result<R::Data>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if !this.over {
            this.ask(context);
            let given = match ready!(this.poll_in_flight(context)) {
                Some(Ok(page)) => this.take(page),
                Some(Err(error)) => {
                    this.over = true;
                    Some(Err(error))
                }
                None => None,
            };
            this.over |= given.is_none();
            if this.over {
                // Pages that were asked for and are beyond the end, or behind an error.
                this.in_flight.clear();
            }
            return Poll::Ready(given);
        }
        Poll::Ready(None)
    }
}

/// The rows of a list; see [`Paged::items`], and [the guide](crate::guide::lists) for an example.
#[must_use = "a stream does nothing until it is polled"]
pub struct Items<R: Paged> {
    pages: Pages<R>,
    given: HashSet<Identity>,
    ready: VecDeque<<R::Data as Page>::Item>,
}

impl<R: Paged> Items<R> {
    /// Starts with another page than the first; see [`Pages::starting_at`].
    pub fn starting_at(self, page: u32) -> Self {
        Self { pages: self.pages.starting_at(page), ..self }
    }

    /// Fetches so many pages at a time; see [`Pages::read_ahead`].
    pub fn read_ahead(self, pages: usize) -> Self {
        Self { pages: self.pages.read_ahead(pages), ..self }
    }
}

impl<R: Paged> Stream for Items<R> {
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

// Neither holds anything that is pinned in place: the futures in flight are boxed.
impl<R: Paged> Unpin for Pages<R> {}
impl<R: Paged> Unpin for Items<R> {}
