//! Responses: one success schema per operation and the shared error schema, as progenitor requires.

use std::collections::BTreeSet;

use serde_json::json;
use zapmail_openapi::document::content::{BYTES, JSON, only_schema};

use crate::document::{Document, Operation};
use crate::finding::Finding;

pub fn broken(document: &Document) -> Vec<Finding> {
    let broken = |operation: Operation<'_>| {
        let messages = messages(&operation);
        messages.into_iter().map(move |message| Finding::new(operation.file, operation.id, message)).collect::<Vec<_>>()
    };
    document.operations().flat_map(broken).collect()
}

fn messages(operation: &Operation<'_>) -> Vec<String> {
    let mut messages = Vec::new();
    let mut schemas = BTreeSet::new();
    for (status, response) in operation.successes() {
        match only_schema(response, &[JSON, BYTES]) {
            Some(schema) => _ = schemas.insert(schema.to_string()),
            None => messages
                .push(format!("response {status} must have a schema for {JSON} or {BYTES}, and no other media type")),
        }
    }
    match schemas.len() {
        0 => messages.push("has no success response; add '200'".to_owned()),
        1 => {}
        _ => messages.push("success responses have different schemas; use one schema for all of them".to_owned()),
    }
    let error = json!({"$ref": "#/components/responses/Error"});
    for status in ["4XX", "5XX"] {
        if operation.value["responses"].get(status) != Some(&error) {
            messages.push(format!("response {status} must be #/components/responses/Error"));
        }
    }
    for (status, _) in operation.responses() {
        if !status.starts_with('2') && status != "4XX" && status != "5XX" {
            messages.push(format!("response {status} cannot be generated; the allowed statuses are 2.., 4XX and 5XX"));
        }
    }
    if operation.body().is_some_and(|body| only_schema(body, &[JSON]).is_none()) {
        messages.push(format!("requestBody must have a schema for {JSON}, and no other media type"));
    }
    messages
}
