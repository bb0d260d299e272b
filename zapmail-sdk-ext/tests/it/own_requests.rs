//! `Zapmail::request`: any method and path, under all policies.

use serde_json::{Value, json};
use zapmail_sdk_ext::http::{Method, StatusCode};
use zapmail_sdk_ext::operations::{Effect, OPERATIONS};
use zapmail_sdk_ext::{Error, ErrorKind, Result, Zapmail};

use crate::cases::service::{Reply, Service};
use crate::clients::{KEY, WORKSPACE, careful_client, client, ok, success};
use crate::server::{Act, Server};

/// A path that the document does not describe.
const UNDOCUMENTED: &str = "/v2/undocumented";

/// A documented path that spends.
const PURCHASE: &str = "/v2/subscriptions/purchase";

/// A service that accepts every request, and a client of it that may not spend.
fn accepting() -> (Service, Zapmail) {
    let service = Service::replying([Reply::data("{}")]);
    let zapmail = service.careful_builder().build().unwrap();
    (service, zapmail)
}

/// The operations and the paths of the requests.
fn sent(service: &Service) -> Vec<(&'static str, String)> {
    service.requests().into_iter().map(|sent| (sent.operation, sent.path)).collect()
}

async fn send(zapmail: &Zapmail, method: Method, effect: Option<Effect>) -> Result<Value> {
    let request = zapmail.request(method, UNDOCUMENTED);
    match effect {
        Some(effect) => request.effect(effect).send().await,
        None => request.send().await,
    }
}

#[tokio::test(start_paused = true)]
async fn undeclared_request_counts_as_spending_unless_it_is_a_get() {
    let (service, zapmail) = accepting();
    send(&zapmail, Method::GET, None).await.unwrap();
    assert_eq!(service.count(), 1);
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::HEAD, Method::OPTIONS] {
        let (service, zapmail) = accepting();
        let error = send(&zapmail, method.clone(), None).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::SpendingNotAllowed, 0), "{method}");
        assert_eq!(service.count(), 0);
        send(&zapmail.allow_spending(), method, None).await.unwrap();
        assert_eq!(sent(&service), [("request", UNDOCUMENTED.to_owned())]);
    }
}

#[tokio::test(start_paused = true)]
async fn declared_effect_decides_for_undocumented_path() {
    for method in [Method::GET, Method::POST] {
        let (service, zapmail) = accepting();
        for effect in [Effect::Read, Effect::Write] {
            send(&zapmail, method.clone(), Some(effect)).await.unwrap();
        }
        for effect in [Effect::Authorize, Effect::Spend] {
            let error = send(&zapmail, method.clone(), Some(effect)).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::SpendingNotAllowed);
        }
        assert_eq!(service.count(), 2, "{method}");
    }
}

#[tokio::test(start_paused = true)]
async fn documented_path_uses_effect_of_its_operation() {
    for operation in OPERATIONS {
        let (service, zapmail) = accepting();
        let method: Method = operation.method.parse().unwrap();
        let path = operation.path.replace("{id}", "7");
        assert!(!path.contains('{'), "{path}");
        // The declared effect is ignored, so that a purchase cannot be declared as a read.
        let request = zapmail.request(method, format!("{path}?page=1")).effect(Effect::Read).json(&selection());
        let outcome = request.send::<Value>().await;
        if operation.needs_permission_to_spend() {
            let error = outcome.unwrap_err();
            assert_eq!((error.kind(), error.operation()), (ErrorKind::SpendingNotAllowed, Some(operation.id)));
            assert_eq!(sent(&service), []);
        } else {
            outcome.unwrap();
            assert_eq!(sent(&service), [(operation.id, path)]);
        }
    }
}

/// A body that selects one item of every kind.
fn selection() -> Value {
    let one = json!([WORKSPACE]);
    json!({
        "ids": one, "domainIds": one, "domainNames": one, "mailboxIds": one, "tagIds": one, "apps": one, "domains": one,
        "mailboxData": one, "records": one, "seedAccounts": one,
    })
}

#[tokio::test(start_paused = true)]
async fn request_with_empty_selection_is_refused_before_sending() {
    let (service, zapmail) = accepting();
    let rows = [
        (
            Method::PUT,
            "/v2/mailboxes/scheduled-removal",
            json!({"domainIds": [], "remove": true}),
            "`body.domainIds` is empty",
        ),
        (
            Method::PUT,
            "/v2/mailboxes/scheduled%2Dremoval",
            json!({"domainIds": [], "remove": true}),
            "`body.domainIds` is empty",
        ),
        (
            Method::PUT,
            "/v2/mailboxes/scheduled-removal",
            json!({"domainIds": null, "remove": true}),
            "`body.domainIds` is empty",
        ),
        (Method::PUT, "/v2/mailboxes/scheduled-removal", json!({"remove": true}), "`body.domainIds` is empty"),
        (Method::POST, "/v2/domains/dmarc", json!({"domainIds": [], "contains": null}), "selects nothing"),
        (Method::POST, "/v2/domains/dmarc", json!({"email": "d@acme.com", "contains": " "}), "selects nothing"),
        (Method::DELETE, "/v2/domains", json!(null), "`body.ids` is empty"),
        (Method::DELETE, "/v2/domains", json!({"ids": []}), "`body.ids` is empty"),
        (Method::DELETE, "/v2/domains?x=1", json!({"ids": [" "]}), "`body.ids` is empty"),
        (Method::GET, "/v2/mailboxes?id=%20", json!({}), "invalid value for `id`"),
    ];
    for (method, path, body, complaint) in rows {
        let error = zapmail.request(method, path).json(&body).send::<Value>().await.unwrap_err();
        assert_eq!((error.kind(), error.status(), error.attempts()), (ErrorKind::Invalid, None, 0), "{path}");
        assert!(error.message().contains(complaint), "{error}");
    }
    assert_eq!(service.count(), 0);
}

#[tokio::test]
async fn raw_response_is_not_decoded() {
    let server = Server::acting(vec![ok()]);
    let response = client(&server.url()).request(Method::GET, UNDOCUMENTED).send_raw().await.unwrap();
    assert_eq!(
        (response.status(), serde_json::from_slice::<Value>(response.bytes()).unwrap()),
        (StatusCode::OK, success())
    );
}

#[tokio::test(start_paused = true)]
async fn retries_follow_effect_and_idempotency() {
    let (busy, rows) = (
        Act::json(503, &json!({"message": "busy"})),
        [
            (Effect::Read, false, ErrorKind::Server, 4),
            (Effect::Write, false, ErrorKind::OutcomeUnknown, 1),
            (Effect::Write, true, ErrorKind::Server, 4),
            (Effect::Authorize, false, ErrorKind::OutcomeUnknown, 1),
            (Effect::Authorize, true, ErrorKind::Server, 4),
            (Effect::Spend, false, ErrorKind::OutcomeUnknown, 1),
            (Effect::Spend, true, ErrorKind::OutcomeUnknown, 1),
        ],
    );
    for (effect, idempotent, kind, attempts) in rows {
        let server = Server::acting(vec![busy.clone()]);
        let request = client(&server.url()).request(Method::POST, UNDOCUMENTED);
        let error = request.effect(effect).idempotent(idempotent).send::<Value>().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (kind, attempts), "{effect:?}, {idempotent}");
        assert_eq!((error.operation(), server.connections()), (Some("request"), attempts as usize));
    }
    // Undeclared: a GET is a read, a POST a purchase.
    for (method, attempts) in [(Method::GET, 4), (Method::POST, 1)] {
        let server = Server::acting(vec![busy.clone()]);
        let error = client(&server.url()).request(method, UNDOCUMENTED).send::<Value>().await.unwrap_err();
        assert_eq!(error.attempts(), attempts);
    }
}

#[tokio::test(start_paused = true)]
async fn request_includes_query_body_and_headers_of_the_client() {
    let server = Server::acting(vec![ok()]);
    let zapmail = client(&server.url()).workspace(WORKSPACE).with_header("x-tag", "nightly").unwrap();
    let request = zapmail.request(Method::POST, "/v2/undocumented?a=1").query("b", 2).query("c d", "e&f");
    let response: Value = request.json(&json!({"name": "acme"})).send().await.unwrap();
    assert_eq!(response, success(), "the whole body");
    let [request] = server.requests().try_into().expect("one request");
    assert!(request.starts_with("POST /api/v2/undocumented?a=1&b=2&c+d=e%26f HTTP/1.1\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\n{\"name\":\"acme\"}"), "{request}");
    for header in [
        format!("x-auth-zapmail: {KEY}\r\n"),
        format!("x-workspace-key: {WORKSPACE}\r\n"),
        "x-tag: nightly\r\n".to_owned(),
        "content-type: application/json\r\n".to_owned(),
    ] {
        assert!(request.contains(&header), "{request}");
    }
}

#[tokio::test(start_paused = true)]
async fn request_returns_response_metadata() {
    let server = Server::acting(vec![Act::json(503, &json!({})), ok()]);
    let request = client(&server.url()).request(Method::GET, UNDOCUMENTED);
    let response = request.send_with_response::<Value>().await.unwrap();
    assert_eq!((response.status(), response.attempts(), response.message()), (StatusCode::OK, 2, Some("ok".into())));
    assert_eq!(*response.data(), success());
}

#[tokio::test(start_paused = true)]
async fn undecodable_response_of_undeclared_post_is_outcome_unknown() {
    for (method, kind) in [(Method::GET, ErrorKind::Decode), (Method::POST, ErrorKind::OutcomeUnknown)] {
        let server = Server::acting(vec![Act::json(200, &json!({"planted": "planted-value"}))]);
        let error = client(&server.url()).request(method, UNDOCUMENTED).send::<Vec<u8>>().await.unwrap_err();
        assert_eq!((error.kind(), error.may_have_been_processed()), (kind, true));
        assert!(!error.to_string().contains("planted"), "{error}");
    }
}

/// Paths that a URL parser normalizes to a different path, or that are not below the base URL.
const REFUSED: [&str; 20] = [
    "",
    "v2/users",
    "@elsewhere.example.com/v2/users",
    ":8080/v2/users",
    "//elsewhere.example.com/v2/users",
    "https://elsewhere.example.com/v2/users",
    "/..",
    "/../users",
    "/./v2/users",
    "/v2/../../users",
    "/v2/users/..",
    "/v2/%2e%2e/%2E%2e/users",
    "/v2/.%2e/..?page=1",
    "/v2/..\\..\\users",
    "/v2\\..\\..\\..\\users",
    "\\v2\\users",
    "/\\elsewhere.example.com/v2/users",
    "/v2/.\t./.\n./users",
    "/\t/elsewhere.example.com/v2/users",
    "/v2/users/\r..\t",
];

#[tokio::test(start_paused = true)]
async fn path_outside_the_base_url_fails_before_sending() {
    let server = Server::acting(vec![ok()]);
    let root = server.url().trim_end_matches("/api").to_owned();
    for base_url in [server.url(), root] {
        let zapmail = client(&base_url);
        for path in REFUSED {
            for method in [Method::GET, Method::POST] {
                let error: Error = zapmail.request(method.clone(), path).send::<Value>().await.unwrap_err();
                assert_eq!((error.kind(), error.status(), error.attempts()), (ErrorKind::Invalid, None, 0), "{path:?}");
                assert!(!error.may_have_been_processed() && error.message().starts_with("`path` "), "{error}");
                zapmail.request(method, path).prepare().unwrap_err();
            }
        }
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test(start_paused = true)]
async fn purchase_with_a_different_spelling_of_its_path_is_not_sent() {
    let server = Server::acting(vec![ok()]);
    for path in ["/v2/x/../subscriptions/purchase", "/v2/x\\..\\subscriptions/purchase", "/v2/subscriptions\\purchase"]
    {
        let request = careful_client(&server.url()).request(Method::POST, path).effect(Effect::Read);
        assert_eq!(request.send::<Value>().await.unwrap_err().kind(), ErrorKind::Invalid, "{path}");
    }
    for path in [
        PURCHASE,
        "/v2/subscriptions/p%75rchase",
        "/v2/%73ubscriptions/purchase",
        "/v2/subscriptions/purchase/",
        "/v2/subscriptions/purchase%2F?planName=Starter",
        "/V2/Subscriptions/PURCHASE",
    ] {
        let request = careful_client(&server.url()).request(Method::POST, path).effect(Effect::Read);
        assert_eq!(request.send::<Value>().await.unwrap_err().kind(), ErrorKind::SpendingNotAllowed, "{path}");
    }
    assert_eq!(server.connections(), 0);
}

#[tokio::test(start_paused = true)]
async fn unusual_path_below_base_url_is_sent_as_written() {
    let (service, zapmail) = accepting();
    let paths = ["/v4/users", "/v2/files/report..pdf", "/v2/.../x", "/v2/a%2Fb", "/health"];
    for path in paths {
        zapmail.request(Method::GET, path).send::<Value>().await.unwrap();
    }
    assert_eq!(sent(&service), paths.map(|path| ("request", path.to_owned())));
}
