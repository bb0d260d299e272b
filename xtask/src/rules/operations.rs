//! Every operation carries its extensions, with values that exist.

use std::collections::{BTreeMap, BTreeSet};

use crate::document::{Document, Operation, elements, entries, text};
use crate::finding::Finding;

/// Extensions with a closed set of values.
const VALUES: [(&str, &[&str]); 3] = [
    ("/x-zapmail-effect", &["read", "write", "spend"]),
    ("/x-zapmail-bucket", &["general", "domain-availability"]),
    ("/x-zapmail-note", &["body-on-get", ""]),
];

/// How well a request or an answer is known.
const EVIDENCE: [&str; 4] = ["documented", "observed", "inferred", "unknown"];

/// Keys of x-zapmail-page.
const PAGE: [&str; 5] = ["rows", "current", "total", "more", "cursor"];

/// Keys that an operation may have. A misspelt one would be lost without a word.
const KEYS: [&str; 17] = [
    "deprecated",
    "description",
    "operationId",
    "parameters",
    "requestBody",
    "responses",
    "summary",
    "tags",
    "x-zapmail-bucket",
    "x-zapmail-data",
    "x-zapmail-effect",
    "x-zapmail-evidence",
    "x-zapmail-note",
    "x-zapmail-page",
    "x-zapmail-read-back",
    "x-zapmail-repeatable",
    "x-zapmail-sources",
];

pub fn broken(document: &Document) -> Vec<Finding> {
    let effects: BTreeMap<_, _> =
        document.operations().map(|operation| (operation.id, text(operation.value, "/x-zapmail-effect"))).collect();
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for operation in document.operations() {
        let mut messages = messages(&operation);
        messages.extend(read_back(&operation, &effects));
        messages.extend(paging(document, &operation));
        messages.extend(pointers(document, &operation));
        if !seen.insert(operation.id) {
            messages.push("operationId is used twice; every operation has its own".to_owned());
        }
        findings.extend(messages.into_iter().map(|message| Finding::new(operation.file, operation.id, message)));
    }
    findings
}

fn messages(operation: &Operation<'_>) -> Vec<String> {
    let value = operation.value;
    let mut messages: Vec<_> = entries(value, "")
        .filter(|(key, _)| !KEYS.contains(key))
        .map(|(key, _)| format!("`{key}` is no key of an operation; see openapi/README.md"))
        .collect();
    if operation.id.is_empty() || !operation.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
        messages.push("operationId is missing or not in snake_case".to_owned());
    }
    if elements(value, "/tags").count() != 1 {
        messages.push("tags has to be the one group".to_owned());
    }
    for (pointer, allowed) in VALUES {
        if !allowed.contains(&text(value, pointer)) {
            messages.push(format!("{} has to be one of {}", &pointer[1..], allowed.join(", ")));
        }
    }
    if !value["x-zapmail-repeatable"].is_boolean() {
        messages.push("x-zapmail-repeatable has to be true or false".to_owned());
    }
    for part in ["request", "response"] {
        if !EVIDENCE.contains(&text(value, &format!("/x-zapmail-evidence/{part}"))) {
            messages.push(format!("x-zapmail-evidence: {part} has to be one of {}", EVIDENCE.join(", ")));
        }
    }
    let sources = value.get("x-zapmail-sources").and_then(|sources| sources.as_array());
    if !sources
        .is_some_and(|sources| sources.iter().all(|source| text(source, "").starts_with("https://docs.zapmail.ai/")))
    {
        messages.push(
            "x-zapmail-sources has to list pages of the official documentation; an empty list where none is known"
                .to_owned(),
        );
    }
    messages
}

/// A call that must not be repeated tells which reading call shows its outcome.
fn read_back(operation: &Operation<'_>, effects: &BTreeMap<&str, &str>) -> Option<String> {
    let hint = operation.value.get("x-zapmail-read-back").and_then(|hint| hint.as_str());
    match hint {
        None if operation.value["x-zapmail-repeatable"] == false => {
            Some("is not repeatable: name the operation that shows its outcome in x-zapmail-read-back".to_owned())
        }
        Some(hint) if effects.get(hint).is_none_or(|effect| *effect != "read") => {
            Some(format!("x-zapmail-read-back: `{hint}` is no reading operation of the document"))
        }
        _ => None,
    }
}

/// Where it pages, the keys are known, the rows have a place, and the cursor is one of the parameters.
fn paging(document: &Document, operation: &Operation<'_>) -> Vec<String> {
    let Some(page) = operation.value.get("x-zapmail-page") else { return Vec::new() };
    let mut messages: Vec<_> = entries(page, "")
        .filter(|(key, _)| !PAGE.contains(key))
        .map(|(key, _)| format!("x-zapmail-page: `{key}` is no key; the keys are {}", PAGE.join(", ")))
        .collect();
    if page.get("rows").is_none() {
        messages.push("x-zapmail-page: rows is missing; add the place of the rows".to_owned());
    }
    let mut parameters = elements(operation.value, "/parameters").filter_map(|parameter| document.resolve(parameter));
    if let Some(cursor) = page.get("cursor")
        && !parameters.any(|parameter| parameter.get("name") == Some(cursor))
    {
        messages.push(format!("x-zapmail-page: cursor is {cursor}, which has to be the name of one of the parameters"));
    }
    messages
}

/// What x-zapmail-data and x-zapmail-page point to exists in the success schema.
fn pointers(document: &Document, operation: &Operation<'_>) -> Vec<String> {
    let Some(schema) = super::answers::success_schema(document, operation.value) else { return Vec::new() };
    let page = entries(operation.value, "/x-zapmail-page").filter(|(key, _)| PAGE.contains(key) && *key != "cursor");
    let data = operation.value.get("x-zapmail-data").map(|pointer| ("x-zapmail-data", pointer));
    page.chain(data)
        .filter_map(|(key, pointer)| {
            let names = pointer.as_str().and_then(|pointer| pointer.strip_prefix('/'));
            let found = names
                .and_then(|names| names.split('/').try_fold(schema, |schema, name| property(document, schema, name)));
            let pointer = pointer.as_str().map_or_else(|| pointer.to_string(), str::to_owned);
            found.is_none().then(|| {
                format!("{key}: `{pointer}` is not in the success schema; `/data` is the way to the property `data`")
            })
        })
        .collect()
}

/// The schema of a property, through references and alternatives.
fn property<'a>(document: &'a Document, schema: &'a serde_json::Value, name: &str) -> Option<&'a serde_json::Value> {
    let schema = document.resolve(schema)?;
    let direct = schema.get("properties").and_then(|properties| properties.get(name));
    direct.or_else(|| elements(schema, "/oneOf").find_map(|variant| property(document, variant, name)))
}
