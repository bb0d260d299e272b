//! Tests of `Site` with a local server that fails in various ways.

use std::future::IntoFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use tokio::net::TcpListener;
use url::Url;

use crate::drift::site::Site;

/// Starts a site with these routes; retries have no delay.
async fn site(routes: Router) -> Site {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(axum::serve(listener, routes).into_future());
    Site::new(address, Duration::ZERO).unwrap()
}

#[tokio::test]
async fn each_fault_of_a_site_has_its_message() {
    let routes = Router::new()
        .route("/gone.md", get(|| async { StatusCode::NOT_FOUND }))
        .route("/broken.md", get(|| async { StatusCode::BAD_GATEWAY }))
        .route("/round.md", get(|| async { Redirect::temporary("/round.md") }))
        .route("/away.md", get(|| async { Redirect::temporary("http://localhost.invalid/") }))
        .route("/large.md", get(|| async { "x".repeat((5 << 20) + 1) }))
        .route("/bytes.md", get(|| async { vec![0xff_u8, 0xfe] }))
        .route("/moved.md", get(|| async { Redirect::temporary("/fine.md") }))
        .route("/fine.md", get(|| async { "fine" }));
    let site = site(routes).await;
    for (path, words) in [
        ("gone.md", "returned HTTP 404 Not Found"),
        ("broken.md", "returned HTTP 502 Bad Gateway, 4 times"),
        ("round.md", "is redirected more than 5 times"),
        ("away.md", "is redirected to another host, localhost.invalid"),
        ("large.md", "is larger than 5 MiB"),
        ("bytes.md", "is not valid UTF-8"),
    ] {
        assert_eq!(site.read(path).await.unwrap_err(), words, "{path}");
    }
    assert_eq!(site.read("moved.md").await.unwrap(), "fine");
}

#[tokio::test]
async fn unreachable_site_is_reported_after_retries() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let site = Site::new(address, Duration::ZERO).unwrap();
    let fault = site.read("llms.txt").await.unwrap_err();
    assert!(fault.starts_with("cannot be fetched: ") && fault.ends_with(", 4 times"), "{fault}");
}

#[tokio::test]
async fn transient_failure_is_retried() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let page = move || async move {
        match counted.fetch_add(1, Ordering::SeqCst) {
            0 => (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "3600")]).into_response(),
            1 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
            _ => "fine".into_response(),
        }
    };
    let site = site(Router::new().route("/page.md", get(page))).await;
    assert_eq!(site.read("page.md").await.unwrap(), "fine");
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}
