//! Lists of a service that takes its time, read by a program that takes its own.

use std::time::Duration;

use axum::extract::Query;
use axum::routing::get;
use axum::{Json, Router};
use futures::TryStreamExt;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};
use zapmail_sdk_ext::{Quota, Retries, Zapmail, prelude::*};

use crate::clients::{builder, success};

const SECOND: Duration = Duration::from_secs(1);
const PAGES: u32 = 8;

#[derive(Deserialize)]
struct Asked {
    page: u32,
}

/// A list of domains, one a page, each page after a second.
async fn page(Query(Asked { page }): Query<Asked>) -> Json<Value> {
    sleep(SECOND).await;
    let domain = json!({"id": format!("00000000-0000-4000-8000-{page:012}")});
    Json(json!({"status": 200, "data": {"currentPage": page, "totalPages": PAGES, "domains": [domain]}}))
}

/// The service and a client that sends one request a second and repeats none.
async fn service(tasks: &mut JoinSet<()>) -> Zapmail {
    let router = Router::new().route("/v2/domains", get(page)).route("/v2/users", get(|| async { Json(success()) }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tasks.spawn(async move { axum::serve(listener, router).await.unwrap() });
    builder(&url).quota(Quota::per_second(1)).retries(Retries::none()).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_loop_over_a_list_can_make_calls_of_its_own() {
    let mut tasks = JoinSet::new();
    let zapmail = service(&mut tasks).await;
    let started_at = Instant::now();
    let mut domains = zapmail.list_domains().items();
    let mut rows = 0;
    while let Some(_domain) = domains.try_next().await.unwrap() {
        rows += 1;
        timeout(10 * SECOND, zapmail.get_user().call()).await.expect("the pages ahead do not hold it up").unwrap();
    }
    assert_eq!(rows, PAGES);
    // As many calls as pages, one a second.
    assert!(started_at.elapsed() < 18 * SECOND, "{:?}", started_at.elapsed());
}

#[tokio::test(start_paused = true)]
async fn pages_that_were_asked_for_ahead_do_not_age() {
    let mut tasks = JoinSet::new();
    let zapmail = service(&mut tasks).await;
    let mut domains = zapmail.list_domains().items();
    let mut rows = 0;
    while let Some(_domain) = domains.try_next().await.unwrap() {
        rows += 1;
        // Longer than a whole call may take.
        sleep(600 * SECOND).await;
    }
    assert_eq!(rows, PAGES);
}
