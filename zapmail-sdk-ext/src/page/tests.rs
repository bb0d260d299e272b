//! Lists against a model of the service: any number of rows, any page size, rows that come and go, counters that lie.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, LazyLock, Mutex};

use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt};
use proptest::prelude::*;
use serde_json::{Value, json};
use zapmail_sdk::types::{Mailbox, MailboxPage};
use zapmail_sdk::{Client, Operation, SharedTransport, Transport};

use super::Paged;
use crate::{ErrorKind, Result};

/// A list of domains, each with one mailbox, that pages as the service does.
#[derive(Debug, Clone)]
struct Model {
    rows: Vec<u32>,
    /// What happens to the rows before each request: a row is added at the end, or taken away.
    changes: Vec<Change>,
    counters: Counters,
    /// Answers this page to every request.
    stuck_at: Option<u32>,
    /// Fails from this page on.
    fails_at: Option<u32>,
    asked: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
enum Change {
    None,
    Add,
    Remove(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counters {
    Numbers,
    Texts,
    /// No `totalPages`.
    Missing,
}

impl Model {
    fn of(rows: u32) -> Self {
        Self {
            rows: (0..rows).collect(),
            changes: Vec::new(),
            counters: Counters::Numbers,
            stuck_at: None,
            fails_at: None,
            asked: Vec::new(),
        }
    }

    fn answer(&mut self, page: u32, limit: u32) -> (u16, Value) {
        self.asked.push(page);
        match self.changes.pop().unwrap_or(Change::None) {
            Change::None => {}
            Change::Add => self.rows.push(self.rows.iter().max().map_or(0, |last| last + 1)),
            Change::Remove(index) if !self.rows.is_empty() => {
                self.rows.remove(index % self.rows.len());
            }
            Change::Remove(_) => {}
        }
        if self.fails_at.is_some_and(|at| page >= at) {
            return (500, json!({"status": 500, "message": "Internal error"}));
        }
        let page = self.stuck_at.unwrap_or(page);
        let skip = usize::try_from((page - 1) * limit).unwrap();
        let rows: Vec<_> =
            self.rows.iter().skip(skip).take(usize::try_from(limit).unwrap()).copied().map(domain).collect();
        let total = u32::try_from(self.rows.len()).unwrap().div_ceil(limit);
        let data = match self.counters {
            Counters::Numbers => {
                json!({"currentPage": page, "nextPage": page + 1, "totalPages": total, "domains": rows})
            }
            Counters::Texts => {
                json!({"currentPage": page.to_string(), "nextPage": (page + 1).to_string(), "totalPages": total.to_string(), "domains": rows})
            }
            Counters::Missing => json!({"nextPage": page + 1, "domains": rows}),
        };
        (200, json!({"status": 200, "data": data}))
    }
}

fn domain(row: u32) -> Value {
    let id = format!("00000000-0000-4000-8000-{row:012}");
    let mailbox =
        json!({"id": format!("00000000-0000-4000-9000-{row:012}"), "username": "dana", "domain": "acme.example"});
    json!({"id": id, "mailboxes": [mailbox]})
}

/// The number of the row that a mailbox belongs to.
fn row(mailbox: &Mailbox) -> u32 {
    mailbox.id.to_string()[24..].parse().unwrap()
}

/// Answers from the model, without a network.
#[derive(Debug, Clone)]
struct Service(Arc<Mutex<Model>>);

impl Transport for Service {
    fn send<'a>(
        &'a self,
        _: &'a reqwest::Client,
        request: reqwest::Request,
        _: &'static Operation,
    ) -> BoxFuture<'a, reqwest::Result<reqwest::Response>> {
        let query: Vec<_> = request.url().query_pairs().into_owned().collect();
        let number =
            |name: &str| query.iter().find(|(key, _)| key == name).map_or(1, |(_, value)| value.parse().unwrap());
        let (page, limit) = (number("page"), number("limit"));
        let model = Arc::clone(&self.0);
        async move {
            // Other requests get their turn, as on a network.
            tokio::task::yield_now().await;
            let (status, body) = model.lock().unwrap().answer(page, limit);
            Ok(http::Response::builder().status(status).body(body.to_string()).unwrap().into())
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
        let transport = SharedTransport::new(Service(Arc::clone(&model)));
        // Never used: the model answers. Making one takes longer than a whole test.
        static HTTP: LazyLock<reqwest::Client> = LazyLock::new(|| zapmail_sdk::http_client().unwrap().build().unwrap());
        Self { client: Client::new_with_client("http://127.0.0.1:9", HTTP.clone(), transport), model }
    }

    fn request(&self, limit: u32) -> zapmail_sdk::builder::ListMailboxes<'_> {
        self.client.list_mailboxes().limit(limit)
    }

    fn asked(&self) -> Vec<u32> {
        self.model.lock().unwrap().asked.clone()
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

fn items(model: Model, limit: u32, ahead: usize) -> Vec<u32> {
    let listing = Listing::of(model);
    let mailboxes: Vec<Mailbox> = run(listing.request(limit).items().read_ahead(ahead).try_collect()).unwrap();
    mailboxes.iter().map(row).collect()
}

fn counters() -> impl Strategy<Value = Counters> {
    prop_oneof![Just(Counters::Numbers), Just(Counters::Texts), Just(Counters::Missing)]
}

proptest! {
    #[test]
    fn every_row_is_given_once_and_in_order(rows in 0..60u32, limit in 1..12u32, ahead in 1..6usize, counters in counters()) {
        let model = Model { counters, ..Model::of(rows) };
        prop_assert_eq!(items(model, limit, ahead), (0..rows).collect::<Vec<_>>());
    }

    #[test]
    fn rows_that_are_added_meanwhile_cost_none_that_were_there(rows in 1..40u32, limit in 1..9u32, ahead in 1..6usize, adds in prop::collection::vec(any::<bool>(), 0..20)) {
        let changes = adds.iter().map(|add| if *add { Change::Add } else { Change::None }).collect();
        let given = items(Model { changes, ..Model::of(rows) }, limit, ahead);
        let distinct: HashSet<_> = given.iter().collect();
        prop_assert_eq!(distinct.len(), given.len(), "given twice");
        prop_assert!((0..rows).all(|row| distinct.contains(&row)), "missed one that was there from the start");
    }

    #[test]
    fn rows_that_vanish_meanwhile_make_no_repeats_and_no_hang(
        rows in 1..40u32,
        limit in 1..9u32,
        ahead in 1..6usize,
        removed in prop::collection::vec(prop::option::of(any::<usize>()), 0..20),
    ) {
        let changes = removed.iter().map(|index| index.map_or(Change::None, Change::Remove)).collect();
        let given = items(Model { changes, ..Model::of(rows) }, limit, ahead);
        let distinct: BTreeSet<_> = given.iter().copied().collect();
        prop_assert_eq!(distinct.into_iter().collect::<Vec<_>>(), given, "given twice or out of order");
    }

    #[test]
    fn an_error_comes_after_the_rows_before_it(rows in 20..40u32, limit in 1..9u32, fails_at in 1..4u32, ahead in 1..6usize) {
        let listing = Listing::of(Model { fails_at: Some(fails_at), ..Model::of(rows) });
        let outcome: Vec<Result<Mailbox>> = run(listing.request(limit).items().read_ahead(ahead).collect());
        let (error, before) = outcome.split_last().unwrap();
        let before: Vec<_> = before.iter().map(|mailbox| row(mailbox.as_ref().unwrap())).collect();
        prop_assert_eq!(before, (0..(fails_at - 1) * limit).collect::<Vec<_>>());
        prop_assert!(error.is_err());
    }

    #[test]
    fn a_list_can_start_in_the_middle(rows in 0..60u32, limit in 1..12u32, start in 1..8u32) {
        let listing = Listing::of(Model::of(rows));
        let mailboxes: Vec<Mailbox> = run(listing.request(limit).items().starting_at(start).try_collect()).unwrap();
        let expected: Vec<_> = ((start - 1) * limit..rows).collect();
        prop_assert_eq!(mailboxes.iter().map(row).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_service_that_ignores_the_page_is_noticed() {
    for counters in [Counters::Numbers, Counters::Missing] {
        let listing = Listing::of(Model { stuck_at: Some(1), counters, ..Model::of(30) });
        let mut pages = listing.request(10).pages();
        let (first, second, third) = run(async { (pages.next().await, pages.next().await, pages.next().await) });
        assert!(first.unwrap().is_ok());
        assert_eq!(second.unwrap().unwrap_err().kind(), ErrorKind::Paging);
        assert!(third.is_none());
    }
}

#[test]
fn the_pages_behind_the_first_are_on_their_way_together() {
    let listing = Listing::of(Model::of(100));
    let mut pages = listing.request(10).pages().read_ahead(3);
    run(async {
        pages.next().await.unwrap().unwrap();
        assert_eq!(listing.asked(), [1], "nobody knows yet how many there are");
        pages.next().await.unwrap().unwrap();
        assert_eq!(listing.asked(), [1, 2, 3, 4]);
        drop(pages);
        tokio::task::yield_now().await;
        assert_eq!(listing.asked(), [1, 2, 3, 4], "dropping stops the work");
    });
}

#[test]
fn an_empty_list_has_one_page_with_its_counters() {
    let listing = Listing::of(Model::of(0));
    let pages: Vec<MailboxPage> = run(listing.request(10).pages().try_collect()).unwrap();
    assert_eq!(pages.len(), 1);
    assert_eq!(pages[0].total_pages.as_ref().and_then(zapmail_sdk::Numeric::as_i64), Some(0));
    assert_eq!(listing.asked(), [1]);
}

#[test]
fn a_full_last_page_without_a_total_costs_one_request_more() {
    let listing = Listing::of(Model { counters: Counters::Missing, ..Model::of(20) });
    let pages: Vec<MailboxPage> = run(listing.request(10).pages().try_collect()).unwrap();
    assert_eq!(pages.len(), 2, "the empty page only tells that the list is over");
    assert_eq!(listing.asked(), [1, 2, 3]);
}

#[test]
fn streams_can_be_sent_and_moved() {
    fn sendable<T: Send + Unpin>(_: T) {}
    let listing = Listing::of(Model::of(1));
    sendable(listing.request(10).pages());
    sendable(listing.request(10).items());
}
