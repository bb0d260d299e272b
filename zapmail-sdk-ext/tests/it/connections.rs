//! Connection errors: they name the host and the port.

use std::time::Duration;

use axum::routing::get;
use axum::{Json, Router};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};
use zapmail_sdk_ext::reqwest::dns::{Name, Resolve, Resolving};
use zapmail_sdk_ext::{Error, ErrorKind, RetryPolicy, Timeouts};

use crate::clients::{Kind, builder, client, raw_client, success};
use crate::server::{Act, Server, free_port, url_of};

const SECOND: Duration = Duration::from_secs(1);

/// Returns `127.0.0.1:8080` for `http://127.0.0.1:8080/api`.
fn address(url: &str) -> &str {
    url.trim_start_matches("http://").trim_start_matches("https://").trim_end_matches("/api")
}

fn assert_names(error: &Error, address: &str) {
    assert_eq!((error.kind(), error.may_have_been_processed()), (ErrorKind::Connection, false), "{error}");
    let message = format!("could not connect to {address}: ");
    assert!(error.message().starts_with(&message) && error.message().len() > message.len(), "{error}");
}

#[tokio::test]
async fn response_reports_connect_time() {
    let router = Router::new().route("/v2/users", get(|| async { Json(success()) }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });

    let zapmail = client(&url);
    let first = zapmail.get_user().send_with_response().await.unwrap();
    let connect_time = first.connect_time().unwrap();
    assert!(Duration::ZERO < connect_time && connect_time < first.elapsed(), "{connect_time:?}");
    let second = zapmail.get_user().send_with_response().await.unwrap();
    assert_eq!(second.connect_time(), Some(Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn refused_connection_names_host_and_port() {
    let port = free_port();
    let url = url_of(&port);
    for kind in Kind::ALL {
        let error = kind.call(&client(&url)).await.unwrap_err();
        assert_names(&error, address(&url));
        // Windows retries for two seconds, in which the paused time reaches the timeout.
        assert!(cfg!(windows) || error.to_string().contains("refused"), "{error}");
    }
    let localhost = url.replace("127.0.0.1", "localhost");
    assert_names(&Kind::Read.call(&client(&localhost)).await.unwrap_err(), address(&localhost));

    let error = raw_client(&url).purchase_addon_mailboxes().quantity(1u32).send().await.unwrap_err();
    assert_names(&error, address(&url));
    assert_eq!(error.attempts(), 1);
}

#[tokio::test(start_paused = true)]
async fn failed_tls_handshake_names_host_and_port() {
    let server = Server::acting(vec![Act::ResetUnread]);
    let url = server.url().replace("http:", "https:");
    assert_names(&Kind::Spend.call(&client(&url)).await.unwrap_err(), address(&url));
}

/// A resolver that fails for each name, after this time.
struct NoSuchHost(Duration);

impl Resolve for NoSuchHost {
    fn resolve(&self, _: Name) -> Resolving {
        let time = self.0;
        Box::pin(async move {
            sleep(time).await;
            Err("no such host".into())
        })
    }
}

#[tokio::test(start_paused = true)]
async fn failed_lookup_names_host_and_default_port() {
    for (base_url, address) in [
        ("https://api.acme-example.com/api", "api.acme-example.com:443"),
        ("https://api.acme-example.com:8443/api", "api.acme-example.com:8443"),
    ] {
        let builder = builder(base_url).configure_http(|http| http.no_proxy().dns_resolver(NoSuchHost(Duration::ZERO)));
        let error = Kind::Spend.call(&builder.build().unwrap()).await.unwrap_err();
        assert_names(&error, address);
        assert!(error.message().ends_with("no such host"), "{error}");
        assert_eq!(error.attempts(), 4);
    }
}

#[tokio::test(start_paused = true)]
async fn connect_timeout_names_host_and_port() {
    let builder = builder("https://api.acme-example.com/api")
        .configure_http(|http| http.no_proxy().dns_resolver(NoSuchHost(100 * SECOND)))
        .timeouts(Timeouts::default().connect(2 * SECOND))
        .retry_policy(RetryPolicy::none());
    let started_at = Instant::now();
    let error = Kind::Spend.call(&builder.build().unwrap()).await.unwrap_err();
    assert_names(&error, "api.acme-example.com:443");
    assert!((2 * SECOND..3 * SECOND).contains(&started_at.elapsed()), "{:?}", started_at.elapsed());
}
