//! Displayed errors: one line with a hint, and no part of a payload.

use std::error::Error as _;

use serde_json::{Value, json};
use zapmail_sdk_ext::{Error, ErrorKind, Zapmail};

use crate::clients::{KEY, Kind, WORKSPACE, careful_client, client, printed};
use crate::server::{Act, Server, free_port, url_of};

/// The error of the call when the server performs this act.
async fn error(kind: Kind, act: Act) -> Error {
    let server = Server::acting(vec![act]);
    kind.call(&client(&server.url())).await.unwrap_err()
}

/// The error of a call in a workspace.
async fn error_in_workspace(status: u16, message: &str) -> Error {
    let server = Server::acting(vec![with_message(status, message)]);
    Kind::Read.call(&client(&server.url()).workspace(WORKSPACE)).await.unwrap_err()
}

async fn code_error(message: &str) -> Error {
    let server = Server::acting(vec![with_message(400, message)]);
    client(&server.url()).get_authenticator_code().send().await.unwrap_err()
}

async fn not_allowed() -> Error {
    Kind::Spend.call(&careful_client("http://127.0.0.1:1")).await.unwrap_err()
}

fn with_message(status: u16, message: &str) -> Act {
    Act::json(status, &json!({"status": status, "message": message}))
}

fn with_id(status: u16, message: &str) -> Act {
    Act::json(status, &json!({"status": status, "message": message, "errorId": "2f6d1b0a"}))
}

#[tokio::test(start_paused = true)]
async fn error_of_each_kind_is_displayed_as_one_line_with_hint() {
    use ErrorKind::*;
    let invalid = client("http://127.0.0.1:1").workspace("a\nb");
    let long = "word ".repeat(100);
    let rows = [
        (
            Config,
            Kind::Read.call(&invalid).await.unwrap_err(),
            "get_user: `workspace` (or ZAPMAIL_WORKSPACE_KEY) is not a UUID; use an id that `list_workspaces` returns, not \
             a name",
        ),
        (
            SpendingNotAllowed,
            not_allowed().await,
            "purchase_addon_mailboxes: this operation can cost money and spending is disabled; the request was not sent; \
             allow it with `zapmail.allow_spending()`",
        ),
        (
            Invalid,
            error(Kind::Write, with_id(400, "No active base plan")).await,
            "remove_connection_requests: 400 Bad Request: No active base plan (error id 2f6d1b0a)",
        ),
        (
            Invalid,
            error(Kind::Write, Act::json(422, &json!({"message": ["name is empty", "id is not a UUID"]}))).await,
            "remove_connection_requests: 422 Unprocessable Entity: name is empty, id is not a UUID",
        ),
        (
            Unauthorized,
            error(Kind::Read, with_message(401, "Unauthorized")).await,
            "get_user: 401 Unauthorized; check `api_key` (ZAPMAIL_API_KEY)",
        ),
        (
            Forbidden,
            error_in_workspace(403, "No access to this workspace").await,
            "get_user: 403 Forbidden: No access to this workspace; the call was for workspace \
             1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f; check `workspace` (ZAPMAIL_WORKSPACE_KEY)",
        ),
        (Forbidden, error_in_workspace(403, "Owners only").await, "get_user: 403 Forbidden: Owners only"),
        (
            NotFound,
            error_in_workspace(404, "Workspace not found").await,
            "get_user: 404 Not Found: Workspace not found; the call was for workspace \
             1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f; check `workspace` (ZAPMAIL_WORKSPACE_KEY)",
        ),
        (
            NotFound,
            error(Kind::Read, with_message(404, "No such thing")).await,
            "get_user: 404 Not Found: No such thing; the call was for the primary workspace; use `zapmail.workspace(id)` \
             for another one",
        ),
        (
            Invalid,
            error(Kind::Read, with_message(400, "Workspace is required")).await,
            "get_user: 400 Bad Request: Workspace is required; set `workspace` (ZAPMAIL_WORKSPACE_KEY)",
        ),
        (
            Conflict,
            error(Kind::Spend, with_message(409, "Duplicate")).await,
            "purchase_addon_mailboxes: 409 Conflict: Duplicate",
        ),
        (
            RateLimited,
            error(Kind::Spend, with_id(429, "Too many requests")).await,
            "purchase_addon_mailboxes: 429 Too Many Requests (error id 2f6d1b0a, 4 attempts)",
        ),
        (
            RateLimited,
            error(Kind::Read, Act::answer(429, "retry-after: 3600\r\n", b"{}")).await,
            "get_user: 429 Too Many Requests: the service returned no error message (retry after 3600 s)",
        ),
        (Timeout, error(Kind::Read, Act::Silence).await, "get_user: timed out waiting for the response (4 attempts)"),
        (
            Server,
            error(Kind::Read, Act::answer(502, "", b"<html><h1>Bad\nGateway</h1></html>")).await,
            "get_user: 502 Bad Gateway (4 attempts)",
        ),
        (
            Server,
            error(Kind::Read, Act::answer(503, "", b"")).await,
            "get_user: 503 Service Unavailable: the service returned no error message (4 attempts)",
        ),
        (
            OutcomeUnknown,
            error(Kind::Spend, with_id(500, "Internal error")).await,
            "purchase_addon_mailboxes: 500 Internal Server Error: Internal error; the request may have been processed; \
             check with `list_mailboxes` before retrying (error id 2f6d1b0a)",
        ),
        (
            OutcomeUnknown,
            error(Kind::Spend, Act::Silence).await,
            "purchase_addon_mailboxes: timed out waiting for the response; the request may have been processed; check with \
             `list_mailboxes` before retrying",
        ),
        (
            OutcomeUnknown,
            error(Kind::Spend, Act::answer(200, "", b"{")).await,
            "purchase_addon_mailboxes: 200 OK: the response is cut off; the request may have been processed; check with \
             `list_mailboxes` before retrying",
        ),
        (
            Decode,
            error(Kind::Read, Act::json(200, &json!({"status": 200, "data": {"id": [7]}}))).await,
            "get_user: 200 OK: `data.id` in the response has an unexpected type",
        ),
        (
            Decode,
            error(Kind::Read, Act::answer(200, "", b"not-a-real-password")).await,
            "get_user: 200 OK: the response is not valid JSON",
        ),
        (
            Decode,
            error(Kind::Read, Act::json(200, &json!({"status": 200}))).await,
            "get_user: 200 OK: `data` in the response is missing",
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
        (Unexpected, error(Kind::Read, with_message(418, "short")).await, "get_user: 418 I'm a teapot: short"),
        (
            Unexpected,
            error(Kind::Read, with_message(418, "one\r\ntwo\u{2028}three\u{1b}[31m\tfour")).await,
            "get_user: 418 I'm a teapot: one two three [31m four",
        ),
        (
            Unexpected,
            error(Kind::Read, with_message(418, &long)).await,
            &format!("get_user: 418 I'm a teapot: {}...", &long[..200]),
        ),
        (
            Unauthorized,
            error(Kind::Read, with_message(401, &format!("{KEY} is not a valid key"))).await,
            "get_user: 401 Unauthorized: [redacted] is not a valid key; check `api_key` (ZAPMAIL_API_KEY)",
        ),
    ];
    for (kind, error, text) in rows {
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(error.to_string(), text);
        assert!(!text.contains('\n'));
        let may = error.may_have_been_processed();
        assert_eq!(format!("{error:?}"), format!("{text} [{kind}]"));
        let fields: String = format!("{error:#?}").split_whitespace().collect();
        let expected = format!("Error{{kind:{kind:?},may_have_been_processed:{may},text:");
        assert!(fields.starts_with(&expected), "{error:#?}");
    }
}

#[tokio::test(start_paused = true)]
async fn error_exposes_its_details() {
    let error = error(Kind::Spend, with_id(503, "Internal error")).await;
    assert_eq!(error.operation(), Some("purchase_addon_mailboxes"));
    assert_eq!((error.status(), error.message(), error.error_id()), (Some(503), "Internal error", Some("2f6d1b0a")));
    assert_eq!((error.attempts(), error.retry_after(), error.path()), (1, None, None));
    assert_eq!((error.may_have_been_processed(), error.verify_with()), (true, Some("list_mailboxes")));
    assert!(error.is_outcome_unknown() && !error.is_retryable());
    assert_eq!(error.headers()["content-type"], "application/json");
    let body = error.body().unwrap();
    assert_eq!(
        (body.expose()["errorId"].as_str(), format!("{body} {body:?}")),
        (Some("2f6d1b0a"), "[untyped] [untyped]".into())
    );
}

#[tokio::test(start_paused = true)]
async fn error_without_response_has_neither_headers_nor_body() {
    for error in [not_allowed().await, error(Kind::Read, Act::Silence).await] {
        assert_eq!((error.status(), error.headers().len(), error.body().is_none()), (None, 0, true), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn predicates_follow_error_kind_and_retry_safety() {
    let predicates = |error: &Error| {
        [
            error.is_timeout(),
            error.is_rate_limited(),
            error.is_not_found(),
            error.is_unauthorized(),
            error.is_connection(),
            error.is_outcome_unknown(),
            error.is_retryable(),
        ]
    };
    let none = [false; 7];
    let only = |index: usize, retryable| {
        let mut predicates = none;
        predicates[index] = true;
        predicates[6] = retryable;
        predicates
    };
    let port = free_port();
    let refused = client(&url_of(&port));
    let rows = [
        (error(Kind::Read, Act::Silence).await, only(0, true)),
        (error(Kind::Spend, with_message(429, "Too many")).await, only(1, true)),
        (error(Kind::Read, with_message(404, "No")).await, only(2, false)),
        (error(Kind::Read, with_message(401, "No")).await, only(3, false)),
        (Kind::Spend.call(&refused).await.unwrap_err(), only(4, true)),
        (error(Kind::IdempotentWrite, Act::Reset).await, only(4, true)),
        (error(Kind::Write, Act::Reset).await, only(5, false)),
        (error(Kind::Read, with_message(503, "Busy")).await, only(6, true)),
        (error(Kind::Read, with_message(400, "No")).await, none),
        (not_allowed().await, none),
    ];
    for (error, expected) in rows {
        assert_eq!(predicates(&error), expected, "{error}");
    }
}

/// A response of `list_domains` with this fourth domain.
fn fourth_domain(domain: Value) -> Value {
    let good = json!({"id": "7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e", "domain": "acme-example.com"});
    json!({"status": 200, "data": {"domains": [good, good, good, domain]}})
}

#[tokio::test(start_paused = true)]
async fn undecodable_response_is_reported_by_location_without_value() {
    let rows = [
        (fourth_domain(json!({"id": {"a": "planted-value"}})).to_string(), Some("data.domains[3].id")),
        (fourth_domain(json!({"planted-name": "planted-value"})).to_string(), Some("data.domains[3].id")),
        (fourth_domain(json!("planted-value")).to_string(), Some("data.domains[3]")),
        (json!({"status": 200, "data": "planted-value"}).to_string(), Some("data")),
        (json!({"status": 200, "planted": 1}).to_string(), Some("data")),
        (json!("planted-value").to_string(), None),
        ("planted-value".to_owned(), None),
        (format!("{} planted-value", json!({"status": 200, "data": {"domains": []}})), None),
    ];
    for (response, path) in rows {
        let server = Server::acting(vec![Act::answer(200, "", response.as_bytes())]);
        let error = client(&server.url()).list_domains().send().await.unwrap_err();
        assert_eq!((error.kind(), error.path()), (ErrorKind::Decode, path), "{response}");
        assert!(!printed(&error).contains("planted"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn connection_error_chain_contains_neither_query_nor_payload() {
    async fn listed(zapmail: &Zapmail) -> Error {
        zapmail.list_mailboxes().contains("planted-query").send().await.unwrap_err()
    }
    let port = free_port();
    let mut errors = vec![listed(&client(&url_of(&port))).await];
    let cut = json!({"data": "planted-payload", "rest": ["planted-payload", "planted-payload"]});
    let garbled_head = Act::Answer(b"HTTP/1.1 planted-status\r\nplanted-header\r\n\r\n".to_vec());
    for act in [Act::Reset, Act::ResetUnread, Act::json(200, &cut).cut(30), garbled_head] {
        errors.push(listed(&client(&Server::acting(vec![act]).url())).await);
    }
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Connection, "{error}");
        assert!(error.source().is_some(), "{error} has no source");
        assert!(!printed(&error).contains("planted"), "{error}");
        assert!(!error.to_string().contains('\n'));
    }
}
