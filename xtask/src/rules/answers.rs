//! One success schema and the one error schema an operation: what progenitor can make a client of.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::document::{Document, Operation, entries};
use crate::finding::Finding;

const JSON: &str = "application/json";
/// A file, which is not decoded.
const BYTES: &str = "application/octet-stream";

pub fn broken(document: &Document) -> Vec<Finding> {
    let broken = |operation: Operation<'_>| {
        let messages = messages(operation.value);
        messages.into_iter().map(move |message| Finding::new(operation.file, operation.id, message)).collect::<Vec<_>>()
    };
    document.operations().flat_map(broken).collect()
}

/// The schema that all success answers of an operation share.
pub fn success_schema<'a>(document: &'a Document, operation: &'a Value) -> Option<&'a Value> {
    let (_, answer) = successes(operation).next()?;
    document.resolve(only_schema(answer, &[JSON])?)
}

/// Whether an answer is a file instead of JSON.
pub fn is_file(answer: &Value) -> bool {
    only_schema(answer, &[BYTES]).is_some()
}

/// The success answers of an operation, by status.
pub fn successes(operation: &Value) -> impl Iterator<Item = (&str, &Value)> {
    entries(operation, "/responses").filter(|(status, _)| status.starts_with('2'))
}

fn messages(operation: &Value) -> Vec<String> {
    let mut messages = Vec::new();
    let mut schemas = BTreeSet::new();
    for (status, answer) in successes(operation) {
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
        if operation.pointer(&format!("/responses/{status}")) != Some(&error) {
            messages.push(format!("answer {status} has to be #/components/responses/Error"));
        }
    }
    for (status, _) in entries(operation, "/responses") {
        if !status.starts_with('2') && status != "4XX" && status != "5XX" {
            messages.push(format!("answer {status} cannot be generated; the statuses are 2.., 4XX and 5XX"));
        }
    }
    if operation.get("requestBody").is_some_and(|body| only_schema(body, &[JSON]).is_none()) {
        messages.push(format!("requestBody has to have a schema for {JSON}, and no other media type"));
    }
    messages
}

/// The schema of something that comes in one media type, if that is one of these.
fn only_schema<'a>(value: &'a Value, media_types: &[&str]) -> Option<&'a Value> {
    let mut content = entries(value, "/content");
    let (media_type, content_of_type) = content.next()?;
    (media_types.contains(&media_type) && content.next().is_none()).then(|| content_of_type.get("schema"))?
}
