//! Operations: every operation has its extensions, with valid values.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::document::{Document, Operation, elements, entries, text};
use crate::finding::Finding;

/// Extensions with a closed set of values.
const VALUES: [(&str, &[&str]); 3] = [
    ("x-zapmail-effect", &["read", "write", "authorize", "spend"]),
    ("x-zapmail-bucket", &["general", "domain-availability"]),
    ("x-zapmail-note", &["body-on-get", ""]),
];

/// The evidence for a request or a response.
const EVIDENCE: [&str; 4] = ["documented", "observed", "inferred", "unknown"];

/// Keys of x-zapmail-evidence. `observed` is the day on which programs observed the response.
const EVIDENCE_KEYS: [&str; 3] = ["request", "response", "observed"];

/// Keys of x-zapmail-page.
const PAGE: [&str; 10] = ["rows", "items", "id", "apart", "current", "total", "count", "more", "cursor", "next"];

/// Keys of x-zapmail-page that contain the name of a property or parameter. The other keys contain pointers.
const NAMES: [&str; 3] = ["items", "id", "cursor"];

/// Keys that an operation can have. A misspelled key would be ignored silently.
const KEYS: [&str; 19] = [
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
    "x-zapmail-idempotent",
    "x-zapmail-note",
    "x-zapmail-page",
    "x-zapmail-proof",
    "x-zapmail-sources",
    "x-zapmail-verify-note",
    "x-zapmail-verify-with",
];

pub fn broken(document: &Document) -> Vec<Finding> {
    let effects: BTreeMap<_, _> = document.operations().map(|operation| (operation.id, operation.effect())).collect();
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for operation in document.operations() {
        let mut messages = messages(&operation);
        messages.extend(verification(&operation, &effects));
        messages.extend(paging(document, &operation));
        messages.extend(proof(&operation));
        messages.extend(pointers(document, &operation));
        if !seen.insert(operation.id) {
            messages.push("operationId is used twice; every operation needs its own".to_owned());
        }
        findings.extend(messages.into_iter().map(|message| Finding::new(operation.file, operation.id, message)));
    }
    findings
}

fn messages(operation: &Operation<'_>) -> Vec<String> {
    let value = operation.value;
    let mut messages: Vec<_> = entries(value)
        .filter(|(key, _)| !KEYS.contains(key))
        .map(|(key, _)| format!("`{key}` is not a key of an operation; see openapi/README.md"))
        .collect();
    if !is_id(operation.id) {
        messages.push("operationId is missing or not in snake_case; write it as in list_mailboxes".to_owned());
    }
    if elements(&value["tags"]).count() != 1 {
        messages.push("tags must contain exactly one group".to_owned());
    }
    for (key, allowed) in VALUES {
        if !allowed.contains(&text(&value[key])) {
            messages.push(format!("{key} must be one of {}", allowed.join(", ")));
        }
    }
    if !value["x-zapmail-idempotent"].is_boolean() {
        messages.push("x-zapmail-idempotent must be true or false".to_owned());
    }
    for part in ["request", "response"] {
        if !EVIDENCE.contains(&operation.evidence(part)) {
            messages.push(format!("x-zapmail-evidence: {part} must be one of {}", EVIDENCE.join(", ")));
        }
    }
    messages.extend(observation(operation));
    let sources = value.get("x-zapmail-sources").and_then(|sources| sources.as_array());
    if !sources.is_some_and(|sources| sources.iter().all(|source| text(source).starts_with("https://docs.zapmail.ai/")))
    {
        messages.push(
            "x-zapmail-sources must list pages of the official documentation; use an empty list if none is known"
                .to_owned(),
        );
    }
    messages
}

/// Whether a text can be the id of an operation.
pub fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_')
}

/// The date of an observation is valid, and only observed responses have one.
fn observation(operation: &Operation<'_>) -> Vec<String> {
    let evidence = &operation.value["x-zapmail-evidence"];
    let unknown = entries(evidence).filter(|(key, _)| !EVIDENCE_KEYS.contains(key));
    let mut messages: Vec<_> = unknown
        .map(|(key, _)| {
            format!("x-zapmail-evidence: `{key}` is not a valid key; the keys are {}", EVIDENCE_KEYS.join(", "))
        })
        .collect();
    match evidence.get("observed") {
        Some(_) if operation.evidence("response") != "observed" => {
            messages.push("x-zapmail-evidence: only an observed response has the day observed; remove it".to_owned())
        }
        Some(day) if !is_day(text(day)) => {
            messages.push(format!(
                "x-zapmail-evidence: observed is {day}, which is not a day; write it as in '2026-11-30'"
            ));
        }
        _ => {}
    }
    messages
}

/// Whether a text is a day such as `2026-11-30`.
pub fn is_day(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let number = |part: &str, digits: usize| {
        part.parse::<u32>().ok().filter(|_| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let [year, month, day] = parts[..] else { return false };
    number(year, 4).is_some()
        && number(month, 2).is_some_and(|month| (1..=12).contains(&month))
        && number(day, 2).is_some_and(|day| (1..=31).contains(&day))
}

/// Every operation except a read names the reading operation that verifies its outcome, or explains why none can.
fn verification(operation: &Operation<'_>, effects: &BTreeMap<&str, &str>) -> Option<String> {
    let reads = operation.effect() == "read";
    match (reads, operation.verify_with(), operation.verify_note()) {
        (true, None, None) | (false, None, Some(_)) => None,
        (false, None, None) => Some(
            "is not a read: name the operation that verifies its outcome in x-zapmail-verify-with, or explain in \
             x-zapmail-verify-note why none can"
                .to_owned(),
        ),
        (_, Some(_), Some(_)) => Some("has both x-zapmail-verify-with and x-zapmail-verify-note; keep one".to_owned()),
        (true, ..) => {
            Some("is a read, so there is no outcome to verify; remove x-zapmail-verify-with or -note".to_owned())
        }
        (false, Some(verifier), None) => (effects.get(verifier) != Some(&"read")).then(|| {
            format!("x-zapmail-verify-with: `{verifier}` is not a reading operation of the document; name one")
        }),
    }
}

/// Every purchase, and no other operation, declares which part of its response proves the purchase.
fn proof(operation: &Operation<'_>) -> Option<String> {
    let spends = operation.effect() == "spend";
    match operation.value.get("x-zapmail-proof") {
        Some(_) if !spends => {
            Some("is not a purchase, so there is nothing to prove; remove x-zapmail-proof".to_owned())
        }
        Some(_) if operation.proof().count() > 0 => None,
        _ if spends => Some(
            "is a purchase: list the pointers into its response that lead to the purchased items in x-zapmail-proof; \
                         use `''` for the whole body if nothing more is known"
                .to_owned(),
        ),
        _ => None,
    }
}

/// `x-zapmail-page` has only known keys, contains `rows`, and its cursor is a parameter of the operation.
fn paging(document: &Document, operation: &Operation<'_>) -> Vec<String> {
    let Some(page) = operation.value.get("x-zapmail-page") else { return Vec::new() };
    let mut messages: Vec<_> = entries(page)
        .filter(|(key, _)| !PAGE.contains(key))
        .map(|(key, _)| format!("x-zapmail-page: `{key}` is not a valid key; the keys are {}", PAGE.join(", ")))
        .collect();
    if page.get("rows").is_none() {
        messages.push("x-zapmail-page: rows is missing; add the pointer to the rows".to_owned());
    }
    for key in ["items", "id"] {
        let Some(name) = page[key].as_str() else { continue };
        let row = document.success_schema(operation).and_then(|schema| pointed(document, schema, text(&page["rows"])));
        let has_property = row.is_some_and(|rows| property(document, &rows["items"], name).is_some());
        if !has_property {
            messages
                .push(format!("x-zapmail-page: {key} is `{name}`, which is not a property of the rows; correct it"));
        }
    }
    if let Some(cursor) = page.get("cursor")
        && !document.parameters(operation).any(|parameter| parameter.get("name") == Some(cursor))
    {
        messages.push(format!("x-zapmail-page: cursor is {cursor}, which is not the name of a parameter; correct it"));
    }
    messages
}

/// The pointers in x-zapmail-data, x-zapmail-page and x-zapmail-proof lead to parts of the success schema.
fn pointers(document: &Document, operation: &Operation<'_>) -> Vec<String> {
    let Some(schema) = document.success_schema(operation) else { return Vec::new() };
    let page =
        entries(&operation.value["x-zapmail-page"]).filter(|(key, _)| PAGE.contains(key) && !NAMES.contains(key));
    let data = operation.value.get("x-zapmail-data").map(|pointer| ("x-zapmail-data", pointer));
    let proof = elements(&operation.value["x-zapmail-proof"]).filter(|pointer| *pointer != "");
    page.chain(data)
        .chain(proof.map(|pointer| ("x-zapmail-proof", pointer)))
        .filter_map(|(key, pointer)| {
            let found = pointer.as_str().and_then(|pointer| pointed(document, schema, pointer));
            let pointer = pointer.as_str().map_or_else(|| pointer.to_string(), str::to_owned);
            found.is_none().then(|| {
                format!("{key}: `{pointer}` is not in the success schema; write `/data` for the property `data`")
            })
        })
        .collect()
}

/// The schema at a pointer.
fn pointed<'a>(document: &'a Document, schema: &'a Value, pointer: &str) -> Option<&'a Value> {
    pointer.strip_prefix('/')?.split('/').try_fold(schema, |schema, name| property(document, schema, name))
}

/// The schema of a property, following references and alternatives.
fn property<'a>(document: &'a Document, schema: &'a Value, name: &str) -> Option<&'a Value> {
    document.forms(schema).into_iter().find_map(|form| form["properties"].get(name))
}
