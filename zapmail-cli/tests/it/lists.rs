//! Lists that change or do not advance while `--all` reads them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::Query;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::run::{Outcome, zapmail};

/// The query of a request.
#[derive(serde::Deserialize)]
struct Page {
    #[serde(default = "first")]
    page: usize,
}

/// The maximum number of requests of a program that does not notice that a list has no end.
const MAX_REQUESTS: usize = 20;

fn first() -> usize {
    1
}

/// Lists all domains of a service that returns `page(number, position)` as the response to the request at this
/// position. Returns the outcome, and the number of requests.
async fn list(page: impl Fn(usize, usize) -> Value + Clone + Send + Sync + 'static) -> (Outcome, usize) {
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", socket.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&requests);
    let respond = move |Query(query): Query<Page>| {
        let position = counter.fetch_add(1, Ordering::SeqCst);
        let data = if position < MAX_REQUESTS { page(query.page, position) } else { Value::Null };
        async move { Json(json!({"status": 200, "message": "ok", "data": data})) }
    };
    tokio::spawn(async move { axum::serve(socket, Router::new().fallback(respond)).await });
    let run = zapmail().env("ZAPMAIL_API_KEY", "not-a-real-key").env("ZAPMAIL_BASE_URL", url);
    let run = run.line("domains list --all -o csv --columns id");
    let outcome = tokio::task::spawn_blocking(|| run.run()).await.unwrap();
    (outcome, requests.load(Ordering::SeqCst))
}

fn domains(ids: &[usize]) -> Value {
    ids.iter().map(|id| json!({"id": format!("d{id}")})).collect()
}

fn ids(outcome: &Outcome) -> Vec<&str> {
    assert_eq!(outcome.code, 0, "{outcome:?}");
    outcome.stdout.lines().skip(1).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn row_that_moves_to_an_earlier_page_is_not_lost() {
    // After the first request, the first row is removed, so all others move up.
    let page = |number: usize, position: usize| {
        let all: &[usize] = if position == 0 { &[1, 2, 3, 4, 5] } else { &[2, 3, 4, 5] };
        let rows = all.chunks(2).nth(number - 1).unwrap_or_default();
        json!({"domains": domains(rows), "currentPage": number, "totalPages": 3, "totalSearchedCount": all.len()})
    };
    let (outcome, _) = list(page).await;
    let found = ids(&outcome);
    assert!(["d2", "d3", "d4", "d5"].iter().all(|id| found.contains(id)), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn row_on_two_pages_is_listed_once() {
    let page = |number: usize, _| {
        let rows: &[usize] = if number == 1 { &[1, 2] } else { &[2, 3] };
        json!({"domains": domains(rows), "totalPages": 2})
    };
    let (outcome, requests) = list(page).await;
    assert_eq!((ids(&outcome), requests), (vec!["d1", "d2", "d3"], 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn list_that_repeats_its_first_page_fails() {
    let (outcome, requests) = list(|_, _| json!({"domains": domains(&[1, 2])})).await;
    assert!(outcome.failed(1).contains("page 2 repeats earlier pages"), "{outcome:?}");
    assert_eq!((outcome.stdout.as_str(), requests), ("", 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_page_before_the_last_page_does_not_end_the_list() {
    let page = |number: usize, _| {
        let rows: &[usize] = if number == 2 { &[] } else { &[number] };
        json!({"domains": domains(rows), "totalPages": "3"})
    };
    assert_eq!(ids(&list(page).await.0), ["d1", "d3"]);
    // The number of pages can be wrong.
    let (outcome, requests) =
        list(|number, _| json!({"domains": domains(&[1][..usize::from(number == 1)]), "totalPages": 99})).await;
    assert_eq!((ids(&outcome), requests), (vec!["d1"], 5));
}
