//! The retry table, cell by cell.

use serde_json::json;
use tokio::time::Instant;
use zapmail_sdk_ext::types::WorkspaceRename;
use zapmail_sdk_ext::{Error, ErrorKind};

use crate::clients::{Kind, client, ok};
use crate::server::{Act, Server, free_port, url_of};

/// The outcome of a call with the default of four attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Outcome {
    kind: ErrorKind,
    attempts: u32,
    may_have_been_processed: bool,
}

/// A row of the table: the server's behavior for every attempt, and the outcome for each kind of operation.
struct Row {
    what: &'static str,
    act: Act,
    outcomes: [Outcome; 4],
}

const UNKNOWN: Outcome = Outcome { kind: ErrorKind::OutcomeUnknown, attempts: 1, may_have_been_processed: true };

/// Idempotent requests are retried until no attempt is left. The outcome of all other requests is unknown after the
/// first attempt.
fn ambiguous(kind: ErrorKind) -> [Outcome; 4] {
    let retried = Outcome { kind, attempts: 4, may_have_been_processed: true };
    [retried, retried, UNKNOWN, UNKNOWN]
}

/// All requests are retried until no attempt is left, since none was processed.
fn not_processed(kind: ErrorKind) -> [Outcome; 4] {
    [Outcome { kind, attempts: 4, may_have_been_processed: false }; 4]
}

/// No request is retried.
fn final_error(kind: ErrorKind) -> [Outcome; 4] {
    [Outcome { kind, attempts: 1, may_have_been_processed: true }; 4]
}

/// No request is retried, and the outcome of a purchase is unknown.
fn unusable(kind: ErrorKind) -> [Outcome; 4] {
    let stop = Outcome { kind, attempts: 1, may_have_been_processed: true };
    [stop, stop, stop, UNKNOWN]
}

fn rows() -> Vec<Row> {
    use ErrorKind::*;
    let row = |what, act, outcomes| Row { what, act, outcomes };
    let error = |status| Act::json(status, &json!({"status": status, "message": "no"}));
    let inside = |status| Act::json(200, &json!({"status": status, "message": "no"}));
    let too_many = |retry_after: &str| Act::answer(429, &format!("retry-after: {retry_after}\r\n"), b"");
    let in_a_while = httpdate::fmt_http_date(std::time::SystemTime::now() + std::time::Duration::from_secs(20));
    let page = b"<html><body><h1>Bad Gateway</h1></body></html>";
    vec![
        row("reset before the request was read", Act::ResetUnread, ambiguous(Connection)),
        row("reset after the request was read", Act::Reset, ambiguous(Connection)),
        row("no response", Act::Silence, ambiguous(Timeout)),
        row("half a response", ok().cut(20), ambiguous(Connection)),
        row("408", error(408), ambiguous(Timeout)),
        row("500", error(500), ambiguous(Server)),
        row("500 inside a 200", inside(500), ambiguous(Server)),
        row("502 with a page", Act::answer(502, "content-type: text/html\r\n", page), ambiguous(Server)),
        row("503", error(503), ambiguous(Server)),
        row("504", error(504), ambiguous(Server)),
        row("429", error(429), not_processed(RateLimited)),
        row("429 inside a 200", inside(429), ambiguous(RateLimited)),
        row("429 with Retry-After in seconds", too_many("7"), not_processed(RateLimited)),
        row("429 with Retry-After as a date", too_many(&in_a_while), not_processed(RateLimited)),
        row("429 with an invalid Retry-After", too_many("soon"), not_processed(RateLimited)),
        row("301", Act::answer(301, "location: /api/elsewhere\r\n", b""), unusable(Unexpected)),
        row("307", Act::answer(307, "location: /api/elsewhere\r\n", b""), unusable(Unexpected)),
        row("400", error(400), final_error(Invalid)),
        row("401", error(401), final_error(Unauthorized)),
        row("403", error(403), final_error(Forbidden)),
        row("404", error(404), final_error(NotFound)),
        row("404 inside a 200", inside(404), final_error(NotFound)),
        row("409", error(409), final_error(Conflict)),
        row("418", error(418), final_error(Unexpected)),
        row("422", error(422), final_error(Invalid)),
        row("200 that is not JSON", Act::answer(200, "", b"{\"status\": 200, "), unusable(Decode)),
        row("200 of an unexpected type", Act::json(200, &json!(["ok"])), unusable(Decode)),
        row(
            "200 that reports a failure",
            Act::json(200, &json!({"success": false, "message": "No consent"})),
            unusable(Unexpected),
        ),
    ]
}

fn outcome(result: Result<(), Error>) -> Outcome {
    let error = result.expect_err("the server never lets it succeed");
    Outcome { kind: error.kind(), attempts: error.attempts(), may_have_been_processed: error.may_have_been_processed() }
}

#[tokio::test(start_paused = true)]
async fn retry_table_holds_for_every_cell() {
    for row in rows() {
        for (kind, expected) in Kind::ALL.into_iter().zip(row.outcomes) {
            let server = Server::acting(vec![row.act.clone()]);
            let actual = outcome(kind.call(&client(&server.url())).await);
            assert_eq!(actual, expected, "{}, {kind:?}", row.what);
            assert_eq!(server.connections(), expected.attempts as usize, "{}, {kind:?}", row.what);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn refused_connection_is_retried_for_every_kind() {
    for kind in Kind::ALL {
        let port = free_port();
        let expected = Outcome { kind: ErrorKind::Connection, attempts: 4, may_have_been_processed: false };
        assert_eq!(outcome(kind.call(&client(&url_of(&port))).await), expected, "no port, {kind:?}");

        // A server that does not speak TLS.
        let server = Server::acting(vec![Act::ResetUnread]);
        let url = server.url().replace("http:", "https:");
        assert_eq!(outcome(kind.call(&client(&url)).await), expected, "no TLS, {kind:?}");
        assert_eq!((server.connections(), server.requests().len()), (4, 0), "no TLS, {kind:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn read_succeeds_on_third_attempt() {
    let broken = Act::json(503, &json!({"message": "busy"}));
    let server = Server::acting(vec![broken.clone(), broken, ok()]);
    let started_at = Instant::now();
    Kind::Read.call(&client(&server.url())).await.unwrap();
    assert_eq!(server.connections(), 3);
    // Two delays with jitter: 0.5 to 1 second, and 1 to 2.
    let waited = started_at.elapsed().as_secs_f64();
    assert!((1.5..3.01).contains(&waited), "{waited} s");
}

#[tokio::test(start_paused = true)]
async fn purchase_is_sent_once_the_service_accepts_connections() {
    let port = free_port();
    let zapmail = client(&url_of(&port));
    let opens = async {
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        Server::on(port, vec![Act::json(429, &json!({})), ok()])
    };
    let (bought, server) = tokio::join!(Kind::Spend.call(&zapmail), opens);
    bought.unwrap();
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn delete_that_is_not_found_after_an_ambiguous_attempt_is_a_success() {
    let gone = Act::json(404, &json!({"status": 404, "message": "Member not found"}));
    for first in [Act::Reset, Act::json(503, &json!({"message": "busy"}))] {
        let server = Server::acting(vec![first, gone.clone()]);
        Kind::IdempotentWrite.call(&client(&server.url())).await.unwrap();
        assert_eq!(server.requests().len(), 2);
    }
    // Nothing was deleted before: not found.
    let server = Server::acting(vec![Act::json(429, &json!({})), gone]);
    let error = Kind::IdempotentWrite.call(&client(&server.url())).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::NotFound, 2));
}

#[tokio::test(start_paused = true)]
async fn rejection_after_an_ambiguous_attempt_leaves_the_outcome_unknown() {
    for status in [400, 403, 404, 409, 422] {
        let refusal = Act::json(status, &json!({"status": status, "message": "no"}));
        let server = Server::acting(vec![Act::Reset, refusal]);
        let zapmail = client(&server.url());
        let rename = WorkspaceRename::new("1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f", "North");
        let error = zapmail.update_workspace().body(rename).send().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::OutcomeUnknown, 2), "{error}");
        assert_eq!((error.verify_with(), error.status()), (Some("list_workspaces"), Some(status)));

        // A read changes nothing.
        let server = Server::acting(vec![Act::Reset, Act::json(404, &json!({"status": 404, "message": "no"}))]);
        let error = Kind::Read.call(&client(&server.url())).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::NotFound, 2));
    }
}

/// A write may have no data to return. A purchase must return what was bought, and a read what was read.
#[tokio::test(start_paused = true)]
async fn empty_response_is_a_success_only_for_writes() {
    for act in [Act::answer(204, "", b""), Act::answer(200, "", b""), Act::json(200, &json!({}))] {
        for (kind, expected) in
            Kind::ALL.into_iter().zip([Some(ErrorKind::Decode), None, None, Some(ErrorKind::OutcomeUnknown)])
        {
            let server = Server::acting(vec![act.clone()]);
            let outcome = kind.call(&client(&server.url())).await;
            assert_eq!(outcome.err().map(|error| error.kind()), expected, "{kind:?}");
            assert_eq!(server.connections(), 1);
        }
    }
}
