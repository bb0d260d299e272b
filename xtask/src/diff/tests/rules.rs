//! Tests of each rule, with a change of the real document.

use serde_json::{Value, json};

use crate::diff::changes::between;
use crate::fixture::{self, lines};

/// The reported changes after `change` modified the document, one per line.
fn diff(change: impl Fn(&mut Value)) -> Vec<String> {
    let (before, mut now) = (fixture::document(), fixture::document());
    change(now.model.value_mut());
    lines(&between(&before, &now))
}

fn remove(value: &mut Value, key: &str) {
    value.as_object_mut().unwrap().remove(key).unwrap();
}

#[test]
fn operation_changes_have_their_severity() {
    let users = "/v2/users";
    assert_eq!(diff(|now| remove(&mut now["paths"][users], "get"))[0], "breaking: get_user: operation removed");
    let added = diff(|now| {
        let mut operation = now["paths"][users]["get"].clone();
        operation["operationId"] = json!("get_other");
        now["paths"]["/v2/other"]["get"] = operation;
    });
    assert_eq!(added, ["addition: get_other: operation added (GET /v2/other)"]);
    let moved = diff(|now| {
        let item = now["paths"][users].take();
        remove(&mut now["paths"], users);
        now["paths"]["/v2/me"] = item;
    });
    assert_eq!(moved, ["neutral: get_user: address: GET /v2/users -> GET /v2/me"]);
    for (key, value, line) in [
        ("deprecated", json!(true), "addition: get_user: deprecated: false -> true"),
        ("x-zapmail-effect", json!("spend"), "breaking: get_user: effect: read -> spend"),
        ("x-zapmail-effect", json!("write"), "neutral: get_user: effect: read -> write"),
        ("x-zapmail-data", json!("/message"), "breaking: get_user: data: /data -> /message"),
        ("x-zapmail-idempotent", json!(false), "neutral: get_user: idempotent: true -> false"),
        ("x-zapmail-bucket", json!("domain-availability"), "neutral: get_user: bucket: general -> domain-availability"),
        ("x-zapmail-verify-with", json!("list_workspaces"), "neutral: get_user: verify-with: none -> list_workspaces"),
        ("x-zapmail-page", json!({"rows": "/data"}), "addition: get_user: rows: none -> /data"),
        ("summary", json!("Other"), "neutral: get_user: documentation changed"),
    ] {
        assert_eq!(diff(|now| now["paths"][users]["get"][key] = value.clone()), [line]);
    }
    let items = diff(|now| now["paths"]["/v2/domains"]["get"]["x-zapmail-page"]["items"] = json!("tags"));
    assert_eq!(items, ["breaking: list_domains: rows: /data/domains -> /data/domains[]/tags"]);
}

#[test]
fn parameter_changes_have_their_severity() {
    let with = |parameter: Value| {
        diff(move |now| {
            let parameters = &mut now["paths"]["/v2/users"]["get"]["parameters"];
            parameters.as_array_mut().unwrap().push(parameter.clone());
        })
    };
    let parameter =
        |required: bool| json!({"name": "a", "in": "query", "required": required, "schema": {"type": "string"}});
    assert_eq!(with(parameter(false)), ["addition: get_user query a: parameter added (text)"]);
    assert_eq!(with(parameter(true)), ["breaking: get_user query a: parameter added (text, required)"]);
    let shared = diff(|now| now["components"]["parameters"]["Page"]["schema"] = json!({"type": "string"}));
    assert!(
        shared.contains(&"breaking: list_mailboxes query page: type: integer (not negative) -> text".to_owned()),
        "{shared:?}"
    );
    assert!(shared.iter().filter(|line| line.starts_with("breaking")).count() >= 10);
}

#[test]
fn schema_changes_have_their_severity() {
    let user = |change: fn(&mut Value)| diff(move |now| change(&mut now["components"]["schemas"]["User"]));
    assert_eq!(
        user(|user| user["properties"]["region"] = json!({"type": "string"})),
        ["addition: User.region: property added (text)"]
    );
    assert_eq!(user(|user| remove(&mut user["properties"], "email")), ["breaking: User.email: property removed"]);
    assert_eq!(
        user(|user| user["properties"]["email"] = json!({"type": "integer"})),
        ["breaking: User.email: type: text -> integer"]
    );
    assert_eq!(
        user(|user| user["properties"]["email"]["format"] = json!("password")),
        ["breaking: User.email: type: text -> text (password)"]
    );
    assert_eq!(
        user(|user| user["properties"]["email"]["nullable"] = json!(true)),
        ["neutral: User.email: nullable: false -> true"]
    );
    assert_eq!(
        user(|user| user["properties"]["id"]["nullable"] = json!(true)),
        ["breaking: User.id: type: text (uuid) (id of user) -> text (uuid) (id of user) or null"]
    );
    assert_eq!(user(|user| user["required"] = json!([])), ["breaking: User.id: required: true -> false"]);
    assert_eq!(
        user(|user| user["required"] = json!(["id", "email"])),
        ["breaking: User.email: required: false -> true"]
    );
    assert_eq!(
        user(|user| user["additionalProperties"] = json!({})),
        ["addition: User: additional properties are kept"]
    );
    // The type does not change; fields of this type are optional anyway.
    assert_eq!(user(|user| user["nullable"] = json!(true)), ["neutral: User: nullable: false -> true"]);
    let id = |of: &mut Value| of["properties"]["id"]["x-zapmail-id"] = json!("mailbox");
    assert_eq!(user(id), ["breaking: User.id: type: text (uuid) (id of user) -> text (uuid) (id of mailbox)"]);
    let widens = |of: &mut Value| of["properties"]["email"]["x-zapmail-widens"] = json!(true);
    assert_eq!(user(widens), ["breaking: User.email: widens: false -> true"]);
    // An integer that cannot be negative is unsigned in Rust.
    assert_eq!(
        user(|user| user["properties"]["assignedMailboxes"]["minimum"] = json!(0)),
        ["breaking: User.assignedMailboxes: type: integer -> integer (not negative)"]
    );
    assert_eq!(user(|user| user["description"] = json!("Other.")), ["neutral: User: documentation changed"]);
}

#[test]
fn header_parameter_changes_no_setter() {
    let added = diff(|now| {
        let parameters = &mut now["paths"]["/v2/users"]["get"]["parameters"];
        parameters.as_array_mut().unwrap().push(json!({"$ref": "#/components/parameters/WorkspaceId"}));
    });
    assert_eq!(added, ["neutral: get_user header x-workspace-id: parameter added (text (id of workspace))"]);
    let removed = diff(|now| now["paths"]["/v2/users"]["get"]["parameters"] = json!([]));
    assert!(removed.iter().all(|line| line.starts_with("neutral: get_user header x-")), "{removed:?}");
    assert!(!removed.is_empty());
}

#[test]
fn enum_value_is_an_addition() {
    let add = |name: &'static str| {
        diff(move |now| now["components"]["schemas"][name]["enum"].as_array_mut().unwrap().push(json!("NEW")))
    };
    assert_eq!(add("MailboxStatus"), ["addition: MailboxStatus: value NEW added"]);
    // The enum is closed and `#[non_exhaustive]`, so every `match` already has a wildcard arm.
    assert_eq!(add("PrewarmedPlan"), ["addition: PrewarmedPlan: value NEW added"]);
    let removed = diff(|now| now["components"]["schemas"]["DomainStatus"]["enum"] = json!(["ACTIVE"]));
    assert_eq!(removed.len(), 4);
    assert!(removed.iter().all(|line| line.starts_with("breaking: DomainStatus: value ")), "{removed:?}");
}

#[test]
fn enum_is_open_only_while_responses_contain_it() {
    // Error responses count as responses, too.
    for schema in ["User", "Error"] {
        let (before, mut now) = (fixture::document(), fixture::document());
        now.model.value_mut()["components"]["schemas"][schema]["properties"]["plan"] =
            json!({"$ref": "#/components/schemas/PrewarmedPlan"});
        assert_eq!(
            lines(&between(&before, &now)),
            [
                "breaking: PrewarmedPlan: enum: closed -> open".to_owned(),
                format!("addition: {schema}.plan: property added (PrewarmedPlan)"),
            ]
        );
        assert!(
            lines(&between(&now, &before)).contains(&"breaking: PrewarmedPlan: enum: open -> closed".to_owned()),
            "{schema}"
        );
    }
}
