//! Consistency of the document with the index of operations: ids, methods, paths, groups, effects, buckets, paging.

use std::collections::BTreeMap;

use crate::document::{Document, Operation};
use crate::finding::Finding;
use crate::index::Entry;

pub fn broken(document: &Document, index: &[Entry]) -> Vec<Finding> {
    let mut missing: BTreeMap<_, _> = index.iter().map(|entry| (entry.id.as_str(), entry)).collect();
    let mut findings = Vec::new();
    for operation in document.operations() {
        match missing.remove(operation.id) {
            Some(entry) => findings.extend(differences(&operation, entry)),
            None => {
                findings.push(finding(&operation, "is not in operations.tsv; add it there, or correct the operationId"))
            }
        }
    }
    findings.extend(missing.values().map(|entry| {
        let file = format!("groups/{}.yaml", entry.group);
        let message = format!("is in operations.tsv but not in the document; add `{} {}`", entry.method, entry.path);
        Finding::new(&file, &entry.id, message)
    }));
    findings
}

fn differences(operation: &Operation<'_>, entry: &Entry) -> Vec<Finding> {
    let method = operation.method.to_uppercase();
    let idempotent = operation.value["x-zapmail-idempotent"].to_string();
    let facts = [
        ("method", method.as_str(), &entry.method),
        ("path", operation.path, &entry.path),
        ("tags", operation.group(), &entry.group),
        ("x-zapmail-effect", operation.effect(), &entry.effect),
        ("x-zapmail-idempotent", idempotent.as_str(), &entry.idempotent),
        ("x-zapmail-bucket", operation.bucket(), &entry.bucket),
    ];
    let mut findings: Vec<_> = facts
        .iter()
        .filter(|(_, here, there)| here != there)
        .map(|(fact, here, there)| {
            finding(operation, format!("{fact} is `{here}`, but `{there}` in operations.tsv; correct one of them"))
        })
        .collect();
    let file = format!("groups/{}.yaml", entry.group);
    if operation.file != file {
        findings.push(finding(operation, format!("belongs in {file}; move it there")));
    }
    findings.extend(paging(operation, entry));
    findings
}

/// An operation has `x-zapmail-page` if and only if the index contains the key of its rows.
fn paging(operation: &Operation<'_>, entry: &Entry) -> Option<Finding> {
    let page = operation.paging();
    let message = match (entry.paged_by.as_str(), page) {
        ("-" | "unknown", Some(_)) => {
            "has x-zapmail-page, but no key of the rows in operations.tsv; correct one of them".to_owned()
        }
        ("-" | "unknown", None) => return None,
        (key, None) => format!("pages by `{key}` according to operations.tsv; add x-zapmail-page"),
        ("cursor", Some(page)) if page.cursor.is_some() => return None,
        ("cursor", Some(_)) => "pages by a cursor; add `cursor` to x-zapmail-page".to_owned(),
        (key, Some(page)) if page.rows.ends_with(&format!("/{key}")) => return None,
        (key, Some(_)) => {
            format!("x-zapmail-page: rows does not end in `/{key}`, the key in operations.tsv; correct one of them")
        }
    };
    Some(finding(operation, message))
}

fn finding(operation: &Operation<'_>, message: impl Into<String>) -> Finding {
    Finding::new(operation.file, operation.id, message)
}
