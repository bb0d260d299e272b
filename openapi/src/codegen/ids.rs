//! The kinds of ids, and their representation in Rust.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::document::{Document, text};

/// The form in which the service sends the ids of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdForm {
    /// Always a UUID.
    Uuid,
    /// Always an integer.
    Integer,
    /// A string, in at least some requests or responses.
    Text,
}

/// Returns all kinds of ids in the document, with their form. `unknown` is not included.
pub fn id_kinds(document: &Document) -> BTreeMap<String, IdForm> {
    let mut kinds = BTreeMap::new();
    collect(document.value(), &mut kinds);
    kinds
}

fn collect(value: &Value, kinds: &mut BTreeMap<String, IdForm>) {
    match value {
        Value::Object(object) => {
            if let Some(kind) = kind_of(value) {
                let form = match (text(&value["type"]), text(&value["format"])) {
                    ("string", "uuid") => IdForm::Uuid,
                    ("integer", _) => IdForm::Integer,
                    _ => IdForm::Text,
                };
                let known = kinds.entry(kind.to_owned()).or_insert(form);
                if *known != form {
                    *known = IdForm::Text;
                }
            }
            if let Some(kind) = value["x-zapmail-key-id"].as_str() {
                kinds.entry(kind.to_owned()).and_modify(|form| *form = IdForm::Text).or_insert(IdForm::Text);
            }
            object.values().for_each(|inner| collect(inner, kinds));
        }
        Value::Array(array) => array.iter().for_each(|inner| collect(inner, kinds)),
        _ => {}
    }
}

/// Returns the kind of id that a schema describes.
fn kind_of(schema: &Value) -> Option<&str> {
    schema["x-zapmail-id"].as_str().filter(|kind| *kind != "unknown")
}

/// Returns the format that represents a kind while progenitor reads the document.
pub(super) fn format_of(kind: &str) -> String {
    format!("zapmail-id-{kind}")
}

/// Returns the name of the Rust type for a kind: `MailboxId` for `mailbox`.
pub fn id_type(kind: &str) -> String {
    let capitalized = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str()).unwrap_or_default()
    };
    kind.split('-').map(capitalized).collect::<String>() + "Id"
}
