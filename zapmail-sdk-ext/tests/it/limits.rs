//! Redirects are not followed, and no answer fills the memory.

use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use zapmail_sdk_ext::{ErrorKind, prelude::*};

use crate::clients::{KEY, Kind, builder, client, success};
use crate::server::{Act, Server};

/// Largest answer that the clients here read, in bytes.
const LIMIT: usize = 64 * 1024;

#[tokio::test(start_paused = true)]
async fn no_redirect_is_followed_so_the_key_stays_here() {
    for status in [300, 301, 302, 303, 307, 308] {
        for kind in Kind::ALL {
            let elsewhere = Server::acting(vec![Act::json(200, &success())]);
            let location = format!("location: {}/v2/users?key=theirs\r\n", elsewhere.url());
            let server = Server::acting(vec![Act::answer(status, &location, b"")]);
            let error = kind.call(&client(&server.url())).await.unwrap_err();
            // A purchase may have been made, for all that is known.
            let expected = if matches!(kind, Kind::Spend) { ErrorKind::OutcomeUnknown } else { ErrorKind::Unexpected };
            assert_eq!(error.kind(), expected, "{status}, {kind:?}");
            assert_eq!(error.status(), Some(status));
            let text = error.to_string();
            assert!(text.contains("redirects, which is not followed") && !text.contains("theirs"), "{text}");
            assert_eq!(elsewhere.connections(), 0, "{status}, {kind:?}");
            // The key was sent to where it belongs.
            let [request] = server.requests().try_into().expect("one request");
            assert!(request.contains(&format!("x-auth-zapmail: {KEY}\r\n")), "{request}");
        }
    }
}

/// The answer in chunks, without a word about its length.
fn chunked(body: &[u8]) -> Act {
    let mut answer = b"HTTP/1.1 200 -\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n".to_vec();
    for chunk in body.chunks(LIMIT / 4) {
        write!(answer, "{:x}\r\n", chunk.len()).unwrap();
        answer.extend_from_slice(chunk);
        answer.extend_from_slice(b"\r\n");
    }
    answer.extend_from_slice(b"0\r\n\r\n");
    Act::Answer(answer)
}

/// A success of this many bytes.
fn padded(bytes: usize) -> Vec<u8> {
    let mut body = success().to_string().into_bytes();
    body.resize(bytes, b' ');
    body
}

#[tokio::test(start_paused = true)]
async fn an_answer_beyond_the_limit_is_an_error_and_after_a_purchase_an_unknown_outcome() {
    let announced = |bytes| Act::answer(200, "content-type: application/json\r\n", &padded(bytes));
    let unannounced = |bytes| chunked(&padded(bytes));
    for act in [announced, unannounced] as [fn(usize) -> Act; 2] {
        for kind in Kind::ALL {
            let server = Server::acting(vec![act(LIMIT), act(LIMIT + 1), act(10 * LIMIT)]);
            let zapmail = builder(&server.url()).body_limit(LIMIT).build().unwrap();
            kind.call(&zapmail).await.unwrap();
            for requests in [2, 3] {
                let error = kind.call(&zapmail).await.unwrap_err();
                let expected = if kind == Kind::Spend { ErrorKind::OutcomeUnknown } else { ErrorKind::TooLarge };
                assert_eq!((error.kind(), error.attempts()), (expected, 1), "{kind:?}: {error}");
                assert!(error.may_have_been_sent());
                assert!(error.to_string().contains("the answer is larger than 65536 bytes"), "{error}");
                assert_eq!(server.connections(), requests);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_beyond_the_limit_is_too_large_as_well() {
    let server = Server::acting(vec![Act::answer(404, "", &padded(LIMIT + 1))]);
    let zapmail = builder(&server.url()).body_limit(LIMIT).build().unwrap();
    assert_eq!(Kind::Read.call(&zapmail).await.unwrap_err().kind(), ErrorKind::TooLarge);
}

/// A server that goes on for 256 MiB, if it is let, and counts what it got rid of.
#[tokio::test(start_paused = true)]
async fn an_answer_without_end_is_left_alone_once_it_is_too_large() {
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
    let error = zapmail.get_user().call().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TooLarge, "{error}");
    assert!(flood.await.unwrap().is_err(), "the whole flood was read");
    // What was written lies in the buffers of the sockets, not in the client.
    let written = written.load(Ordering::Relaxed);
    assert!(written < 64 << 20, "{written} bytes were written");
}
