use serde_json::json;

use super::reference::{lookup, reachable, resolve};
use super::{Document, Paging};

fn document() -> Document {
    Document::parse(crate::DOCUMENT).unwrap()
}

#[test]
fn parse_faulty_document_names_fault_and_remedy() {
    let rows = [
        ("{", "not valid JSON", "cargo xtask regen"),
        (r#"{"paths": {"/v2/users": {"parameters": []}}}"#, "`parameters`, which is not a method", "cargo xtask check"),
        (r#"{"paths": {"/v2/users": {"get": {}}}}"#, "get /v2/users has no operationId", "cargo xtask check"),
        (
            r##"{"components": {"schemas": {"A": {"$ref": "#/components/schemas/B"}}}}"##,
            "schemas/B",
            "cargo xtask check",
        ),
    ];
    for (text, wrong, remedy) in rows {
        let message = Document::parse(text).unwrap_err().to_string();
        assert!(message.contains(wrong) && message.contains(remedy), "{message}");
    }
}

#[test]
fn schemas_used_by_other_schemas_are_reachable() {
    let (requests, responses) = (document().request_schemas(), document().response_schemas());
    for name in ["UserEnvelope", "User", "Mailbox", "Error"] {
        assert!(responses.contains(name) && !requests.contains(name), "{name}");
    }
    assert!(requests.contains("WalletTopUp") && !responses.contains("WalletTopUp"));
}

#[test]
fn operations_of_unchecked_document_are_ordered_by_method() {
    let item = json!({"delete": {}, "get": {"operationId": "get_it"}, "parameters": [], "post": {}});
    let document = Document::new(json!({"paths": {"/v2/it": item}}));
    let operations: Vec<_> = document.operations().map(|operation| (operation.id, operation.address())).collect();
    let expected = [("get_it", "GET /v2/it"), ("", "POST /v2/it"), ("", "DELETE /v2/it")];
    assert_eq!(operations, expected.map(|(id, address)| (id, address.to_owned())));
}

#[test]
fn operation_accessors_return_values_of_the_document() {
    let document = document();
    let list = document.operation("list_mailboxes").unwrap();
    assert_eq!((list.group(), list.effect(), list.bucket()), ("mailbox", "read", "general"));
    assert_eq!((list.idempotent(), list.deprecated(), list.data()), (true, false, Some("/data")));
    assert_eq!((list.verify_with(), list.verify_note(), list.body_schema()), (None, None, None));
    assert!(!list.summary().is_empty() && list.description().ends_with('.'));
    assert!(list.sources().all(|source| source.starts_with("https://docs.zapmail.ai/")));
    assert!(document.parameters(&list).any(|parameter| parameter["name"] == "page"));
    assert!(document.success_schema(&list).unwrap()["properties"]["data"].is_object());
    let Paging { rows, cursor, .. } = list.paging().unwrap();
    assert_eq!((rows, cursor), ("/data/domains", None));
    assert_eq!(document.operation("list_emails").unwrap().paging().unwrap().cursor, Some("cursor"));

    let write = document.operation("add_wallet_balance").unwrap();
    assert_eq!(write.body_schema(), Some(&json!({"$ref": "#/components/schemas/WalletTopUp"})));
    assert!(write.body_examples().all(|example| example["amount"].is_number()) && write.body().is_some());
    assert!(write.verify_with().is_some_and(|id| document.operation(id).is_some()));
    assert!(!write.evidence("request").is_empty() && !write.evidence("response").is_empty());
    assert_eq!(write.responses().filter(|(status, _)| status.ends_with("XX")).count(), 2);
    assert!(document.operation("get_usr").is_none());
}

#[test]
fn reference_chain_is_followed_and_cycle_is_not() {
    let root =
        json!({"a": {"$ref": "#/b"}, "b": {"$ref": "#/c"}, "c": {"type": "string"}, "cycle": {"$ref": "#/cycle"}});
    assert_eq!(lookup(&root, &root["a"]), Some(&root["c"]));
    assert_eq!(lookup(&root, &root["c"]), Some(&root["c"]));
    assert_eq!(
        reachable(&root, [&root["a"], &root["cycle"]]).into_iter().collect::<Vec<_>>(),
        ["#/b", "#/c", "#/cycle"]
    );
    for dangling in [&root["cycle"], &json!({"$ref": "#/d"}), &json!({"$ref": "elsewhere.yaml"})] {
        assert_eq!(lookup(&root, dangling), None);
        assert_eq!(resolve(&root, dangling), dangling);
    }
}
