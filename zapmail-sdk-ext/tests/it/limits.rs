//! The limit for response bodies: no response exhausts the memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use zapmail_sdk::ReqwestTransport;
use zapmail_sdk_ext::ErrorKind;
use zapmail_sdk_ext::types::EmailAttachment;

use crate::chunked::chunked;
use crate::clients::{KEY, Kind, builder, success};
use crate::server::{Act, Server};

/// The maximum size of a response that the clients read, in bytes.
const LIMIT: usize = 64 * 1024;

/// A successful response with a body of `bytes` bytes.
fn padded(bytes: usize) -> Vec<u8> {
    let mut body = success().to_string().into_bytes();
    body.resize(bytes, b' ');
    body
}

#[tokio::test(start_paused = true)]
async fn response_over_the_limit_is_too_large_or_outcome_unknown_for_purchases() {
    let announced = |bytes| Act::answer(200, "content-type: application/json\r\n", &padded(bytes));
    let unannounced = |bytes| chunked(&padded(bytes), LIMIT / 4);
    for act in [announced, unannounced] as [fn(usize) -> Act; 2] {
        for kind in Kind::ALL {
            let server = Server::acting(vec![act(LIMIT), act(LIMIT + 1), act(10 * LIMIT)]);
            let zapmail = builder(&server.url()).body_limit(LIMIT).build().unwrap();
            kind.call(&zapmail).await.unwrap();
            for requests in [2, 3] {
                let error = kind.call(&zapmail).await.unwrap_err();
                let expected = if kind == Kind::Spend { ErrorKind::OutcomeUnknown } else { ErrorKind::TooLarge };
                assert_eq!((error.kind(), error.attempts()), (expected, 1), "{kind:?}: {error}");
                assert!(error.may_have_been_processed());
                assert!(error.to_string().contains("the response exceeds the limit of 65536 bytes"), "{error}");
                assert_eq!(server.connections(), requests);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn error_response_over_the_limit_is_too_large() {
    let server = Server::acting(vec![Act::answer(404, "", &padded(LIMIT + 1))]);
    let zapmail = builder(&server.url()).body_limit(LIMIT).build().unwrap();
    let error = Kind::Read.call(&zapmail).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    assert_eq!(
        error.to_string(),
        "get_user: the response exceeds the limit of 65536 bytes; raise `body_limit`, or request smaller pages"
    );
}

/// The server sends up to 256 MiB, and counts the bytes that it could send.
#[tokio::test(start_paused = true)]
async fn endless_response_is_aborted_at_the_limit() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let written = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&written);
    let flood = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        assert_ne!(connection.read(&mut [0; 4096]).await?, 0, "no request");
        connection.write_all(b"HTTP/1.1 200 -\r\n\r\n").await?;
        for _ in 0..4096 {
            connection.write_all(&[b' '; LIMIT]).await?;
            counted.fetch_add(LIMIT, Ordering::Relaxed);
        }
        std::io::Result::Ok(())
    });
    let zapmail = builder(&url).body_limit(LIMIT).build().unwrap();
    let error = zapmail.get_user().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    assert!(flood.await.unwrap().is_err(), "the whole response was read");
    // The bytes that were written are in the buffers of the sockets, not in the client.
    let written = written.load(Ordering::Relaxed);
    assert!(written < 64 << 20, "{written} bytes were written");
}

/// Announces a length that exceeds any memory, and sends two chunks.
#[tokio::test(start_paused = true)]
async fn announced_length_is_not_preallocated() {
    for announced in [1_u64 << 32, 1 << 62, 1 << 63, u64::MAX - 1] {
        let head = format!("content-length: {announced}\r\n");
        let mut act = b"HTTP/1.1 200 -\r\n".to_vec();
        act.extend_from_slice(head.as_bytes());
        act.extend_from_slice(b"\r\n{\"status\": 200, ");
        act.extend_from_slice(&[b' '; 2 * LIMIT]);
        let server = Server::acting(vec![Act::Answer(act)]);
        let transport = || ReqwestTransport::configured(|builder| builder.no_proxy()).unwrap().body_limit(usize::MAX);
        let zapmail = builder(&server.url()).body_limit(usize::MAX).build().unwrap();
        let raw = zapmail_sdk::Client::with_transport(KEY, &server.url(), transport()).unwrap();
        for error in [zapmail.get_user().send().await.unwrap_err(), raw.get_user().send().await.unwrap_err()] {
            assert_eq!(error.kind(), ErrorKind::Connection, "{announced}: {error}");
        }
    }
}

/// A file may be larger than a response that is decoded.
#[tokio::test(start_paused = true)]
async fn default_limit_for_files_is_larger() {
    let body = vec![b' '; (8 << 20) + 1];
    let server = Server::acting(vec![Act::answer(200, "content-type: application/octet-stream\r\n", &body)]);
    let zapmail = builder(&server.url()).build().unwrap();
    let attachment = EmailAttachment::new("me@acme.com", "att_1", "large.bin", "msg_1", "GOOGLE");
    let file = zapmail.download_attachment().body(attachment).send().await.unwrap();
    assert_eq!(file.into_bytes().len(), body.len());
    let error = zapmail.get_user().send().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
}

#[tokio::test(start_paused = true)]
async fn deep_nesting_and_many_headers_are_errors() {
    let nested = |key: &str| format!("{{\"status\": 200, \"{key}\": {}", "[".repeat(100_000)).into_bytes();
    let headers: String = (0..10_000).map(|number| format!("x-header-{number}: a\r\n")).collect();
    for (act, expected) in [
        (Act::answer(200, "", &nested("data")), ErrorKind::Decode),
        (Act::answer(200, "", &nested("error")), ErrorKind::Decode),
        (Act::answer(200, "", &nested("message")), ErrorKind::Decode),
        (Act::answer(400, "", &nested("message")), ErrorKind::Invalid),
        (Act::answer(200, &headers, success().to_string().as_bytes()), ErrorKind::Connection),
    ] {
        for kind in Kind::ALL {
            let server = Server::acting(vec![act.clone()]);
            let zapmail = builder(&server.url()).build().unwrap();
            let error = kind.call(&zapmail).await.unwrap_err();
            let is_known = expected == ErrorKind::Invalid || kind == Kind::Read;
            assert!(error.kind() == expected || !is_known, "{kind:?}: {error}");
        }
    }
}

/// A message is truncated before its parts are collected.
#[tokio::test(start_paused = true)]
async fn long_message_of_many_parts_is_truncated() {
    let parts = vec!["no"; 100_000];
    for body in [
        serde_json::json!({"status": 400, "message": parts}),
        serde_json::json!({"status": 400, "message": parts.join(" ")}),
        serde_json::json!({"errors": parts}),
    ] {
        let server = Server::acting(vec![Act::json(400, &body)]);
        let error = Kind::Read.call(&builder(&server.url()).build().unwrap()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid);
        let length = error.message().chars().count();
        assert!((190..=210).contains(&length), "{length}");
    }
}
