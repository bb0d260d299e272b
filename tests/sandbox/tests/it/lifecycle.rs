//! Start, initial data, log and stop of a sandbox.

use std::io::ErrorKind;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use zapmail_sandbox::Sandbox;

use crate::api::{Api, run_tasks};

/// Returns the number of tasks in this test's runtime, after the finished ones have ended.
async fn tasks() -> usize {
    run_tasks().await;
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

#[tokio::test]
async fn dropped_sandbox_stops_responding_and_leaves_no_task() {
    let before = tasks().await;
    let api = Api::start().await;
    api.get("/v2/users").await.ok();
    let request = api.bare("/v2/users");
    // The client still exists and keeps its connection open.
    drop(api);
    assert!(request.send().await.is_err());
    assert_eq!(tasks().await, before);
}

#[tokio::test]
async fn drop_closes_idle_connection() {
    let before = tasks().await;
    let sandbox = Sandbox::start().await.unwrap();
    let address = sandbox.base_url().trim_start_matches("http://").trim_end_matches("/api").to_owned();
    let connection = TcpStream::connect(address).await.unwrap();
    assert!(tasks().await > before);
    drop(sandbox);
    assert_eq!(tasks().await, before);
    drop(connection);
}

#[tokio::test(start_paused = true)]
async fn stop_does_not_wait_for_incomplete_request() {
    let sandbox = Sandbox::start().await.unwrap();
    let port = port(&sandbox);
    let mut connection = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    connection.write_all(b"POST /api/v2/workspaces HTTP/1.1\r\ncontent-length: 20\r\n\r\n{").await.unwrap();
    tasks().await;
    sandbox.stop().await;
    assert!(is_released(port).await);
}

#[tokio::test]
async fn stop_releases_port() {
    let sandbox = Sandbox::start().await.unwrap();
    let port = port(&sandbox);
    assert!(!is_released(port).await);
    sandbox.stop().await;
    assert!(is_released(port).await);
}

#[tokio::test]
async fn start_on_port_in_use_fails() {
    let sandbox = Sandbox::start().await.unwrap();
    let error = Sandbox::builder().port(port(&sandbox)).start().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
}

/// Returns whether connections to the port are refused. Binding the port instead could collide with another test.
async fn is_released(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).await.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

fn port(sandbox: &Sandbox) -> u16 {
    let url: reqwest::Url = sandbox.base_url().parse().unwrap();
    assert_eq!(url.host_str(), Some("127.0.0.1"));
    url.port().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn sandbox_runs_on_multi_threaded_runtime() {
    let api = std::sync::Arc::new(Api::start().await);
    let ask = |_| {
        let api = std::sync::Arc::clone(&api);
        tokio::spawn(async move { api.sandbox.requests().len() + usize::from(api.balance().await == 64.5) })
    };
    for task in (0..8).map(ask).collect::<Vec<_>>() {
        task.await.unwrap();
    }
    assert_eq!(api.sandbox.requests().len(), 8);
}

#[tokio::test]
async fn seed_determines_data() {
    let mut lists = Vec::new();
    for seed in [1, 1, 2] {
        let api = Api::start_with(|builder| builder.seed(seed)).await;
        lists.push(api.domain(3).await);
    }
    assert_eq!(lists[0], lists[1]);
    assert_ne!(lists[0]["id"], lists[2]["id"]);
    assert_ne!(lists[0]["adminDetails"]["secret"], lists[2]["adminDetails"]["secret"]);
}

#[tokio::test]
async fn number_of_domains_and_mailboxes_is_configurable() {
    for (domains, mailboxes, main) in [(0, 3, 0), (1, 1, 1), (2, 0, 0), (3, 2, 2), (9, 5, 6)] {
        let api = Api::start_with(|builder| builder.domains(domains).mailboxes_per_domain(mailboxes)).await;
        assert_eq!(api.counter("totalSearchedCount").await, main);
        assert_eq!(api.counter("totalAssignedMailboxes").await, main * mailboxes as u64);
        assert_eq!(api.counter("availableMailboxes").await, 10);
    }
}

#[tokio::test]
async fn domains_or_mailboxes_beyond_limit_are_an_error() {
    for (builder, limit) in [
        (Sandbox::builder().domains(100_001), "100000 domains"),
        (Sandbox::builder().domains(usize::MAX), "100000 domains"),
        (Sandbox::builder().mailboxes_per_domain(21), "20 mailboxes"),
        (Sandbox::builder().mailboxes_per_domain(usize::MAX), "20 mailboxes"),
    ] {
        let error = builder.start().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(limit), "{error}");
    }
}

#[tokio::test]
async fn sandbox_with_100_000_mailboxes_responds() {
    let api = Api::start_with(|builder| builder.domains(50_000).mailboxes_per_domain(2)).await;
    assert_eq!(api.get("/v2/users").await.data()["assignedMailboxes"], 100_000);
    assert_eq!(api.domain(33_000).await["mailboxes"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn log_contains_requests_without_secrets() {
    let api = Api::start().await;
    api.get("/v2/mailboxes/list?page=2&contains=acme&apiKey=hush").await.ok();
    api.get("/v2/nothing?page=1").await.refused(404);
    api.delete("/v2/users").await.refused(405);
    let log = api.sandbox.requests();
    let logged: Vec<_> =
        log.iter().map(|entry| (entry.operation.as_deref(), &*entry.method, &*entry.path, entry.status)).collect();
    assert_eq!(
        logged,
        [
            (Some("list_mailboxes"), "GET", "/api/v2/mailboxes/list", 200),
            (None, "GET", "/api/v2/nothing", 404),
            (None, "DELETE", "/api/v2/users", 405),
        ]
    );
    let pairs = [("page", "2"), ("contains", "acme"), ("apiKey", "[redacted]")];
    assert_eq!(log[0].query, pairs.map(|(name, value)| (name.to_owned(), value.to_owned())));
    assert_eq!(log[1].query[0].1, "[redacted]");
}

#[tokio::test]
async fn debug_output_has_neither_key_nor_data() {
    let sandbox = Sandbox::start().await.unwrap();
    let printed = format!("{sandbox:?}");
    assert!(printed.contains("127.0.0.1") && !printed.contains(sandbox.api_key()), "{printed}");
}
