//! Tests of each kind of difference: a page generated from the document, modified at one location.

use serde_json::{Value, json};

use super::generated;
use crate::drift::deviations::Deviation;
use crate::drift::differences::Differences;
use crate::drift::matching::{FetchedPage, compare_pages};
use crate::drift::operations::compare;
use crate::drift::page;
use crate::drift::report::Report;
use crate::fixture::{self, lines};
use crate::index;

/// The differences of an operation after `change` modified its page, one per line.
fn drift(id: &str, change: impl Fn(&mut Value, &mut Value)) -> Vec<String> {
    let document = fixture::document();
    let operation = document.named(id).unwrap();
    let mut fragment = generated::fragment(&document, &operation);
    let mut schemas = fragment["components"]["schemas"].take();
    change(&mut fragment["paths"][operation.path][operation.method], &mut schemas);
    fragment["components"]["schemas"] = schemas;
    let page = page::parse(&generated::page(&fragment)).unwrap();
    let mut found = Differences::default();
    compare(&document, &operation, &page, &mut found);
    lines(&found.0)
}

/// A parameter of the page, by its name on the page.
fn parameter<'a>(operation: &'a mut Value, name: &str) -> &'a mut Value {
    operation["parameters"].as_array_mut().unwrap().iter_mut().find(|known| known["name"] == name).unwrap()
}

#[test]
fn parameter_changes_are_reported() {
    let add = |name: &str, required: bool| {
        let parameter = json!({"name": name, "in": "query", "required": required, "schema": {"type": "string"}});
        drift("get_mailbox", move |page, _| page["parameters"].as_array_mut().unwrap().push(parameter.clone()))
    };
    assert_eq!(add("from", false), ["addition: query from: parameter added (text)"]);
    assert_eq!(add("from", true), ["breaking: query from: parameter added (text, required)"]);
    let id = |key: &'static str, value: Value| {
        drift("get_mailbox", move |page, _| parameter(page, "id")[key] = value.clone())
    };
    assert_eq!(id("required", json!(false)), ["addition: query id: required: true -> false"]);
    assert_eq!(id("schema", json!({"type": "integer"})), ["neutral: query id: type: text -> integer"]);
    assert_eq!(id("schema", json!({"type": "array"})), ["breaking: query id: type: text -> list"]);
    assert_eq!(id("schema", json!({"type": "string", "enum": ["a"]})), ["addition: query id: enum: any text -> a"]);
    assert_eq!(
        id("name", json!("mailboxId")),
        ["breaking: query mailboxId: parameter added (text, required)", "breaking: query id: parameter vanished"]
    );
}

#[test]
fn counter_documented_as_text_and_required_headers_are_not_drift() {
    let found = drift("list_mailboxes", |page, _| {
        parameter(page, "limit")["schema"] = json!({"type": "string"});
        parameter(page, " x-workspace-key")["required"] = json!(true);
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn changed_deprecation_and_address_are_reported() {
    let deprecated = drift("get_user", |page, _| page["deprecated"] = json!(true));
    assert_eq!(deprecated, ["addition: operation: deprecated: false -> true"]);
    let no_longer = drift("check_dns_records", |page, _| page["deprecated"] = json!(false));
    assert_eq!(no_longer, ["neutral: operation: deprecated: true -> false"]);

    let document = fixture::document();
    let operation = document.named("get_user").unwrap();
    let fragment = generated::fragment(&document, &operation);
    let moved = generated::page(&fragment).replace("/v2/users", "/v2/me");
    let mut found = Differences::default();
    compare(&document, &operation, &page::parse(&moved).unwrap(), &mut found);
    assert_eq!(lines(&found.0), ["breaking: address: GET /v2/users -> GET /v2/me"]);
}

#[test]
fn body_changes_are_reported() {
    let property = |schema: Value| {
        drift("update_mailboxes", move |page, schemas| {
            page["requestBody"]["content"]["application/json"].as_object_mut().unwrap().remove("example");
            schemas["MailboxUpdates"]["properties"]["mode"] = schema.clone();
        })
    };
    assert_eq!(property(json!({"type": "string"})), ["addition: body.mode: property added (text)"]);
    let required = drift("update_mailboxes", |_, schemas| {
        schemas["MailboxUpdates"]["properties"]["mode"] = json!({"type": "string"});
        schemas["MailboxUpdates"]["required"].as_array_mut().unwrap().push(json!("mode"));
    });
    assert_eq!(required, ["breaking: body.mode: property added (text, required)"]);
    let gone = drift("update_mailboxes", |page, _| _ = page.as_object_mut().unwrap().remove("requestBody"));
    assert_eq!(gone, ["breaking: body: body vanished"]);
    let new = drift("get_user", |page, _| {
        page["requestBody"] = json!({"required": true, "content": {"application/json": {"schema":
            {"type": "object", "properties": {"a": {"type": "string"}}}}}});
    });
    assert_eq!(new, ["breaking: body: body added (required)"]);
    let empty = drift("get_user", |page, _| {
        page["requestBody"] =
            json!({"content": {"application/json": {"schema": {"type": "object", "properties": {}}}}});
    });
    assert_eq!(empty, [""; 0]);
}

#[test]
fn response_changes_are_reported() {
    let user = |change: fn(&mut Value)| drift("get_user", move |_, schemas| change(&mut schemas["User"]));
    assert_eq!(
        user(|user| user["properties"]["region"] = json!({"type": "string"})),
        ["addition: response.data.region: property added (text)"]
    );
    assert_eq!(user(|user| user["required"] = json!([])), ["breaking: response.data.id: required: true -> false"]);
    assert_eq!(user(|user| user["required"] = json!(["id", "email", "firstName"])), [""; 0]);
    assert_eq!(
        user(|user| user["properties"]["email"] = json!({"type": "object", "properties": {"a": {}}})),
        ["breaking: response.data.email: type: text -> object"]
    );
    assert_eq!(
        user(|user| user["properties"]["email"] = json!({})),
        ["neutral: response.data.email: type: text -> anything"]
    );
    // A property that was only observed in responses was never promised.
    assert_eq!(
        user(|user| _ = user["properties"].as_object_mut().unwrap().remove("email")),
        ["neutral: response.data.email: property vanished"]
    );
    assert_eq!(
        drift("get_mailbox", |_, schemas| _ =
            schemas["MailboxDetails"]["properties"].as_object_mut().unwrap().remove("mailbox")),
        ["neutral: response.data: properties: 1 -> none"]
    );
    let accepted = drift("get_user", |page, _| page["responses"]["201"] = page["responses"]["200"].clone());
    assert_eq!(accepted, ["breaking: response 201: status added"]);
}

#[test]
fn enum_changes_are_reported() {
    let status = |values: Value| {
        drift("list_mailboxes", move |_, schemas| schemas["MailboxStatus"]["enum"] = values.clone())
            .into_iter()
            .filter(|line| !line.contains("value") || line.contains("PAUSED") || line.contains("FAILED"))
            .collect::<Vec<_>>()
    };
    let at = "response.data.domains[].mailboxes[].status: enum:";
    assert!(status(json!(["ACTIVE", "PAUSED"])).contains(&format!("addition: {at} value PAUSED added")));
    assert!(status(json!(["ACTIVE"])).contains(&format!("neutral: {at} value FAILED vanished")));
    assert_eq!(status(json!([])).len(), 1);
}

#[test]
fn example_that_our_schema_rejects_is_breaking() {
    let rejected = drift("get_user", |page, _| {
        page["responses"]["200"]["content"]["application/json"]["example"]["data"]["email"] = json!(7);
    });
    assert_eq!(rejected, ["breaking: response.data.email: example rejected: 7 is not of type \"string\""]);
}

/// The report on one page, generated from an operation and modified by `change`.
fn report(id: &str, deviations: &[Deviation], change: impl Fn(String) -> String) -> Report {
    let document = fixture::document();
    let operation = document.named(id).unwrap();
    let text = change(generated::page(&generated::fragment(&document, &operation)));
    let page = FetchedPage { listed: generated::listed(&operation, 1), text: Ok(text) };
    let index = index::read(&crate::openapi_folder()).unwrap();
    compare_pages(&document, &index, deviations, &[page])
}

fn lines_of(report: &Report, operation: &str) -> Vec<String> {
    let drifted = report.operations.iter().find(|drifted| drifted.operation == operation);
    drifted.map(|drifted| lines(&drifted.differences)).unwrap_or_default()
}

#[test]
fn new_vanished_and_other_version_operations_are_reported() {
    let new =
        report("get_user", &[], |page| page.replace("/v2/users", "/v2/fresh").replace("Retrieve the account", "Other"));
    let lines = lines_of(&new, "GET /v2/fresh");
    assert_eq!(lines, ["addition: operation: operation added (Other of the API key)"]);
    assert_eq!(lines_of(&new, "get_user"), ["breaking: operation: operation vanished from the list"]);
    assert_eq!(new.exit_code(), 1);
    let v3 = report("get_user", &[], |page| page.replace("/v2/users", "/v3/users"));
    assert_eq!((v3.compared, v3.other_versions), (0, 1));
}

#[test]
fn deviation_is_not_reported_and_stale_deviation_is() {
    let change = |page: String| page.replacen("\"walletBalance\": {", "\"purse\": {", 1);
    let deviation = |at: &str| Deviation {
        operation: "get_user".to_owned(),
        at: at.to_owned(),
        change: "property vanished".to_owned(),
        reason: "seen".to_owned(),
    };
    let all = [deviation("response.data.walletBalance"), deviation("response.data.gone")];
    let report = report("get_user", &all, change);
    assert_eq!(report.deviations, 1);
    assert_eq!(
        lines_of(&report, "get_user"),
        [
            "addition: response.data.purse: property added (number)",
            "neutral: response.data.gone: deviation no longer applies (property vanished); delete it from deviations.yaml",
        ]
    );
}
