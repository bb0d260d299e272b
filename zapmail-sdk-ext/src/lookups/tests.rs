//! Tests of lookups against a service that responds from a script.

use serde_json::{Value, json};
use uuid::Uuid;
use zapmail_sdk::types::ExportApp;

use crate::ErrorKind;
use crate::testing::{Reply, Service};

fn domain(number: u128, name: &str, created: &str) -> Value {
    json!({"id": Uuid::from_u128(number), "domain": name, "createdAt": format!("{created}T00:00:00Z")})
}

#[tokio::test]
async fn domains_are_found_by_whole_names_in_any_spelling() {
    let rows = json!([
        domain(1, "getacme.com", "2026-05-01"),
        domain(2, "Acme.com", "2026-05-01"),
        domain(3, "acme.com", "2025-05-01"),
        domain(4, "acme.com.example", "2026-06-01"),
        domain(5, "bücher.example", "2026-06-01"),
    ]);
    let service = Service::replying([Reply::page("domains", rows)]).await;
    for (spelling, name, number) in [
        (" ACME.com. ", "acme.com", 2),
        ("acme.com", "acme.com", 2),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", 5),
    ] {
        let found = service.zapmail.domains_by_name([spelling]).await.unwrap();
        assert_eq!(found[name].as_ref().unwrap().id, Uuid::from_u128(number).into(), "{spelling}");
    }
    let found = service.zapmail.domains_by_name(["acme.com", "acme", "Acme.com.example"]).await.unwrap();
    let ids = found.iter().map(|(name, domain)| (name.as_str(), domain.as_ref().map(|domain| domain.id.to_string())));
    let id = |number| Some(Uuid::from_u128(number).to_string());
    assert_eq!(ids.collect::<Vec<_>>(), [("acme", None), ("acme.com", id(2)), ("acme.com.example", id(4))]);
}

#[tokio::test]
async fn no_names_cost_no_request_and_empty_name_is_refused() {
    let service = Service::replying([Reply::page("domains", json!([]))]).await;
    assert!(service.zapmail.domains_by_name([""; 0]).await.unwrap().is_empty());
    let error = service.zapmail.domains_by_name(["acme.com", " . "]).await.unwrap_err();
    assert_eq!((error.kind(), service.requests()), (ErrorKind::Invalid, 0));
}

#[tokio::test]
async fn mailbox_is_found_by_whole_address() {
    let mailbox = |number: u128, username: &str, created: &str| json!({"id": Uuid::from_u128(number), "username": username, "createdAt": format!("{created}T00:00:00Z")});
    let rows = json!([
        {"id": Uuid::nil(), "domain": "acme.com", "mailboxes": [
            mailbox(1, "dana.reed", "2025-05-01"),
            mailbox(2, "Dana.Reed", "2026-05-01"),
            mailbox(3, "dana", "2026-06-01"),
        ]},
        {"id": Uuid::nil(), "domain": "other.com", "mailboxes": [mailbox(4, "dana.reed", "2026-07-01")]},
    ]);
    let service = Service::replying([Reply::page("domains", rows)]).await;
    let found = service.zapmail.mailbox_by_address(" DANA.reed@Acme.com ").await.unwrap().unwrap();
    assert_eq!((found.id, found.domain.as_deref()), (Uuid::from_u128(2).into(), Some("acme.com")));
    assert_eq!(service.zapmail.mailbox_by_address("lee@acme.com").await.unwrap(), None);
    for invalid in ["acme.com", "@acme.com", ""] {
        let error = service.zapmail.mailbox_by_address(invalid).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{invalid}");
    }
    assert_eq!(service.requests(), 2);
}

#[tokio::test]
async fn tag_is_found_by_whole_name() {
    let tags = json!([{"id": "t-1", "name": "North 2"}, {"id": "t-2", "name": "Client North"}]);
    let service = Service::replying([Reply::data(tags)]).await;
    let tag = service.zapmail.tag_by_name(" client NORTH ").await.unwrap().unwrap();
    assert_eq!(tag.name.as_deref(), Some("Client North"));
    assert_eq!(service.zapmail.tag_by_name("North").await.unwrap(), None);
}

#[tokio::test]
async fn workspace_is_found_by_name_and_letter_case_decides_between_similar_names() {
    let workspaces = ["North", "north", "South", "SOUTH", "West"];
    let rows: Vec<_> = workspaces.iter().map(|name| json!({"id": format!("id of {name}"), "name": name})).collect();
    let service = Service::replying([Reply::page("workspaces", json!(rows))]).await;
    for (name, expected) in [("north", "north"), ("North", "North"), (" WEST ", "West")] {
        let found = service.zapmail.workspace_by_name(name).await.unwrap();
        assert_eq!(found.details.name.as_deref(), Some(expected));
    }
    for (name, kind, part) in [
        ("south", ErrorKind::Conflict, "several workspaces are called south"),
        ("", ErrorKind::NotFound, "the account has North, north, South, SOUTH, West"),
        ("Wes", ErrorKind::NotFound, "the workspace Wes does not exist"),
    ] {
        let error = service.zapmail.workspace_by_name(name).await.unwrap_err();
        assert!(error.kind() == kind && error.to_string().contains(part), "{error}");
    }
}

fn accounts(accounts: Value) -> Reply {
    Reply::data(json!({"accounts": accounts}))
}

#[tokio::test]
async fn export_account_is_found_by_app_and_email() {
    let account = |id: u8, email: &str, error: Value| json!({"id": format!("account-{id}"), "appName": "SMARTLEAD", "email": email, "error": error});
    let one = accounts(json!([account(1, "ops@acme.com", Value::Null)]));
    let two =
        accounts(json!([account(1, "ops@acme.com", Value::Null), account(2, "Sales@Acme.com", "expired".into())]));
    for (reply, email, expected) in [
        (one.clone(), None, Ok("account-1")),
        (one.clone(), Some(" OPS@acme.com"), Ok("account-1")),
        (one, Some("sales@acme.com"), Err(ErrorKind::NotFound)),
        (two.clone(), None, Err(ErrorKind::Conflict)),
        (two.clone(), Some("ops@acme.com"), Ok("account-1")),
        (two, Some("sales@acme.com"), Err(ErrorKind::Unauthorized)),
        (accounts(json!([account(1, "ops@acme.com", "".into())])), None, Ok("account-1")),
        (accounts(json!([])), None, Err(ErrorKind::NotFound)),
    ] {
        let service = Service::replying([reply]).await;
        let found = service.zapmail.export_account(ExportApp::Smartlead, email).await;
        let found = found.map(|account| account.id.to_string()).map_err(|error| error.kind());
        assert_eq!(found.as_deref().map_err(|kind| *kind), expected, "{email:?}");
    }
}

#[tokio::test]
async fn each_workspace_has_client_with_its_id() {
    let workspace = |number: u128, name: &str| json!({"id": Uuid::from_u128(number), "name": name});
    let page =
        json!({"totalPages": 1, "currentWorkspace": workspace(1, "Main"), "workspaces": [workspace(2, "North")]});
    let service = Service::replying([Reply::data(page)]).await;
    let workspaces = service.zapmail.workspaces().await.unwrap();
    let names: Vec<_> = workspaces.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["Main", "North"]);
    let ids: Vec<_> = workspaces.iter().map(|workspace| workspace.zapmail.workspace_id().map(str::to_owned)).collect();
    assert_eq!(ids, [1, 2].map(|number| Some(Uuid::from_u128(number).to_string())));
}
