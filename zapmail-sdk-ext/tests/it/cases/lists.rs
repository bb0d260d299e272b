//! A. Lists and pagination: a list ends where the service ends it, regardless of the counters.

use std::collections::BTreeSet;

use futures::StreamExt;
use serde_json::{Value, json};
use zapmail_sdk_ext::prelude::*;
use zapmail_sdk_ext::types::{DomainSearch, RenewableDomainSearch};
use zapmail_sdk_ext::{ErrorKind, PAGED, PageRequest, Zapmail, operations};

use super::service::{Reply, Service};

/// The domains with these numbers.
fn rows(numbers: impl IntoIterator<Item = u32>) -> String {
    let rows = numbers.into_iter().map(|number| format!(r#"{{"id":"00000000-0000-4000-8000-{number:012}"}}"#));
    rows.collect::<Vec<_>>().join(",")
}

/// C1: `nextPage` is 2 on the only page.
#[tokio::test(start_paused = true)]
async fn list_with_endless_next_page_is_read_once() {
    let service = Service::replying([Reply::data(
        r#"{"totalSearchedCount":1,"currentPage":1,"nextPage":2,"totalPages":1,"domains":[{"id":"7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e","domain":"acme-example.com","status":"ACTIVE"}]}"#,
    )]);
    let domains = service.client().list_domains().limit(100_u32).items().collect().await.unwrap();
    assert_eq!(domains.len(), 1);
    assert_eq!(domains[0].domain.as_deref(), Some("acme-example.com"));
    assert_eq!(service.queries(), ["limit=100&page=1"]);
}

/// C2: an empty list has a `nextPage`.
#[tokio::test(start_paused = true)]
async fn empty_list_with_next_page_has_no_rows() {
    let empty = r#"{"totalSearchedCount":0,"currentPage":1,"nextPage":2,"totalPages":0,"data":[]}"#;
    let service = Service::replying([Reply::data(empty)]);
    let requests = service.client().list_connection_requests().items().collect().await.unwrap();
    assert_eq!((requests.len(), service.count()), (0, 1));
}

/// C3: `totalPages` is missing on every page.
#[tokio::test(start_paused = true)]
async fn list_without_total_pages_is_read_until_an_empty_page() {
    let service = Service::responding(|sent, _| {
        Reply::data(match sent.page() {
            1 => format!(r#"{{"currentPage":1,"nextPage":2,"domains":[{}]}}"#, rows(0..100)),
            2 => format!(r#"{{"currentPage":2,"nextPage":3,"domains":[{}]}}"#, rows(100..103)),
            _ => r#"{"currentPage":3,"nextPage":4,"domains":[]}"#.to_owned(),
        })
    });
    let domains = service.client().list_domains().limit(100_u32).items().collect().await.unwrap();
    assert_eq!((domains.len(), service.count()), (103, 3));
}

/// C4: the second of three pages fails on every attempt.
#[tokio::test(start_paused = true)]
async fn failed_page_ends_list_with_an_error_after_the_preceding_rows() {
    let service = Service::responding(|sent, _| match sent.page() {
        2 => Reply::json(500, r#"{"status":500,"message":"Internal server error"}"#),
        page => {
            let rows = rows(page * 10..page * 10 + 10);
            let next = page + 1;
            Reply::data(format!(r#"{{"currentPage":{page},"nextPage":{next},"totalPages":3,"domains":[{rows}]}}"#))
        }
    });
    let mut domains = service.client().list_domains().items();
    for _ in 0..10 {
        assert!(domains.next().await.unwrap().is_some());
    }
    let error = domains.next().await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (ErrorKind::Server, Some(500)), "{error}");
    assert_eq!((error.message(), error.attempts()), ("Internal server error", 4));
    assert!(domains.next().await.unwrap().is_none());
    assert_eq!(service.requests().iter().filter(|sent| sent.page() == 2).count(), 4);

    let collected = service.client().list_domains().items().collect().await;
    assert_eq!(collected.unwrap_err().kind(), ErrorKind::Server);
    let collected = service.client().list_domains().pages().collect().await;
    assert_eq!(collected.unwrap_err().kind(), ErrorKind::Server);
}

/// C3 and C4, variants: a page is empty although the service reports that more follow.
#[tokio::test(start_paused = true)]
async fn empty_page_does_not_end_list_if_more_pages_follow() {
    // The pages that have rows, the reported total, the largest number of requests, and the number of rows.
    for (full, total, requests, expected) in [
        (vec![1, 3], 3, 3, 20),
        (vec![2, 3], 3, 3, 20),
        (vec![1, 2, 5], 5, 5, 30),
        (vec![1], 1000, 8, 10),
        (vec![], 3, 3, 0),
    ] {
        for ahead in [1, 4] {
            let full = full.clone();
            let service = Service::responding(move |sent, _| {
                let page = sent.page();
                let rows = if full.contains(&page) { rows(page * 10..page * 10 + 10) } else { String::new() };
                Reply::data(format!(r#"{{"currentPage":{page},"totalPages":{total},"domains":[{rows}]}}"#))
            });
            let domains = service.client().list_domains().items().read_ahead(ahead).collect().await.unwrap();
            assert_eq!(domains.len(), expected, "{total} pages");
            assert!(service.count() <= requests, "{} requests for {total} pages", service.count());
        }
    }
}

/// C3, variant: a page of a list with cursors is empty, although another cursor follows.
#[tokio::test(start_paused = true)]
async fn empty_page_does_not_end_list_if_a_cursor_follows() {
    // The pages that have rows, the number of cursors, and the number of rows.
    for (full, cursors, expected) in [(vec![1], 2, 2), (vec![0, 3], 5, 4), (vec![], 1000, 0)] {
        let service = Service::responding(move |_, index| {
            let rows = if full.contains(&index) {
                vec![json!({"id": 2 * index}), json!({"id": 2 * index + 1})]
            } else {
                vec![]
            };
            let cursor = (index < cursors).then_some(index + 1);
            Reply::json(200, json!({"data": rows, "pagination": {"nextCursor": cursor}}).to_string())
        });
        let emails = service.client().list_emails().items().collect().await.unwrap();
        assert_eq!(emails.len(), expected, "{:?}", service.queries());
        assert!(service.count() <= 6, "{:?}", service.queries());
    }
}

/// The number of items of a list that is read with only the required options.
async fn number_of_items(zapmail: &Zapmail, operation: &str) -> usize {
    async fn count<R: PageRequest>(list: R) -> usize {
        list.items().collect().await.unwrap().len()
    }
    match operation {
        "list_assignable_domains" => count(zapmail.list_assignable_domains()).await,
        "list_connected_accounts" => count(zapmail.list_connected_accounts()).await,
        "list_connection_requests" => count(zapmail.list_connection_requests()).await,
        "list_domains" => count(zapmail.list_domains()).await,
        "list_emails" => count(zapmail.list_emails()).await,
        "list_high_reputation_domains" => count(zapmail.list_high_reputation_domains()).await,
        "list_mailboxes" => count(zapmail.list_mailboxes()).await,
        "list_placement_orders" => count(zapmail.list_placement_orders()).await,
        // The service requires the limit.
        "list_prewarmed_domains" => count(zapmail.list_prewarmed_domains().limit(10_u32)).await,
        "list_renewable_domains" => count(zapmail.list_renewable_domains().body(RenewableDomainSearch::new())).await,
        "list_workspaces" => count(zapmail.list_workspaces()).await,
        "search_domains" => count(zapmail.search_domains().body(DomainSearch::new())).await,
        other => panic!("`{other}` is a list that this test does not know"),
    }
}

/// Sets the value at a JSON pointer, and creates missing objects.
fn set(value: &mut Value, pointer: &str, new: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = parent.split('/').skip(1).fold(value, |value, name| &mut value[name]);
    parent[name] = new;
}

/// A page of 10 rows, and a page of 3 rows, with the counters of the operation.
fn page_of(operation: &str, page: u32) -> Value {
    let paging = operations::find(operation).unwrap().paging.unwrap();
    let numbers = match page {
        1 => 0..10,
        2 => 10..13,
        _ => 0..0,
    };
    let row = |number: u32| {
        let id = format!("00000000-0000-4000-8000-{number:012}");
        let name = format!("acme-{number}.example");
        json!({"id": id, "domainName": name, "emailAccount": format!("dana@{name}"), "mailboxes": [{"id": id}]})
    };
    let mut body = json!({"status": 200, "message": "ok"});
    set(&mut body, paging.rows, numbers.map(row).collect());
    let counters = [(paging.current, json!(page)), (paging.total, json!(2)), (paging.more, json!(page < 2))];
    for (pointer, counter) in counters {
        if let Some(pointer) = pointer {
            set(&mut body, pointer, counter);
        }
    }
    if paging.cursor.is_some() && page < 2 {
        set(&mut body, "/pagination/nextCursor", json!(page + 1));
    }
    body
}

/// C5: a list without options has more rows than its first page.
#[tokio::test(start_paused = true)]
async fn every_list_without_options_yields_the_rows_of_all_pages() {
    for operation in PAGED {
        let service = Service::responding(|sent, _| {
            let cursor = sent.parameter("cursor").map(|cursor| cursor.parse::<f64>().unwrap() as u32);
            Reply::json(200, page_of(sent.operation, cursor.unwrap_or_else(|| sent.page())).to_string())
        });
        assert_eq!(number_of_items(&service.client(), operation).await, 13, "{operation}");
    }
}

/// A domain with mailboxes that have these numbers.
fn domain_with(id: &str, mailboxes: impl IntoIterator<Item = u32>) -> String {
    format!(r#"{{"id":"{id}","mailboxes":[{}]}}"#, rows(mailboxes))
}

/// C6: the pages count domains, and the rows are mailboxes.
#[tokio::test(start_paused = true)]
async fn list_that_pages_by_domain_yields_all_mailboxes() {
    let service = Service::responding(|sent, _| {
        let domains = match sent.page() {
            1 => [
                domain_with("7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e", 0..4),
                domain_with("8c3f0e21-5d60-4b7c-8e9f-2a3b4c5d6e7f", 4..5),
            ]
            .join(","),
            2 => domain_with("9d4a1f32-6e71-4c8d-9fa0-3b4c5d6e7f80", 5..9),
            other => panic!("page {other} was requested"),
        };
        let page = sent.page();
        let counters = format!(r#""totalSearchedCount":3,"totalPages":2,"currentPage":{page},"nextPage":{}"#, page + 1);
        Reply::data(format!(r#"{{{counters},"domains":[{domains}]}}"#))
    });
    let mailboxes = service.client().list_mailboxes().limit(2_u32).items().collect().await.unwrap();
    assert_eq!(mailboxes.len(), 9);
    assert_eq!(service.queries(), ["limit=2&page=1", "limit=2&page=2"]);
}

/// One of two pages, with two domains.
fn moving(page: u32, ids: [&str; 2]) -> Reply {
    let [first, second] = ids;
    let rows = format!(r#"{{"id":"{first}"}},{{"id":"{second}"}}"#);
    Reply::data(format!(r#"{{"currentPage":{page},"nextPage":{},"totalPages":2,"domains":[{rows}]}}"#, page + 1))
}

const FIRST: &str = "7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e";
const SECOND: &str = "8c3f0e21-5d60-4b7c-8e9f-2a3b4c5d6e7f";
const THIRD: &str = "9d4a1f32-6e71-4c8d-9fa0-3b4c5d6e7f80";

/// C7: a row moves to the next page while the list is read.
#[tokio::test(start_paused = true)]
async fn row_that_moves_between_pages_is_yielded_once() {
    let service = Service::responding(|sent, _| {
        moving(sent.page(), if sent.page() == 1 { [FIRST, SECOND] } else { [SECOND, THIRD] })
    });
    let domains = service.client().list_domains().items().collect().await.unwrap();
    let ids: Vec<_> = domains.iter().map(|domain| domain.id.as_str()).collect();
    assert_eq!(ids, [FIRST, SECOND, THIRD]);
    assert_eq!(service.count(), 2);
}

/// C7, variant: the second page is identical to the first.
#[tokio::test(start_paused = true)]
async fn identical_second_page_ends_list_with_an_error() {
    let service = Service::responding(|sent, _| moving(sent.page(), [FIRST, SECOND]));
    let outcome: Vec<_> = StreamExt::collect(service.client().list_domains().items()).await;
    let (error, rows) = outcome.split_last().unwrap();
    assert_eq!(rows.iter().filter(|row| row.is_ok()).count(), 2);
    assert_eq!(error.as_ref().unwrap_err().kind(), ErrorKind::RepeatedPage);
    assert_eq!(service.count(), 2);
}

/// C8: `take` and `skip` have no effect.
#[tokio::test(start_paused = true)]
async fn pagination_sends_only_page_and_limit() {
    let service = Service::responding(|sent, _| Reply::json(200, page_of("list_domains", sent.page()).to_string()));
    service.client().list_domains().limit(10_u32).items().collect().await.unwrap();
    assert_eq!(service.queries(), ["limit=10&page=1", "limit=10&page=2"]);
    // No operation has either parameter.
    let document: Value = serde_json::from_str(zapmail_openapi::DOCUMENT).unwrap();
    let items = document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    let parameters = items.flat_map(|operation| operation["parameters"].as_array().cloned().unwrap_or_default());
    let names: BTreeSet<_> = parameters.filter_map(|parameter| Some(parameter["name"].as_str()?.to_owned())).collect();
    assert!(names.contains("limit") && !names.contains("take") && !names.contains("skip"), "{names:?}");
}

/// C9: the service always returns page 1.
#[tokio::test(start_paused = true)]
async fn page_that_never_advances_is_an_error_that_names_the_operation() {
    for ahead in [1, 4] {
        let service = Service::responding(|_, _| {
            Reply::data(format!(r#"{{"currentPage":1,"totalPages":3,"domains":[{}]}}"#, rows(0..10)))
        });
        let error = service.client().list_domains().items().read_ahead(ahead).collect().await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::RepeatedPage, Some("list_domains")));
        assert!(error.to_string().starts_with("list_domains: "), "{error}");
        assert!(service.count() <= 3, "{}", service.count());
    }
}

/// C10: a list has a million pages, and three items are wanted.
#[tokio::test(start_paused = true)]
async fn list_of_a_million_pages_is_not_read_beyond_the_window() {
    let service = Service::responding(|sent, _| {
        let page = sent.page();
        let rows = rows(page * 10..page * 10 + 10);
        Reply::data(format!(r#"{{"currentPage":{page},"totalPages":1000000,"domains":[{rows}]}}"#))
    });
    let zapmail = service.client();
    // The number of items, the pages in flight, and the largest number of requests.
    for (items, ahead, requests) in [(3, 1, 1), (3, 4, 1), (13, 1, 2), (13, 4, 5), (43, 4, 8)] {
        let before = service.count();
        let mut domains = zapmail.list_domains().items().read_ahead(ahead);
        for _ in 0..items {
            domains.next().await.unwrap().unwrap();
        }
        drop(domains);
        tokio::time::sleep(std::time::Duration::from_secs(60)).await;
        let sent = service.count() - before;
        assert!(sent <= requests, "{items} items with {ahead} pages in flight cost {sent} requests");
    }
}
