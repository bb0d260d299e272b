//! Start, log, stop.

use std::io::ErrorKind;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use zapmail_sandbox::Sandbox;

use crate::api::Api;

/// Tasks of this test's runtime, once those that have an end have come to it.
async fn tasks() -> usize {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}

#[tokio::test]
async fn a_dropped_sandbox_answers_no_more_and_leaves_no_task() {
    let before = tasks().await;
    let api = Api::start().await;
    api.get("/v2/users").await.ok();
    let again = api.bare("/v2/users");
    // The client is still there and keeps its connection open.
    drop(api);
    assert!(again.send().await.is_err());
    assert_eq!(tasks().await, before);
}

#[tokio::test]
async fn a_connection_that_never_asked_is_closed_too() {
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
async fn half_a_request_does_not_keep_a_sandbox_from_stopping() {
    let sandbox = Sandbox::start().await.unwrap();
    let port = port(&sandbox);
    let mut connection = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    connection.write_all(b"POST /api/v2/workspaces HTTP/1.1\r\ncontent-length: 20\r\n\r\n{").await.unwrap();
    tasks().await;
    sandbox.stop().await;
    assert!(is_left(port).await);
}

#[tokio::test]
async fn a_stopped_sandbox_leaves_its_port() {
    let sandbox = Sandbox::start().await.unwrap();
    let port = port(&sandbox);
    assert!(!is_left(port).await);
    sandbox.stop().await;
    assert!(is_left(port).await);
}

#[tokio::test]
async fn a_taken_port_is_an_error() {
    let sandbox = Sandbox::start().await.unwrap();
    let error = Sandbox::builder().port(port(&sandbox)).start().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
}

/// Whether nobody answers there. Taken again it is not: another test may have got it since.
async fn is_left(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).await.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused)
}

fn port(sandbox: &Sandbox) -> u16 {
    let url: reqwest::Url = sandbox.base_url().parse().unwrap();
    assert_eq!(url.host_str(), Some("127.0.0.1"));
    url.port().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_runs_on_several_threads_too() {
    let api = std::sync::Arc::new(Api::start().await);
    let ask = |_| {
        let api = std::sync::Arc::clone(&api);
        tokio::spawn(async move { api.sandbox.requests().len() + usize::from(api.balance().await == 64.5) })
    };
    for answered in (0..8).map(ask).collect::<Vec<_>>() {
        answered.await.unwrap();
    }
    assert_eq!(api.sandbox.requests().len(), 8);
}

#[tokio::test]
async fn the_seed_makes_the_data() {
    let mut lists = Vec::new();
    for seed in [1, 1, 2] {
        let api = Api::of(Sandbox::builder().seed(seed).start().await.unwrap());
        lists.push(api.domain(3).await);
    }
    assert_eq!(lists[0], lists[1]);
    assert_ne!(lists[0]["id"], lists[2]["id"]);
    assert_ne!(lists[0]["adminDetails"]["secret"], lists[2]["adminDetails"]["secret"]);
}

#[tokio::test]
async fn the_number_of_domains_and_mailboxes_can_be_chosen() {
    for (domains, mailboxes, main) in [(0, 3, 0), (1, 1, 1), (2, 0, 0), (3, 2, 2), (9, 5, 6)] {
        let sandbox = Sandbox::builder().domains(domains).mailboxes_per_domain(mailboxes).start().await.unwrap();
        let api = Api::of(sandbox);
        assert_eq!(api.counter("totalSearchedCount").await, main);
        assert_eq!(api.counter("totalAssignedMailboxes").await, main * mailboxes as u64);
        assert_eq!(api.counter("availableMailboxes").await, 10);
    }
}

#[tokio::test]
async fn more_than_a_sandbox_takes_is_an_error() {
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
async fn a_hundred_thousand_mailboxes_are_there() {
    let sandbox = Sandbox::builder().domains(50_000).mailboxes_per_domain(2).start().await.unwrap();
    let api = Api::of(sandbox);
    assert_eq!(api.get("/v2/users").await.data()["assignedMailboxes"], 100_000);
    assert_eq!(api.domain(33_000).await["mailboxes"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn the_log_tells_what_was_asked_but_no_secrets() {
    let api = Api::start().await;
    api.get("/v2/mailboxes/list?page=2&contains=acme&apiKey=hush").await.ok();
    api.get("/v2/nothing?page=1").await.refused(404);
    api.delete("/v2/users").await.refused(405);
    let log = api.sandbox.requests();
    let told: Vec<_> =
        log.iter().map(|entry| (entry.operation.as_deref(), &*entry.method, &*entry.path, entry.status)).collect();
    assert_eq!(
        told,
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
async fn neither_the_key_nor_the_data_is_printed() {
    let sandbox = Sandbox::start().await.unwrap();
    let printed = format!("{sandbox:?}");
    assert!(printed.contains("127.0.0.1") && !printed.contains(sandbox.api_key()), "{printed}");
}
