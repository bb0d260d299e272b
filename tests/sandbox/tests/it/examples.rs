//! Requests to all operations, with the document's examples.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use zapmail_openapi::document::Operation;
use zapmail_openapi::document::content::examples;
use zapmail_sandbox::Shapes;

use crate::api::{Api, document};

/// `Api` validates each response against the document, regardless of its status.
#[tokio::test]
async fn responses_of_all_operations_match_document() {
    for shapes in [Shapes::Live, Shapes::Documented] {
        let api = Api::start_with(|builder| builder.shapes(shapes)).await;
        let mut requested = BTreeSet::new();
        for operation in document().operations() {
            let path = operation.path.replace("{id}", "7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e");
            let method = operation.method.to_uppercase().parse().unwrap();
            let request = api.request(method, &path).query(&query(&operation));
            let reply = match operation.body_examples().next() {
                Some(example) => api.send(request.json(example)).await,
                None => api.send(request).await,
            };
            let logged = api.sandbox.requests().pop().unwrap();
            assert_eq!(logged.operation.as_deref(), Some(operation.id));
            // The examples are valid according to the document, but their ids need not exist in the sandbox.
            assert!(reply.status < 500, "{logged:?}");
            assert!(reply.status != 422 || is_from_handler(&reply.body), "{logged:?} {}", reply.body);
            requested.insert(logged.operation);
        }
        assert_eq!(requested.len(), api.sandbox.request_counts().len());
        assert_eq!(requested.len(), zapmail_sdk::OPERATIONS.len());
    }
}

/// Returns whether a refusal with 422 comes from a handler, not from the validation against the document.
fn is_from_handler(body: &Value) -> bool {
    let message = body["message"].as_str().unwrap_or_default();
    !["is not", "is required", "is less", "has less"].iter().any(|words| message.contains(words))
}

/// Returns the query parameters with their examples, or with the first value that their schemas allow.
fn query(operation: &Operation<'static>) -> Vec<(String, String)> {
    let parameters = document().parameters(operation).filter(|parameter| parameter["in"] == "query");
    let pairs = parameters.map(|parameter| {
        let schema = document().resolve(&parameter["schema"]);
        let value = examples(parameter).next().or_else(|| schema.get("example")).or_else(|| schema["enum"].get(0));
        let value = match (value, schema["type"].as_str()) {
            (Some(Value::Array(values)), _) => values[0].clone(),
            (Some(value), _) => value.clone(),
            (None, Some("integer" | "number")) => json!(1),
            (None, Some("boolean")) => json!(true),
            (None, _) => json!("7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e"),
        };
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (parameter["name"].as_str().unwrap().to_owned(), text)
    });
    pairs.collect()
}
