//! Errors as people read them: one line that says what to do, and nothing that was sent.

use std::error::Error as _;

use serde_json::{Value, json};
use zapmail_sdk_ext::{Error, ErrorKind, Spending, Zapmail, prelude::*};

use crate::clients::{KEY, Kind, builder, client, success};
use crate::server::{Act, Server, free_port, url_of};

const WORKSPACE: &str = "1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f";

/// The error of the call when the server does this.
async fn error(kind: Kind, act: Act) -> Error {
    let server = Server::acting(vec![act]);
    kind.call(&client(&server.url())).await.unwrap_err()
}

/// The same in a workspace.
async fn error_in_workspace(status: u16, message: &str) -> Error {
    let server = Server::acting(vec![said(status, message)]);
    Kind::Read.call(&client(&server.url()).workspace(WORKSPACE)).await.unwrap_err()
}

async fn code_error(message: &str) -> Error {
    let server = Server::acting(vec![said(400, message)]);
    client(&server.url()).get_authenticator_code().call().await.unwrap_err()
}

async fn refused() -> Error {
    let zapmail = builder("http://127.0.0.1:1").spending(Spending::Refused).build().unwrap();
    Kind::Spend.call(&zapmail).await.unwrap_err()
}

fn said(status: u16, message: &str) -> Act {
    Act::json(status, &json!({"status": status, "message": message}))
}

fn with_id(status: u16, message: &str) -> Act {
    Act::json(status, &json!({"status": status, "message": message, "errorId": "2f6d1b0a"}))
}

#[tokio::test(start_paused = true)]
async fn each_kind_of_error_reads_like_this() {
    use ErrorKind::*;
    let unbroken = client("http://127.0.0.1:1").workspace("a\nb");
    let long = "word ".repeat(100);
    let rows = [
        (
            Config,
            Kind::Read.call(&unbroken).await.unwrap_err(),
            "`workspace` (or ZAPMAIL_WORKSPACE_KEY) has a character that no header can carry; is there a line break in it?",
        ),
        (
            Refused,
            refused().await,
            "purchase_addon_mailboxes: this can cost money, and the client is not allowed to spend; nothing was sent; \
             allow it with `Zapmail::builder().spending(Spending::Allowed)`",
        ),
        (
            Invalid,
            error(Kind::Write, with_id(400, "No active base plan")).await,
            "remove_connection_requests: 400 Bad Request: No active base plan (error id 2f6d1b0a)",
        ),
        (
            Invalid,
            error(Kind::Write, Act::json(422, &json!({"message": ["name is empty", "id is no uuid"]}))).await,
            "remove_connection_requests: 422 Unprocessable Entity: name is empty, id is no uuid",
        ),
        (
            Unauthorized,
            error(Kind::Read, said(401, "Unauthorized")).await,
            "get_user: 401 Unauthorized: Unauthorized; check `api_key` (ZAPMAIL_API_KEY)",
        ),
        (
            Forbidden,
            error_in_workspace(403, "No access to this workspace").await,
            "get_user: 403 Forbidden: No access to this workspace; the call ran in workspace \
             1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f: check `workspace` (ZAPMAIL_WORKSPACE_KEY)",
        ),
        (Forbidden, error_in_workspace(403, "Owners only").await, "get_user: 403 Forbidden: Owners only"),
        (
            NotFound,
            error_in_workspace(404, "Workspace not found").await,
            "get_user: 404 Not Found: Workspace not found; the call ran in workspace \
             1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f: check `workspace` (ZAPMAIL_WORKSPACE_KEY)",
        ),
        (NotFound, error(Kind::Read, said(404, "No such thing")).await, "get_user: 404 Not Found: No such thing"),
        (
            Conflict,
            error(Kind::Spend, said(409, "Duplicate")).await,
            "purchase_addon_mailboxes: 409 Conflict: Duplicate",
        ),
        (
            RateLimited,
            error(Kind::Spend, with_id(429, "Too many requests")).await,
            "purchase_addon_mailboxes: 429 Too Many Requests: Too many requests (error id 2f6d1b0a, 4 attempts)",
        ),
        (Timeout, error(Kind::Read, Act::Silence).await, "get_user: no whole answer in time (4 attempts)"),
        (
            Server,
            error(Kind::Read, Act::answer(502, "", b"<html><h1>Bad\nGateway</h1></html>")).await,
            "get_user: 502 Bad Gateway: Bad Gateway (4 attempts)",
        ),
        (
            Server,
            error(Kind::Read, Act::answer(503, "", b"")).await,
            "get_user: 503 Service Unavailable: the service gave no reason (4 attempts)",
        ),
        (
            OutcomeUnknown,
            error(Kind::Spend, with_id(500, "Internal error")).await,
            "purchase_addon_mailboxes: 500 Internal Server Error: Internal error; it may have been carried out: do not \
             repeat it before `list_mailboxes` has shown what is there (error id 2f6d1b0a)",
        ),
        (
            OutcomeUnknown,
            error(Kind::Spend, Act::answer(200, "", b"{")).await,
            "purchase_addon_mailboxes: 200 OK: the answer is cut off; it may have been carried out: do not repeat it before \
             `list_mailboxes` has shown what is there",
        ),
        (
            Decode,
            error(Kind::Read, Act::json(200, &json!({"status": 200, "data": {"id": 7}}))).await,
            "get_user: 200 OK: `data.id` in the answer is not of the type that the document gives it",
        ),
        (
            Decode,
            error(Kind::Read, Act::answer(200, "", b"not-a-real-password")).await,
            "get_user: 200 OK: the answer is no JSON",
        ),
        (
            Decode,
            error(Kind::Read, Act::json(200, &json!({"status": 200}))).await,
            "get_user: 200 OK: `data` in the answer is missing",
        ),
        (
            NoSecondFactor,
            code_error("2FA not set for this mailbox").await,
            "get_authenticator_code: 400 Bad Request: 2FA not set for this mailbox",
        ),
        (
            NotMicrosoft,
            code_error("Domain Id only for MS domains").await,
            "get_authenticator_code: 400 Bad Request: Domain Id only for MS domains",
        ),
        (
            Unexpected,
            error(Kind::Read, Act::json(418, &json!({"error": "short", "errorId": 42}))).await,
            "get_user: 418 I'm a teapot: short (error id 42)",
        ),
        (Unexpected, error(Kind::Read, said(418, "short")).await, "get_user: 418 I'm a teapot: short"),
        (
            Unexpected,
            error(Kind::Read, said(418, "one\r\ntwo\u{2028}three\u{1b}[31m\tfour")).await,
            "get_user: 418 I'm a teapot: one two three [31m four",
        ),
        (
            Unexpected,
            error(Kind::Read, said(418, &long)).await,
            &format!("get_user: 418 I'm a teapot: {}...", &long[..200]),
        ),
        (
            Unauthorized,
            error(Kind::Read, said(401, &format!("{KEY} is no key"))).await,
            "get_user: 401 Unauthorized: [redacted] is no key; check `api_key` (ZAPMAIL_API_KEY)",
        ),
    ];
    for (kind, error, text) in rows {
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(error.to_string(), text);
        assert!(!text.contains('\n'));
        let sent = error.may_have_been_sent();
        assert_eq!(
            format!("{error:?}"),
            format!("Error {{ kind: {kind:?}, may_have_been_sent: {sent}, text: {text:?} }}")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_answers_questions() {
    let error = error(Kind::Spend, with_id(503, "Internal error")).await;
    assert_eq!(error.operation(), Some("purchase_addon_mailboxes"));
    assert_eq!((error.status(), error.message(), error.error_id()), (Some(503), "Internal error", Some("2f6d1b0a")));
    assert_eq!((error.attempts(), error.retry_after(), error.path()), (1, None, None));
    assert!(error.may_have_been_sent());
}

/// An answer of `list_domains` whose fourth domain is this.
fn fourth_domain(domain: Value) -> Value {
    let good = json!({"id": "7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e", "domain": "acme-example.com"});
    json!({"status": 200, "data": {"domains": [good, good, good, domain]}})
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_decoded_is_told_by_its_place_and_not_by_its_value() {
    let rows = [
        (fourth_domain(json!({"id": "planted-value"})).to_string(), Some("data.domains[3].id")),
        (fourth_domain(json!({"id": WORKSPACE, "status": 7})).to_string(), Some("data.domains[3].status")),
        (
            fourth_domain(json!({"id": WORKSPACE, "status": ["planted-value"]})).to_string(),
            Some("data.domains[3].status"),
        ),
        (fourth_domain(json!("planted-value")).to_string(), Some("data.domains[3]")),
        (json!({"status": 200, "data": "planted-value"}).to_string(), Some("data")),
        (json!({"status": 200, "planted": 1}).to_string(), Some("data")),
        (json!("planted-value").to_string(), None),
        ("planted-value".to_owned(), None),
        (format!("{} planted-value", json!({"status": 200, "data": {"domains": []}})), None),
    ];
    for (answer, path) in rows {
        let server = Server::acting(vec![Act::answer(200, "", answer.as_bytes())]);
        let error = client(&server.url()).list_domains().call().await.map(drop).unwrap_err();
        assert_eq!((error.kind(), error.path()), (ErrorKind::Decode, path), "{answer}");
        assert_eq!(chain(&error).iter().find(|text| text.contains("planted")), None);
    }
}

/// An error and its sources, as they print.
fn chain(error: &Error) -> Vec<String> {
    let mut texts = vec![format!("{error} {error:?}")];
    let mut source = error.source();
    while let Some(error) = source {
        texts.push(format!("{error} {error:?}"));
        source = error.source();
    }
    texts
}

#[tokio::test(start_paused = true)]
async fn the_sources_of_an_error_hold_neither_the_query_nor_a_payload() {
    async fn listed(zapmail: &Zapmail) -> Error {
        zapmail.list_mailboxes().contains("planted-query").call().await.map(drop).unwrap_err()
    }
    let port = free_port();
    let mut errors = vec![listed(&client(&url_of(&port))).await];
    let cut = json!({"data": "planted-payload", "rest": ["planted-payload", "planted-payload"]});
    let garbled_head = Act::Answer(b"HTTP/1.1 planted-status\r\nplanted-header\r\n\r\n".to_vec());
    for act in [Act::Reset, Act::ResetUnread, Act::json(200, &cut).cut(30), garbled_head] {
        errors.push(listed(&client(&Server::acting(vec![act]).url())).await);
    }
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
        assert!(error.source().is_some(), "{error} has no source");
        assert_eq!(chain(&error).iter().find(|text| text.contains("planted")), None);
        assert!(!error.to_string().contains('\n'));
    }
}

#[tokio::test(start_paused = true)]
async fn a_missing_parameter_is_named_and_nothing_is_sent() {
    let server = Server::acting(vec![Act::json(200, &success())]);
    let zapmail = client(&server.url());
    let error = zapmail.purchase_addon_mailboxes().call().await.map(drop).unwrap_err();
    assert_eq!(error.to_string(), "purchase_addon_mailboxes: `quantity` is required and was not set");
    assert_eq!((error.kind(), error.attempts(), error.may_have_been_sent()), (ErrorKind::Invalid, 0, false));
    assert_eq!(server.connections(), 0);
}
