//! Pagination: the pages and items of a list as streams.
//!
//! The service reports `nextPage` on every page, including the last one, so it is ignored. A list ends when the number
//! of the requested page reaches the number of pages, or with an empty page after which no more follow. If the service
//! repeats earlier pages or rows, the list would never end, which is reported as an error.

mod progress;
mod seen;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::future::RemoteHandle;
use futures_util::{FutureExt, Stream, StreamExt, TryFutureExt};
use tracing::Instrument;
use zapmail_sdk::operations::Paging;
use zapmail_sdk::{Error, ErrorKind, Page, PageRequest, Response, Result, RowId};

use self::progress::{Counters, NewItems, Progress};
use self::seen::SeenRows;

/// The default number of pages that are prefetched once the total is known.
const READ_AHEAD: usize = 4;

/// The maximum number of times that a list is read if rows are added or removed during iteration.
const MAX_PASSES: u32 = 3;

/// A paginated operation: its response is one page of a list. The builders of all paginated operations implement this
/// trait.
///
/// ```no_run
/// use zapmail_sdk_ext::{Zapmail, prelude::*};
///
/// # async fn example(zapmail: Zapmail) -> zapmail_sdk_ext::Result<()> {
/// let mut mailboxes = zapmail.list_mailboxes().contains("acme").limit(100u32).items();
/// while let Some(mailbox) = mailboxes.next().await? {
///     println!("{}", mailbox.address());
/// }
/// # Ok(())
/// # }
/// ```
pub trait Paged: PageRequest {
    /// Returns the pages, with their counters, as a stream. The first page is returned even if it is empty, and so
    /// is a later page if its counters report that more pages follow.
    ///
    /// The stream sets the number of each page: the parameter `page` applies to `send()` only, and
    /// [`starting_at`](Pages::starting_at) sets the first page of the stream.
    ///
    /// The stream ends after the last page, or after an error: any error of a call, [`ErrorKind::RepeatedPage`] if the
    /// service repeats an earlier page, or [`ErrorKind::Decode`] if a page has no list of rows although its counters
    /// report rows.
    ///
    /// Rows can be missed if others are added or removed during iteration, because the remaining rows may move to a
    /// page that was already read. To detect this, compare [`Page::row_count`] between pages, as [`items`](Self::items)
    /// does.
    fn pages(self) -> Pages<Self> {
        Pages {
            request: self,
            start: 1,
            requested: 0,
            arrived: 0,
            max_in_flight: READ_AHEAD,
            in_flight: VecDeque::new(),
            last: None,
            progress: Progress::default(),
            pass: 1,
            max_passes: 1,
            is_over: false,
        }
    }

    /// Returns the items of all pages as a stream, without duplicates. `list_mailboxes` yields mailboxes, although the
    /// service paginates by domain. `list_workspaces` yields all workspaces, although the service lists the current one
    /// separately.
    ///
    /// If the counters of the pages show that rows were added or removed during iteration, other rows may have moved to
    /// a page that was already read. The list is then read again, up to twice, and the missed items follow at the end.
    /// Items can still be missed if the list changes during each pass, or if one row is added and another removed
    /// between two pages.
    ///
    /// The errors are those of [`pages`](Self::pages). All items before an error are returned first.
    fn items(self) -> Items<Self> {
        let pages = self.pages().until_stable();
        Items { pages, seen: SeenRows::default(), new_items: NewItems::default(), ready: VecDeque::new() }
    }
}

impl<R: PageRequest> Paged for R {}

/// A stream of the pages of a list; see [`Paged::pages`], and [the guide](crate::guide::lists) for an example.
///
/// Pages are fetched in background tasks, so that prefetching continues while the caller processes a row. The stream
/// must be polled inside a Tokio runtime. Dropping the stream cancels the tasks.
#[must_use = "a stream does nothing until it is polled"]
pub struct Pages<R: PageRequest> {
    request: R,
    /// The number of the first page.
    start: u32,
    /// The number of pages that were requested.
    requested: u32,
    /// The number of pages that have arrived.
    arrived: u32,
    /// The maximum number of pages in flight.
    max_in_flight: usize,
    /// The tasks that fetch pages, in order. Dropping a handle cancels its task.
    in_flight: VecDeque<RemoteHandle<Result<Arrived<R::Data>>>>,
    last: Option<LastPage<R>>,
    progress: Progress,
    /// The number of this pass over the list.
    pass: u32,
    /// The maximum number of passes.
    max_passes: u32,
    is_over: bool,
}

/// A page that has arrived.
struct Arrived<P> {
    page: P,
    /// Whether the list of rows is null or missing, as opposed to empty.
    has_no_list: bool,
}

/// The page that arrived last, and what follows it.
struct LastPage<R> {
    /// The number of pages.
    total: Option<u64>,
    /// The request for the next page.
    next_request: Option<R>,
}

impl<R: PageRequest> Pages<R> {
    /// Sets the number of the first page. Defaults to 1.
    pub fn starting_at(self, page: u32) -> Self {
        Self { start: page.max(1), ..self }
    }

    /// Sets how many pages are prefetched once the total is known. Defaults to 4. Pages are returned in order, and
    /// prefetching stays within the rate limits.
    pub fn read_ahead(self, pages: usize) -> Self {
        Self { max_in_flight: pages.max(1), ..self }
    }

    /// Returns the next page; `None` after the last one. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// Any error of a call, [`ErrorKind::RepeatedPage`], or [`ErrorKind::Decode`]; see [`Paged::pages`].
    pub async fn next(&mut self) -> Result<Option<R::Data>> {
        StreamExt::next(self).await.transpose()
    }

    /// Returns all pages.
    ///
    /// # Errors
    ///
    /// The errors of [`next`](Self::next). The pages before the error are lost.
    pub async fn collect(mut self) -> Result<Vec<R::Data>> {
        let mut pages = Vec::new();
        while let Some(page) = self.next().await? {
            pages.push(page);
        }
        Ok(pages)
    }

    /// Reads the list again if rows were added or removed during iteration. The pages of each pass follow those of the
    /// previous pass.
    pub(crate) fn until_stable(self) -> Self {
        Self { max_passes: MAX_PASSES, ..self }
    }

    /// Starts over with the first page if the list has changed. Returns whether it has started over.
    fn start_over_if_changed(&mut self) -> bool {
        if self.pass == self.max_passes || !self.progress.has_changed() {
            return false;
        }
        tracing::debug!(operation = R::OPERATION.id, "the list changed and is read again");
        self.pass += 1;
        self.progress.start_over();
        (self.requested, self.arrived, self.is_over, self.last) = (0, 0, false, None);
        self.in_flight.clear();
        true
    }

    /// Ends the stream after an error, even if the list has changed.
    fn end(&mut self) {
        self.is_over = true;
        self.max_passes = self.pass;
    }

    /// Requests all pages that may be requested now.
    fn request_pages(&mut self, context: &mut Context<'_>) {
        let Some(last) = &mut self.last else {
            if self.requested == 0 {
                let first = self.request.clone().at(self.start, None);
                self.send(first, context);
            }
            return;
        };
        match last.total {
            Some(total) if R::NUMBERED => {
                while self.in_flight.len() < self.max_in_flight && u64::from(self.number(self.requested)) <= total {
                    let next = self.request.clone().at(self.number(self.requested), None);
                    self.send(next, context);
                }
            }
            _ if self.in_flight.is_empty() => {
                if let Some(next) = last.next_request.take() {
                    self.send(next, context);
                }
            }
            _ => {}
        }
    }

    /// Returns the first of the pages in flight once it has arrived.
    fn poll_in_flight(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Arrived<R::Data>>>> {
        let Some(first) = self.in_flight.front_mut() else { return Poll::Ready(None) };
        let page = ready!(first.poll_unpin(context));
        self.in_flight.pop_front();
        Poll::Ready(Some(page))
    }

    fn send(&mut self, request: R, context: &mut Context<'_>) {
        self.requested = self.requested.saturating_add(1);
        let page = request.send_with_response().map_ok(|response| Arrived::of(response, R::OPERATION.paging));
        let (mut page, handle) = page.in_current_span().remote_handle();
        // Poll once, so that pages queue in the rate limiter in order.
        if page.poll_unpin(context).is_pending() {
            tokio::spawn(page);
        }
        self.in_flight.push_back(handle);
    }

    /// Returns the number of the page that follows `previous` other pages.
    fn number(&self, previous: u32) -> u32 {
        self.start.saturating_add(previous)
    }

    /// Checks a page that has arrived, and decides whether another follows. Returns the page, or `None` if it only
    /// marks the end of the list.
    fn accept(&mut self, Arrived { page, has_no_list }: Arrived<R::Data>) -> Option<Result<R::Data>> {
        let number = self.number(self.arrived);
        self.arrived = self.arrived.saturating_add(1);
        let rows = page.row_ids();
        let error = if has_no_list && is_counted(number, page.total()) {
            let message = format!("page {number} has no list of rows, although its counters report rows");
            Some(Error::new(ErrorKind::Decode, message).with_may_have_been_processed(true))
        } else {
            let counters = Counters { pages: page.total(), rows: page.row_count() };
            self.progress.check(number, &rows, counters).err()
        };
        if let Some(error) = error {
            return Some(Err(error.with_operation(R::OPERATION)));
        }
        // The requested page number is used, not the one that the service reports.
        let is_last = self.progress.is_last(&page, number, rows.is_empty());
        if is_last && rows.is_empty() && self.last.is_some() {
            return None;
        }
        let next = number.checked_add(1).filter(|_| !is_last);
        let next_request = match next {
            Some(next) if R::NUMBERED => Some(self.request.clone().at(next, None)),
            Some(next) => page.next_cursor().map(|cursor| self.request.clone().at(next, Some(cursor))),
            None => None,
        };
        self.is_over = next_request.is_none();
        self.last = Some(LastPage { total: page.total(), next_request });
        Some(Ok(page))
    }
}

impl<P: Page> Arrived<P> {
    fn of(response: Response<P>, paging: Option<Paging>) -> Self {
        // The body is parsed a second time, but only for a page without rows.
        let has_no_list = response.data().row_ids().is_empty()
            && paging.is_some_and(|paging| {
                response.body().expose().pointer(paging.rows).is_none_or(serde_json::Value::is_null)
            });
        Self { page: response.into_data(), has_no_list }
    }
}

/// Returns whether a page must have rows according to the number of pages.
fn is_counted(number: u32, total: Option<u64>) -> bool {
    let number = u64::from(number);
    // The number of pages can include the only page of an empty list.
    total.is_some_and(|total| number < total || (number == total && number > 1))
}

impl<R: PageRequest> Stream for Pages<R> {
    type Item = Result<R::Data>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if this.is_over && !this.start_over_if_changed() {
                return Poll::Ready(None);
            }
            this.request_pages(context);
            let returned = match ready!(this.poll_in_flight(context)) {
                Some(Ok(page)) => this.accept(page),
                Some(Err(error)) => Some(Err(error)),
                None => None,
            };
            if matches!(returned, Some(Err(_))) {
                this.end();
            }
            this.is_over |= returned.is_none();
            if this.is_over {
                // Cancel requests for pages after the end of the list or after an error.
                this.in_flight.clear();
            }
            if returned.is_some() {
                return Poll::Ready(returned);
            }
        }
    }
}

impl<R: PageRequest> fmt::Debug for Pages<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Pages")
            .field("operation", &R::OPERATION.id)
            .field("arrived", &self.arrived)
            .field("in_flight", &self.in_flight.len())
            .finish_non_exhaustive()
    }
}

/// A stream of the items of a list; see [`Paged::items`], and [the guide](crate::guide::lists) for an example.
#[must_use = "a stream does nothing until it is polled"]
pub struct Items<R: PageRequest> {
    pages: Pages<R>,
    seen: SeenRows,
    new_items: NewItems,
    ready: VecDeque<<R::Data as Page>::Item>,
}

impl<R: PageRequest> Items<R> {
    /// Sets the number of the first page; see [`Pages::starting_at`].
    pub fn starting_at(self, page: u32) -> Self {
        Self { pages: self.pages.starting_at(page), ..self }
    }

    /// Sets how many pages are prefetched; see [`Pages::read_ahead`].
    pub fn read_ahead(self, pages: usize) -> Self {
        Self { pages: self.pages.read_ahead(pages), ..self }
    }

    /// Returns the next item; `None` after the last one. Dropping the future loses nothing.
    ///
    /// # Errors
    ///
    /// Any error of a call, [`ErrorKind::RepeatedPage`], or [`ErrorKind::Decode`]; see [`Paged::pages`].
    pub async fn next(&mut self) -> Result<Option<<R::Data as Page>::Item>> {
        StreamExt::next(self).await.transpose()
    }

    /// Returns all items.
    ///
    /// ```no_run
    /// use zapmail_sdk_ext::{Zapmail, prelude::*};
    ///
    /// # async fn example(zapmail: Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// let domains = zapmail.list_domains().items().collect().await?;
    /// println!("{} domains", domains.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`next`](Self::next). The items before the error are lost.
    pub async fn collect(mut self) -> Result<Vec<<R::Data as Page>::Item>> {
        let mut items = Vec::new();
        while let Some(item) = self.next().await? {
            items.push(item);
        }
        Ok(items)
    }
}

impl<R: PageRequest> Stream for Items<R> {
    type Item = Result<<R::Data as Page>::Item>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(item) = this.ready.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            match ready!(Pin::new(&mut this.pages).poll_next(context)) {
                Some(Ok(page)) => {
                    let seen = &mut this.seen;
                    this.ready.extend(page.into_items().into_iter().filter(|item| seen.insert(item.row_id())));
                    // Later passes rarely yield new items.
                    if this.pages.pass == 1
                        && let Err(error) = this.new_items.check(this.ready.len())
                    {
                        this.pages.end();
                        return Poll::Ready(Some(Err(error.with_operation(R::OPERATION))));
                    }
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl<R: PageRequest> fmt::Debug for Items<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Items").field("pages", &self.pages).finish_non_exhaustive()
    }
}

// Neither type contains a pinned value: the futures in flight are boxed.
impl<R: PageRequest> Unpin for Pages<R> {}
impl<R: PageRequest> Unpin for Items<R> {}
