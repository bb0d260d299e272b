//! Pagination with a slow service and a slow program.

use std::time::Duration;

use axum::extract;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep, timeout};
use zapmail_sdk_ext::prelude::*;
use zapmail_sdk_ext::{RateLimits, RetryPolicy, Zapmail};

use crate::clients::{builder, success};

const SECOND: Duration = Duration::from_secs(1);
const PAGES: u32 = 8;

#[derive(Deserialize)]
struct Query {
    page: u32,
}

/// A list of domains with one domain per page; each page takes a second.
async fn page(extract::Query(Query { page }): extract::Query<Query>) -> Json<Value> {
    sleep(SECOND).await;
    let domain = json!({"id": format!("00000000-0000-4000-8000-{page:012}")});
    Json(json!({"status": 200, "data": {"currentPage": page, "totalPages": PAGES, "domains": [domain]}}))
}

/// Starts the service, and returns a client that sends one request per second and does not retry.
async fn service() -> Zapmail {
    let router = Router::new().route("/v2/domains", get(page)).route("/v2/users", get(|| async { Json(success()) }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    builder(&url).rate_limits(RateLimits::default().per_second(1)).retry_policy(RetryPolicy::none()).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn loop_over_items_can_make_other_calls() {
    let zapmail = service().await;
    let started_at = Instant::now();
    let mut domains = zapmail.list_domains().items();
    let mut rows = 0;
    while let Some(_domain) = domains.next().await.unwrap() {
        rows += 1;
        timeout(10 * SECOND, zapmail.get_user().send())
            .await
            .expect("pages that are read ahead do not block other calls")
            .unwrap();
    }
    assert_eq!(rows, PAGES);
    // The number of calls equals the number of pages, at one call per second.
    assert!(started_at.elapsed() < 18 * SECOND, "{:?}", started_at.elapsed());
}

#[tokio::test(start_paused = true)]
async fn prefetched_pages_do_not_time_out() {
    let zapmail = service().await;
    let mut domains = zapmail.list_domains().items();
    let mut rows = 0;
    while let Some(_domain) = domains.next().await.unwrap() {
        rows += 1;
        // Longer than the timeout of a call.
        sleep(600 * SECOND).await;
    }
    assert_eq!(rows, PAGES);
}
