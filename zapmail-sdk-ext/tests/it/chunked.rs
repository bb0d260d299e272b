//! Chunked responses that end before their last chunk: the connection broke, even if the JSON is complete.

use zapmail_sdk_ext::{Error, ErrorKind};

use crate::clients::{Kind, client, raw_client, success};
use crate::server::{Act, Server};

const HEAD: &str = "HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";

/// A response in chunks of at most `size` bytes, with the chunk of length zero at its end.
pub fn chunked(body: &[u8], size: usize) -> Act {
    let mut response = HEAD.as_bytes().to_vec();
    for chunk in body.chunks(size) {
        response.extend(format!("{:x}\r\n", chunk.len()).bytes());
        response.extend(chunk);
        response.extend(b"\r\n");
    }
    response.extend(b"0\r\n\r\n");
    Act::Answer(response)
}

/// A success in chunks of at most `size` bytes.
fn success_in_chunks(size: usize) -> Act {
    chunked(success().to_string().as_bytes(), size)
}

/// The points after the JSON at which a response ends too early, each with the number of missing bytes.
const CUTS: [(&str, usize); 5] = [
    ("after the JSON", 7),
    ("inside the end of the last chunk", 6),
    ("before the chunk of length zero", 5),
    ("after its length", 4),
    ("before the last line", 2),
];

fn assert_broken(error: &Error, kind: Kind, what: &str) {
    let expected = match kind {
        Kind::Read | Kind::IdempotentWrite => (ErrorKind::Connection, 4),
        Kind::Write | Kind::Spend => (ErrorKind::OutcomeUnknown, 1),
    };
    assert_eq!((error.kind(), error.attempts()), expected, "{what}, {kind:?}: {error}");
    assert!(error.may_have_been_processed(), "{what}, {kind:?}");
    assert!(error.message().contains("closed before the response was complete"), "{what}, {kind:?}: {error}");
}

#[tokio::test(start_paused = true)]
async fn complete_chunked_response_is_a_success() {
    for size in [1, 7, 1000] {
        for kind in Kind::ALL {
            let server = Server::acting(vec![success_in_chunks(size)]);
            kind.call(&client(&server.url())).await.unwrap();
            assert_eq!(server.connections(), 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn chunked_response_cut_after_its_json_is_a_connection_error() {
    for (what, cut) in CUTS {
        for size in [7, 1000] {
            for kind in Kind::ALL {
                let server = Server::acting(vec![success_in_chunks(size).cut(cut)]);
                let error = kind.call(&client(&server.url())).await.unwrap_err();
                assert_broken(&error, kind, what);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn cut_chunked_response_is_an_error_of_the_raw_client() {
    for (what, cut) in CUTS {
        let server = Server::acting(vec![success_in_chunks(1000).cut(cut)]);
        let raw = raw_client(&server.url());
        let error = raw.get_user().send().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1), "{what}: {error}");
        let error = raw.purchase_addon_mailboxes().quantity(1u32).send().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::OutcomeUnknown, 1), "{what}: {error}");
    }
}
