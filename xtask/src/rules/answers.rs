//! One success schema and the one error schema an operation: what progenitor can make a client of.

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
    for (status, answer) in operation.successes() {
        match only_schema(answer, &[JSON, BYTES]) {
            Some(schema) => _ = schemas.insert(schema.to_string()),
            None => messages
                .push(format!("answer {status} has to have a schema for {JSON} or {BYTES}, and no other media type")),
        }
    }
    match schemas.len() {
        0 => messages.push("has no success answer; add '200'".to_owned()),
        1 => {}
        _ => messages.push("success answers have different schemas; let them share one".to_owned()),
    }
    let error = json!({"$ref": "#/components/responses/Error"});
    for status in ["4XX", "5XX"] {
        if operation.value["responses"].get(status) != Some(&error) {
            messages.push(format!("answer {status} has to be #/components/responses/Error"));
        }
    }
    for (status, _) in operation.responses() {
        if !status.starts_with('2') && status != "4XX" && status != "5XX" {
            messages.push(format!("answer {status} cannot be generated; the statuses are 2.., 4XX and 5XX"));
        }
    }
    if operation.body().is_some_and(|body| only_schema(body, &[JSON]).is_none()) {
        messages.push(format!("requestBody has to have a schema for {JSON}, and no other media type"));
    }
    messages
}
