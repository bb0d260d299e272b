//! The files that are generated from the document: what they should contain, and whether they do.

use std::fs;
use std::path::Path;

use anyhow::Result;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};
use zapmail_openapi::document::{Operation, content, reference};

use crate::coverage;
use crate::document::{Document, entries, text};
use crate::files;
use crate::finding::Finding;
use crate::index;

/// A generated file and its content.
pub struct Generated {
    pub name: &'static str,
    pub content: String,
}

/// Every file that is generated from the document in this folder.
///
/// # Errors
///
/// When the index of operations cannot be read.
pub fn all(document: &Document, folder: &Path) -> Result<Vec<Generated>> {
    let index = index::read(folder)?;
    let operations = format!("{}{}", operations(document), coverage::markdown(document, &index));
    Ok(vec![
        Generated { name: "zapmail.json", content: document.to_json()? },
        Generated { name: "OPERATIONS.md", content: operations },
    ])
}

impl Generated {
    /// Writes the file if it differs; tells whether it did.
    ///
    /// # Errors
    ///
    /// When the file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<bool> {
        let file = folder.join(self.name);
        if fs::read_to_string(&file).is_ok_and(|present| present == self.content) {
            return Ok(false);
        }
        // A build may be reading it.
        files::replace(&file, &self.content)?;
        Ok(true)
    }

    /// What is stale about the file that is checked in.
    pub fn stale(&self, folder: &Path) -> Option<Finding> {
        let present = fs::read_to_string(folder.join(self.name)).unwrap_or_default();
        if present == self.content {
            return None;
        }
        let diff = TextDiff::from_lines(&present, &self.content);
        let mut changes = diff.iter_all_changes().filter(|change| change.tag() != ChangeTag::Equal);
        let first = changes.next().map(|change| format!("{}{}", change.tag(), change.value().trim_end()));
        let rest = changes.count();
        let message = format!("stale ({} and {rest} more lines); run `cargo xtask regen`", first.unwrap_or_default());
        Some(Finding::new(self.name, "generated", message))
    }
}

/// The table of all operations, group by group.
fn operations(document: &Document) -> String {
    let mut lines = vec![
        "# Operations".to_owned(),
        String::new(),
        "Written by `cargo xtask regen`. The link of an operation is its documentation page. *Effect*: `spend` can cost money, `authorize` lets the service charge by itself later; ".to_owned()
            + "*idempotent*: sending it twice leaves the same state as sending it once; *paged*: `pages()` and `items()` list all of it; \
               *body*: the type that `body(..)` takes; *response*: the type that `send()` returns.",
    ];
    let mut operations: Vec<_> = document.operations().collect();
    operations.sort_by_key(|operation| (operation.group(), operation.path));
    let mut group = "";
    for operation in operations {
        if operation.group() != group {
            group = operation.group();
            lines.extend([String::new(), format!("## {group}"), String::new()]);
            lines.push(
                "| operation | request | body | response | effect | idempotent | paged | evidence (request, response) | what it does |"
                    .to_owned(),
            );
            lines.push("| --- | --- | --- | --- | --- | --- | --- | --- | --- |".to_owned());
        }
        let name = operation
            .sources()
            .next()
            .map_or_else(|| format!("`{}`", operation.id), |page| format!("[`{}`]({page})", operation.id));
        let deprecated = if operation.deprecated() { "**Deprecated.** " } else { "" };
        lines.push(format!(
            "| {name} | `{}` | {} | `{}` | {} | {} | {} | {}, {} | {deprecated}{} |",
            operation.address(),
            operation.body_schema().map_or_else(String::new, |body| format!("`{}`", rust_type(body))),
            response_type(document, &operation),
            operation.effect(),
            if operation.idempotent() { "yes" } else { "no" },
            if operation.paging().is_some() { "yes" } else { "" },
            operation.evidence("request"),
            operation.evidence("response"),
            operation.summary(),
        ));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// The type of what `send()` returns.
fn response_type(document: &Document, operation: &Operation<'_>) -> String {
    let success = operation.successes().next().map_or(&Value::Null, |(_, response)| response);
    if content::is_file(success) {
        return "FileContents".to_owned();
    }
    let body = content::only_schema(success, &[content::JSON]).unwrap_or(&Value::Null);
    let envelope = reference::resolve(document.value(), body);
    let Some(place) = operation.data() else {
        return if is_untyped(envelope) { "Untyped".to_owned() } else { rust_type(body) };
    };
    let data = &envelope["properties"][place.trim_start_matches('/')];
    let name = rust_type(data);
    let may_be_null = reference::resolve(document.value(), data)["nullable"] == true;
    let has_default = name == "Untyped" || name.starts_with("Vec<");
    if may_be_null && !has_default { format!("Option<{name}>") } else { name }
}

/// The type that is generated for a schema.
fn rust_type(schema: &Value) -> String {
    let parts =
        entries(schema).filter(|(key, _)| ["allOf", "oneOf"].contains(key)).flat_map(|(_, parts)| parts.as_array());
    match (reference::reference(schema), parts.flatten().next()) {
        (Some(reference), _) => reference::schema_name(reference).unwrap_or(reference).to_owned(),
        (None, Some(part)) => rust_type(part),
        (None, None) if schema["type"] == "array" => format!("Vec<{}>", rust_type(&schema["items"])),
        (None, None) if is_untyped(schema) => "Untyped".to_owned(),
        (None, None) => text(&schema["type"]).to_owned(),
    }
}

/// A schema with a description only.
fn is_untyped(schema: &Value) -> bool {
    ["type", "$ref", "oneOf", "allOf", "properties", "enum"].iter().all(|key| schema.get(*key).is_none())
}

#[cfg(test)]
mod tests {
    use super::operations;
    use crate::fixture;

    #[test]
    fn table_names_the_types_of_bodies_and_responses() {
        let table = operations(&fixture::document());
        let rows = [
            ("enable_catch_all", "`DomainCatchAll` | `Untyped`"),
            ("get_user", " | `User`"),
            ("list_domain_tags", " | `Vec<DomainTag>`"),
            ("list_subscription_mailboxes", "`Vec<Untyped>`"),
            ("export_mailboxes", "`MailboxExport` | `Option<ExportJob>`"),
            ("download_attachment", "`EmailAttachment` | `FileContents`"),
        ];
        for (operation, types) in rows {
            let row = table.lines().find(|line| line.contains(&format!("`{operation}`"))).unwrap();
            assert!(row.contains(types), "{row}");
        }
    }
}
