//! The field cases that apply to every operation. All others are in the tests of `zapmail-sdk-ext`, in
//! `tests/it/cases`.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use zapmail_contract::case::{CASES, CallError, Case};
use zapmail_contract::compare::same;
use zapmail_contract::expectation::{Expectation, shape_of};
use zapmail_contract::server::{Act, Recorded, Reply, Server, only_request};
use zapmail_contract::values::resolve;
use zapmail_openapi::document::reference::schema_name;
use zapmail_sdk::ReqwestTransport;
use zapmail_sdk::operations::find;
use zapmail_sdk_ext::ErrorKind;

use crate::client::{client, http, raw_outcome};
use crate::document;

/// A value that is in no enum of the document.
const NEW_VALUE: &str = "SOMETHING_NEW";

/// C18: the connection is reset after the request was sent, regardless of the method.
#[tokio::test(start_paused = true)]
async fn request_is_retried_only_if_its_operation_is_idempotent() {
    let (document, http) = (document(), http());
    for case in CASES {
        let operation = find(case.id).unwrap();
        let expectation = Expectation::of(&document, case.id).unwrap();
        let server = Server::acting(vec![Act::Reset]);
        let outcome = (case.required)(&client(&server.url(), http.clone()), expectation.body_or_null()).await;
        // According to the document, in which no purchase is idempotent.
        let is_idempotent = expectation.operation["x-zapmail-idempotent"] == true;
        assert_eq!(operation.is_safe_to_retry(), is_idempotent, "{}", case.id);
        assert!(!is_idempotent || expectation.operation["x-zapmail-effect"] != "spend", "{}", case.id);
        let (attempts, kind) = if is_idempotent { (4, ErrorKind::Connection) } else { (1, ErrorKind::OutcomeUnknown) };
        let Err(CallError::Client(error)) = outcome else { panic!("{}: {outcome:?}", case.id) };
        assert_eq!((server.requests().len(), error.kind()), (attempts, kind), "{}", case.id);
    }
}

/// Sets each enum in an example to the new value, even if the example does not contain the property. Collects the
/// enums.
fn plant(document: &Value, schema: &Value, example: &mut Value, planted: &mut BTreeSet<String>) {
    let Some(resolved) = shape_of(document, schema, example) else { return };
    if resolved.get("enum").is_some() {
        *example = json!(NEW_VALUE);
        planted.extend(schema["$ref"].as_str().and_then(schema_name).map(str::to_owned));
        return;
    }
    match example {
        Value::Array(elements) => {
            elements.iter_mut().for_each(|element| plant(document, &resolved["items"], element, planted));
        }
        Value::Object(properties) => {
            for (name, schema) in resolved["properties"].as_object().into_iter().flatten() {
                if resolve(document, schema).get("enum").is_some() {
                    properties.insert(name.clone(), Value::Null);
                }
                if let Some(value) = properties.get_mut(name) {
                    plant(document, schema, value, planted);
                }
            }
        }
        _ => {}
    }
}

/// The names of all enum schemas in responses.
fn enums_of_responses(document: &Value) -> BTreeSet<String> {
    fn collect(document: &Value, value: &Value, seen: &mut BTreeSet<String>, enums: &mut BTreeSet<String>) {
        match value {
            Value::Array(elements) => elements.iter().for_each(|element| collect(document, element, seen, enums)),
            Value::Object(properties) => {
                for (key, value) in properties {
                    let name = (key == "$ref").then(|| value.as_str().and_then(schema_name)).flatten();
                    let Some(name) = name else {
                        if !["example", "examples"].contains(&key.as_str()) {
                            collect(document, value, seen, enums);
                        }
                        continue;
                    };
                    if !seen.insert(name.to_owned()) {
                        continue;
                    }
                    let schema = &document["components"]["schemas"][name];
                    if schema.get("enum").is_some() {
                        enums.insert(name.to_owned());
                    }
                    collect(document, schema, seen, enums);
                }
            }
            _ => {}
        }
    }
    let (mut seen, mut enums) = (BTreeSet::new(), BTreeSet::new());
    for case in CASES {
        let expectation = Expectation::of(document, case.id).unwrap();
        collect(document, &expectation.operation["responses"], &mut seen, &mut enums);
    }
    enums
}

/// The schema, the status and the example of each JSON success response.
fn examples<'d>(expectation: &Expectation<'d>) -> Vec<(&'d Value, u16, Value)> {
    let replies = expectation.responses().into_iter();
    let examples = replies.filter_map(|reply| {
        let content = &expectation.operation["responses"][reply.status.to_string()]["content"]["application/json"];
        Some((content.get("schema")?, reply.status, serde_json::from_slice(&reply.body).ok()?))
    });
    examples.collect()
}

/// C26: each enum in the responses has a new value.
#[tokio::test]
async fn unknown_enum_value_is_decoded_and_written_back() {
    let (document, http) = (document(), http());
    let mut planted = BTreeSet::new();
    for case in CASES {
        let expectation = Expectation::of(&document, case.id).unwrap();
        for (schema, status, mut example) in examples(&expectation) {
            let mut found = BTreeSet::new();
            plant(&document, schema, &mut example, &mut found);
            if found.is_empty() {
                continue;
            }
            planted.append(&mut found);
            let data = raw_outcome(case, &expectation, &http, Act::json(status, &example)).await;
            let data = data.unwrap_or_else(|error| panic!("{}: {error:?}", case.id));
            same(&expectation.data(&Reply::json(status, &example)), &data)
                .unwrap_or_else(|difference| panic!("{}: {difference}", case.id));
        }
    }
    let enums = enums_of_responses(&document);
    let missing: Vec<_> = enums.difference(&planted).collect();
    assert!(planted.len() > 5 && missing.is_empty(), "no response has {missing:?}");
}

/// Lists that can be empty, because they do not select what an operation changes: in reads, and as a setting's value.
const CAN_BE_EMPTY: [&str; 6] = [
    "check_domain_availability/domainNames",
    "find_domains_with_ai/keywords",
    "find_domains_with_ai/tlds",
    "create_webhook_endpoint/enabled_events",
    "update_webhook_endpoint/enabled_events",
    "update_zap_site/form_fields",
];

/// C31: each required list of a request is empty.
#[tokio::test(start_paused = true)]
async fn empty_list_is_rejected_before_sending() {
    let (document, http) = (document(), http());
    let (mut sent, mut rejected) = (BTreeSet::new(), 0);
    for case in CASES {
        let expectation = Expectation::of(&document, case.id).unwrap();
        let Some(body) = expectation.body() else { continue };
        let content = &expectation.operation["requestBody"]["content"]["application/json"];
        let schema = resolve(&document, &content["schema"]);
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let names = required.iter().filter_map(Value::as_str).filter(|name| body[*name].is_array()).map(str::to_owned);
        let is_whole = body.is_array() || schema.get("properties").is_none() || schema["minProperties"] == 1;
        for name in names.chain(is_whole.then(String::new)) {
            let mut body = body.clone();
            let part = if name.is_empty() { &mut body } else { &mut body[&name] };
            *part = if part.is_array() { json!([]) } else { json!({}) };
            let server = Server::acting(vec![Act::json(200, &json!({"status": 200, "data": {"invented": 1}}))]);
            let outcome = (case.required)(&client(&server.url(), http.clone()), body).await;
            match outcome {
                Err(CallError::Client(error)) if error.kind() == ErrorKind::Invalid && error.status().is_none() => {
                    let argument = if name.is_empty() { "body" } else { &name };
                    assert!(error.message().contains(argument), "{}: {error}", case.id);
                    assert_eq!((error.attempts(), server.connections()), (0, 0), "{}", case.id);
                    rejected += 1;
                }
                _ => _ = sent.insert(format!("{}/{name}", case.id)),
            }
        }
    }
    assert_eq!(sent, CAN_BE_EMPTY.into_iter().map(str::to_owned).collect(), "an empty list is sent");
    assert!(rejected > 25, "{rejected}");
}

/// Removes all fields from a body except required ones and selections.
fn minimal(document: &Value, schema: &Value, body: &mut Value) {
    let schema = resolve(document, schema);
    match body {
        Value::Array(elements) => elements.iter_mut().for_each(|element| minimal(document, &schema["items"], element)),
        Value::Object(fields) => match schema["properties"].as_object() {
            Some(properties) => {
                let required = schema["required"].as_array().cloned().unwrap_or_default();
                let selects = |name: &String| properties[name]["x-zapmail-selects"] == true;
                // At least one field is required.
                let first = fields.keys().next().filter(|_| schema["minProperties"] == 1).cloned();
                fields
                    .retain(|name, _| required.contains(&json!(name)) || selects(name) || first.as_ref() == Some(name));
                fields.iter_mut().for_each(|(name, value)| minimal(document, &properties[name], value));
            }
            None => fields.values_mut().for_each(|value| minimal(document, &schema["additionalProperties"], value)),
        },
        _ => {}
    }
}

/// Calls an operation, and returns its only request.
async fn sent(case: &'static Case, body: Value, http: &ReqwestTransport) -> Recorded {
    let server = Reply::json(200, &json!({"status": 200, "data": {"invented": 1}})).serve();
    // The outcome does not matter.
    _ = (case.required)(&client(&server.url(), http.clone()), body).await;
    only_request(&server).unwrap_or_else(|difference| panic!("{}: {difference}", case.id))
}

/// C33: the key of an omitted optional argument is absent from body and query.
#[tokio::test]
async fn null_filter_is_never_sent() {
    let (document, http) = (document(), http());
    for case in CASES {
        let expectation = Expectation::of(&document, case.id).unwrap();
        let content = &expectation.operation["requestBody"]["content"]["application/json"];
        let mut body = expectation.body_or_null();
        minimal(&document, &content["schema"], &mut body);
        let request = sent(case, body.clone(), &http).await;
        let received = serde_json::from_str(&request.body).unwrap_or(Value::Null);
        assert_eq!(received, body, "{}", case.id);
        let required = zapmail_openapi::document::parameters(&document, expectation.operation)
            .filter(|parameter| parameter["in"] == "query" && parameter["required"] == true)
            .map(|parameter| parameter["name"].as_str().unwrap().to_owned());
        let names: BTreeSet<_> = request.query.iter().map(|(name, _)| name.clone()).collect();
        assert_eq!(names, required.collect(), "{}", case.id);
    }
}
