//! Tests of pagination against a model of the service, with any number of rows, any page size, rows that are added and
//! removed while they are listed, and wrong counters.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex};

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt};
use proptest::prelude::*;
use reqwest::header::HeaderMap;
use reqwest::{Request, StatusCode};
use serde_json::{Value, json};
use zapmail_sdk::builder::ListMailboxes;
use zapmail_sdk::types::{Mailbox, MailboxPage};
use zapmail_sdk::{BufferedResponse, Client, Operation, Transport};

use super::Paged;
use super::progress::NewItems;
use crate::{ErrorKind, Result};

/// A list of domains, each with one mailbox, that is paginated like the service's.
#[derive(Debug, Clone)]
struct Model {
    rows: Vec<u32>,
    /// The change of the rows before each request, in reverse order.
    changes: Vec<Change>,
    /// Whether the rows no longer change once the first page is requested again.
    is_stable_later: bool,
    counters: Counters,
    /// The pages that are returned repeatedly, instead of the requested ones.
    cycle: Vec<u32>,
    /// Whether the rows of each page are rotated by the page number.
    is_shuffled: bool,
    /// The page on which the list of rows is null.
    null_at: Option<u32>,
    /// The first of the pages that fail.
    fails_at: Option<u32>,
    requested: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
enum Change {
    None,
    /// Adds a row at the end.
    Add,
    Remove(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counters {
    Numbers,
    Texts,
    /// `totalPages` is missing.
    Missing,
    /// Each page reports that one more page follows.
    Growing,
    /// `currentPage` is larger than the total.
    WrongCurrent,
    /// The reported number of rows is that of the page.
    OfPage,
    /// The number of rows is reported on the first page only.
    OnFirstPage,
}

impl Model {
    fn of(rows: u32) -> Self {
        Self {
            rows: (0..rows).collect(),
            changes: Vec::new(),
            is_stable_later: false,
            counters: Counters::Numbers,
            cycle: Vec::new(),
            is_shuffled: false,
            null_at: None,
            fails_at: None,
            requested: Vec::new(),
        }
    }

    fn respond(&mut self, page: u32, limit: u32) -> (StatusCode, Value) {
        if self.is_stable_later && page == 1 && !self.requested.is_empty() {
            self.changes.clear();
        }
        self.requested.push(page);
        match self.changes.pop().unwrap_or(Change::None) {
            Change::None => {}
            Change::Add => self.rows.push(self.rows.iter().max().map_or(0, |last| last + 1)),
            Change::Remove(index) if !self.rows.is_empty() => {
                self.rows.remove(index % self.rows.len());
            }
            Change::Remove(_) => {}
        }
        if self.fails_at.is_some_and(|at| page >= at) {
            return (StatusCode::INTERNAL_SERVER_ERROR, json!({"status": 500, "message": "Internal error"}));
        }
        let requested = page;
        let page = self.cycle.get((page as usize - 1) % self.cycle.len().max(1)).copied().unwrap_or(page);
        let skip = usize::try_from((page - 1) * limit).unwrap();
        let mut rows: Vec<_> =
            self.rows.iter().skip(skip).take(usize::try_from(limit).unwrap()).copied().map(domain).collect();
        if self.is_shuffled && !rows.is_empty() {
            let by = requested as usize % rows.len();
            rows.rotate_left(by);
        }
        let rows = if self.null_at == Some(requested) { Value::Null } else { rows.into() };
        let total = u32::try_from(self.rows.len()).unwrap().div_ceil(limit);
        let data = match self.counters {
            Counters::Numbers => {
                let count = self.rows.len();
                json!({"totalSearchedCount": count, "currentPage": page, "nextPage": page + 1, "totalPages": total, "domains": rows})
            }
            Counters::Texts => {
                json!({"currentPage": page.to_string(), "nextPage": (page + 1).to_string(), "totalPages": total.to_string(), "domains": rows})
            }
            Counters::Growing => json!({"currentPage": requested, "totalPages": requested + 1, "domains": rows}),
            Counters::Missing => json!({"nextPage": page + 1, "domains": rows}),
            Counters::OfPage => {
                json!({"totalSearchedCount": rows.as_array().map(Vec::len), "totalPages": total, "domains": rows})
            }
            Counters::OnFirstPage => {
                let count = (page == 1).then_some(self.rows.len());
                json!({"totalSearchedCount": count, "totalPages": total, "domains": rows})
            }
            Counters::WrongCurrent => json!({"currentPage": 99, "totalPages": total, "domains": rows}),
        };
        (StatusCode::OK, json!({"status": 200, "data": data}))
    }
}

fn domain(row: u32) -> Value {
    let id = format!("00000000-0000-4000-8000-{row:012}");
    let mailbox =
        json!({"id": format!("00000000-0000-4000-9000-{row:012}"), "username": "dana", "domain": "acme.example"});
    json!({"id": id, "mailboxes": [mailbox]})
}

/// Returns the number of the row that a mailbox belongs to.
fn row(mailbox: &Mailbox) -> u32 {
    mailbox.id.to_string()[24..].parse().unwrap()
}

/// Responds from the model, without a network.
#[derive(Debug, Clone)]
struct Service(Arc<Mutex<Model>>);

impl Transport for Service {
    fn send<'a>(&'a self, request: Request, _: &'static Operation) -> BoxFuture<'a, Result<BufferedResponse>> {
        let query: Vec<_> = request.url().query_pairs().into_owned().collect();
        let number =
            |name: &str| query.iter().find(|(key, _)| key == name).map_or(1, |(_, value)| value.parse().unwrap());
        let (page, limit) = (number("page"), number("limit"));
        async move {
            // Lets other requests run, as on a network.
            tokio::task::yield_now().await;
            let (status, body) = self.0.lock().unwrap().respond(page, limit);
            Ok(BufferedResponse::new(status, HeaderMap::new(), body.to_string()))
        }
        .boxed()
    }
}

struct Listing {
    client: Client,
    model: Arc<Mutex<Model>>,
}

impl Listing {
    fn of(model: Model) -> Self {
        let model = Arc::new(Mutex::new(model));
        let client = Client::from_transport("http://127.0.0.1:9", Service(Arc::clone(&model))).unwrap();
        Self { client, model }
    }

    fn request(&self, limit: u32) -> ListMailboxes {
        self.client.list_mailboxes().limit(limit)
    }

    /// Returns the numbers of the requested pages.
    fn requested(&self) -> Vec<u32> {
        self.model.lock().unwrap().requested.clone()
    }

    /// Returns the remaining rows.
    fn rows(&self) -> Vec<u32> {
        self.model.lock().unwrap().rows.clone()
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn items(listing: &Listing, limit: u32, ahead: usize) -> Vec<u32> {
    let mailboxes: Vec<Mailbox> = run(listing.request(limit).items().read_ahead(ahead).collect()).unwrap();
    mailboxes.iter().map(row).collect()
}

fn counters() -> impl Strategy<Value = Counters> {
    prop_oneof![Just(Counters::Numbers), Just(Counters::Texts), Just(Counters::Missing), Just(Counters::WrongCurrent)]
}

proptest! {
    #[test]
    fn items_yield_every_row_once_in_order(rows in 0..60u32, limit in 1..12u32, ahead in 1..6usize, counters in counters()) {
        let model = Model { counters, ..Model::of(rows) };
        prop_assert_eq!(items(&Listing::of(model), limit, ahead), (0..rows).collect::<Vec<_>>());
    }

    #[test]
    fn items_with_rows_added_while_listing_miss_no_row(rows in 1..40u32, limit in 1..9u32, ahead in 1..6usize, adds in prop::collection::vec(any::<bool>(), 0..20)) {
        let changes = adds.iter().map(|add| if *add { Change::Add } else { Change::None }).collect();
        let yielded = items(&Listing::of(Model { changes, ..Model::of(rows) }), limit, ahead);
        let distinct: HashSet<_> = yielded.iter().collect();
        prop_assert_eq!(distinct.len(), yielded.len(), "a row was yielded twice");
        prop_assert!((0..rows).all(|row| distinct.contains(&row)), "a row that existed from the start is missing");
    }

    #[test]
    fn items_with_rows_removed_while_listing_miss_no_row(
        rows in 1..40u32,
        limit in 1..9u32,
        ahead in 1..6usize,
        removed in prop::collection::vec(prop::option::of(any::<usize>()), 0..20),
    ) {
        let changes = removed.iter().map(|index| index.map_or(Change::None, Change::Remove)).collect();
        let listing = Listing::of(Model { changes, is_stable_later: true, ..Model::of(rows) });
        let yielded = items(&listing, limit, ahead);
        let distinct: BTreeSet<_> = yielded.iter().copied().collect();
        prop_assert_eq!(distinct.len(), yielded.len(), "a row was yielded twice");
        let missing: Vec<_> = listing.rows().into_iter().filter(|row| !distinct.contains(row)).collect();
        prop_assert!(missing.is_empty(), "rows are missing: {:?}", missing);
    }

    #[test]
    fn items_with_rows_removed_repeatedly_have_no_duplicates_and_end(
        rows in 1..40u32,
        limit in 1..9u32,
        ahead in 1..6usize,
        removed in prop::collection::vec(any::<usize>(), 0..60),
    ) {
        let changes = removed.into_iter().map(Change::Remove).collect();
        let listing = Listing::of(Model { changes, ..Model::of(rows) });
        let yielded = items(&listing, limit, ahead);
        prop_assert_eq!(yielded.iter().collect::<BTreeSet<_>>().len(), yielded.len(), "a row was yielded twice");
        let pages = usize::try_from(rows.div_ceil(limit)).unwrap();
        prop_assert!(listing.requested().len() <= 3 * pages, "{:?}", listing.requested());
    }

    #[test]
    fn error_follows_items_of_earlier_pages(rows in 20..40u32, limit in 1..9u32, fails_at in 1..4u32, ahead in 1..6usize) {
        let listing = Listing::of(Model { fails_at: Some(fails_at), ..Model::of(rows) });
        let outcome: Vec<Result<Mailbox>> = run(StreamExt::collect(listing.request(limit).items().read_ahead(ahead)));
        let (error, before) = outcome.split_last().unwrap();
        let before: Vec<_> = before.iter().map(|mailbox| row(mailbox.as_ref().unwrap())).collect();
        prop_assert_eq!(before, (0..(fails_at - 1) * limit).collect::<Vec<_>>());
        prop_assert_eq!(error.as_ref().unwrap_err().kind(), ErrorKind::Server);
    }

    #[test]
    fn items_starting_at_page_yield_remaining_rows(rows in 0..60u32, limit in 1..12u32, start in 1..8u32) {
        let listing = Listing::of(Model::of(rows));
        let mailboxes: Vec<Mailbox> = run(listing.request(limit).items().starting_at(start).collect()).unwrap();
        let expected: Vec<_> = ((start - 1) * limit..rows).collect();
        prop_assert_eq!(mailboxes.iter().map(row).collect::<Vec<_>>(), expected);
    }
}

/// Lists a model until an error. Returns the kind of the error, the number of items before it, and the number of
/// requests.
fn list_until_error(model: Model) -> (ErrorKind, usize, usize) {
    let listing = Listing::of(model);
    let outcome: Vec<Result<Mailbox>> = run(StreamExt::collect(listing.request(10).items().read_ahead(1)));
    let (error, before) = outcome.split_last().unwrap();
    assert!(before.iter().all(Result::is_ok));
    (error.as_ref().unwrap_err().kind(), before.len(), listing.requested().len())
}

#[test]
fn list_that_does_not_advance_is_an_error() {
    for is_shuffled in [false, true] {
        for (cycle, items) in [(vec![1], 10), (vec![1, 2], 20), (vec![1, 2, 3], 30)] {
            for (counters, requests) in [(Counters::Missing, cycle.len() + 1), (Counters::Growing, cycle.len() + 4)] {
                let model = Model { cycle: cycle.clone(), is_shuffled, counters, ..Model::of(30) };
                assert_eq!(
                    list_until_error(model),
                    (ErrorKind::RepeatedPage, items, requests),
                    "{cycle:?} {counters:?}"
                );
            }
        }
    }
}

/// Each page contains a different selection of the same few rows.
#[test]
fn several_pages_without_new_item_are_an_error() {
    let mut items = NewItems::default();
    let new = [10, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    assert!(new.iter().all(|new| items.check(*new).is_ok()));
    assert_eq!(items.check(0).unwrap_err().kind(), ErrorKind::RepeatedPage);
}

/// The counters differ in the same way each time that the list is read.
#[test]
fn counters_that_always_differ_cost_one_more_pass() {
    let listing = Listing::of(Model { counters: Counters::OfPage, ..Model::of(25) });
    assert_eq!(items(&listing, 10, 1), (0..25).collect::<Vec<_>>());
    assert_eq!(listing.requested(), [1, 2, 3, 1, 2, 3]);
}

#[test]
fn counter_missing_on_some_pages_is_ignored() {
    let listing = Listing::of(Model { counters: Counters::OnFirstPage, ..Model::of(25) });
    assert_eq!(items(&listing, 10, 1), (0..25).collect::<Vec<_>>());
    assert_eq!(listing.requested(), [1, 2, 3]);
}

#[test]
fn list_that_changes_is_read_again_for_missed_rows() {
    // Row 10 moves to page 1 after page 1 was read.
    let changes = vec![Change::Remove(0), Change::None];
    let listing = Listing::of(Model { changes, ..Model::of(30) });
    let yielded = items(&listing, 10, 1);
    assert_eq!((yielded.len(), *yielded.last().unwrap()), (30, 10));
    assert_eq!(listing.requested(), [1, 2, 3, 1, 2, 3]);
    // Without counters, the change is not detected.
    let changes = vec![Change::Remove(0), Change::None];
    let listing = Listing::of(Model { changes, counters: Counters::Missing, ..Model::of(30) });
    assert_eq!(items(&listing, 10, 1).len(), 29);
}

#[test]
fn null_list_on_page_with_counted_rows_is_an_error() {
    for (null_at, expected) in [(1, 0), (2, 10), (3, 20)] {
        let (kind, before, _) = list_until_error(Model { null_at: Some(null_at), ..Model::of(30) });
        assert_eq!((kind, before), (ErrorKind::Decode, expected), "{null_at}");
    }
    // The only page of a list may be empty.
    let empty = Listing::of(Model { null_at: Some(1), ..Model::of(1) });
    assert!(items(&empty, 10, 1).is_empty());
}

#[test]
fn pages_after_the_first_are_fetched_concurrently() {
    let listing = Listing::of(Model::of(100));
    let mut pages = listing.request(10).pages().read_ahead(3);
    run(async {
        pages.next().await.unwrap().unwrap();
        assert_eq!(listing.requested(), [1], "the number of pages is not known yet");
        pages.next().await.unwrap().unwrap();
        assert_eq!(listing.requested(), [1, 2, 3, 4]);
        drop(pages);
        tokio::task::yield_now().await;
        assert_eq!(listing.requested(), [1, 2, 3, 4], "dropping the stream stops the fetching");
    });
}

#[test]
fn empty_list_has_one_page_with_counters() {
    let listing = Listing::of(Model::of(0));
    let pages: Vec<MailboxPage> = run(listing.request(10).pages().collect()).unwrap();
    assert_eq!(pages.len(), 1);
    assert_eq!(pages[0].total_pages.as_ref().and_then(zapmail_sdk::NumberOrText::as_i64), Some(0));
    assert_eq!(listing.requested(), [1]);
}

#[test]
fn full_last_page_without_total_costs_one_more_request() {
    let listing = Listing::of(Model { counters: Counters::Missing, ..Model::of(20) });
    let pages: Vec<MailboxPage> = run(listing.request(10).pages().collect()).unwrap();
    assert_eq!(pages.len(), 2, "the empty page only marks the end of the list");
    assert_eq!(listing.requested(), [1, 2, 3]);
}

#[test]
fn streams_are_send_and_unpin() {
    fn sendable<T: Send + Unpin + 'static>(_: T) {}
    let listing = Listing::of(Model::of(1));
    sendable(listing.request(10).pages());
    sendable(listing.request(10).items());
}
