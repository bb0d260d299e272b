//! The document and the index of operations tell the same: ids, methods, paths, groups, effects, buckets, paging.

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
            None => findings
                .push(finding(&operation, "is not in operations.tsv; add its line there, or correct the operationId")),
        }
    }
    findings.extend(missing.values().map(|entry| {
        let file = format!("groups/{}.yaml", entry.group);
        let message = format!("is in operations.tsv and not in the document; add `{} {}`", entry.method, entry.path);
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
            finding(operation, format!("{fact} is `{here}`, operations.tsv says `{there}`; correct one of them"))
        })
        .collect();
    let file = format!("groups/{}.yaml", entry.group);
    if operation.file != file {
        findings.push(finding(operation, format!("belongs into {file}")));
    }
    findings.extend(paging(operation, entry));
    findings
}

/// An operation pages exactly where the index says by which key.
fn paging(operation: &Operation<'_>, entry: &Entry) -> Option<Finding> {
    let page = operation.paging();
    let message = match (entry.paged_by.as_str(), page) {
        ("-" | "unknown", Some(_)) => {
            "has x-zapmail-page, operations.tsv knows no key of rows; correct one of them".to_owned()
        }
        ("-" | "unknown", None) => return None,
        (key, None) => format!("pages by `{key}`, says operations.tsv; add x-zapmail-page"),
        ("cursor", Some(page)) if page.cursor.is_some() => return None,
        ("cursor", Some(_)) => "pages by a cursor; add `cursor` to x-zapmail-page".to_owned(),
        (key, Some(page)) if page.rows.ends_with(&format!("/{key}")) => return None,
        (key, Some(_)) => format!("x-zapmail-page: rows does not end in `/{key}`, which operations.tsv names"),
    };
    Some(finding(operation, message))
}

fn finding(operation: &Operation<'_>, message: impl Into<String>) -> Finding {
    Finding::new(operation.file, operation.id, message)
}
