//! Changes in a schema, from the perspective of the generated Rust type.

use std::collections::BTreeMap;

use serde_json::Value;

use super::severity::ChangeKind;
use crate::difference::Difference;
use crate::document::{entries, text};
use crate::schema::{Kind, Schema};

/// Formats that have no Rust type of their own.
const PLAIN: [&str; 3] = ["", "int64", "double"];

/// Compares a named schema, and adds its changes to `changes`. `received` is whether responses could contain the schema
/// before, and whether they can now.
pub fn compare(name: &str, before: &Value, now: &Value, received: (bool, bool), changes: &mut Vec<Difference>) {
    let count = changes.len();
    // An enum in responses is open in Rust, which is a different type.
    if received.0 != received.1 && is_enum(before) && is_enum(now) {
        let word = |received: bool| if received { "open" } else { "closed" };
        let change = format!("enum: {} -> {}", word(received.0), word(received.1));
        changes.push(ChangeKind::OtherType.at(name, change));
    }
    if before == now {
        return;
    }
    let (old, new) = (Schema::new(&Value::Null, before), Schema::new(&Value::Null, now));
    let (was, is) = (words(before), words(now));
    if was != is {
        changes.push(ChangeKind::OtherType.at(name, format!("type: {was} -> {is}")));
    } else {
        values(name, old, new, changes);
        properties(name, old, new, changes);
        let rest = |schema: &Value| schema.get("additionalProperties").is_some_and(|rest| *rest != false);
        match (rest(before), rest(now)) {
            (false, true) => {
                changes.push(ChangeKind::AdditionalPropertiesKept.at(name, "additional properties are kept"))
            }
            (true, false) => {
                changes.push(ChangeKind::AdditionalPropertiesDropped.at(name, "additional properties are not kept"))
            }
            _ => {}
        }
        // The name stands for the type without null; fields of this type are optional.
        if old.nullable() != new.nullable() {
            let change = format!("nullable: {} -> {}", old.nullable(), new.nullable());
            changes.push(ChangeKind::Nullable.at(name, change));
        }
    }
    if changes.len() == count {
        changes.push(ChangeKind::DocumentationChanged.at(name, "documentation changed"));
    }
}

fn properties(name: &str, before: Schema<'_>, now: Schema<'_>, changes: &mut Vec<Difference>) {
    // As written, with references.
    let [old, new] = [before, now].map(|schema| entries(&schema.value["properties"]).collect::<BTreeMap<_, _>>());
    let (old_required, new_required) = (before.required(), now.required());
    for (property, schema) in &new {
        let location = format!("{name}.{property}");
        let required = new_required.contains(property);
        let Some(old) = old.get(property) else {
            let kind = if required { ChangeKind::RequiredProperty } else { ChangeKind::PropertyAdded };
            let required = if required { ", required" } else { "" };
            changes.push(kind.at(location, format!("property added ({}{required})", signature(schema, false))));
            continue;
        };
        let was_required = old_required.contains(property);
        match (was_required, required) {
            (true, false) => {
                changes.push(ChangeKind::PropertyNowOptional.at(location.as_str(), "required: true -> false"));
            }
            (false, true) => {
                changes.push(ChangeKind::PropertyNowRequired.at(location.as_str(), "required: false -> true"));
            }
            _ => {}
        }
        let (was, is) = (signature(old, was_required && required), signature(schema, was_required && required));
        let (was_null, is_null) = (old["nullable"] == true, schema["nullable"] == true);
        let (widened, widens) = (old["x-zapmail-widens"] == true, schema["x-zapmail-widens"] == true);
        if widened != widens {
            // The setter is named `or_<name>` if the property widens.
            changes.push(ChangeKind::OtherType.at(location.as_str(), format!("widens: {widened} -> {widens}")));
        }
        if was != is {
            changes.push(ChangeKind::OtherType.at(location, format!("type: {was} -> {is}")));
        } else if was_null != is_null {
            changes.push(ChangeKind::Nullable.at(location, format!("nullable: {was_null} -> {is_null}")));
        }
    }
    for property in old.keys().filter(|property| !new.contains_key(*property)) {
        changes.push(ChangeKind::PropertyRemoved.at(format!("{name}.{property}"), "property removed"));
    }
}

fn values(name: &str, before: Schema<'_>, now: Schema<'_>, changes: &mut Vec<Difference>) {
    let (old, new) = (before.values(), now.values());
    changes.extend(new.difference(&old).map(|value| ChangeKind::ValueAdded.at(name, format!("value {value} added"))));
    changes
        .extend(old.difference(&new).map(|value| ChangeKind::ValueRemoved.at(name, format!("value {value} removed"))));
}

fn is_enum(schema: &Value) -> bool {
    schema["type"] == "string" && schema.get("enum").is_some()
}

/// The name of a schema's Rust type. Null makes a difference if the type is not already optional, and for lists and
/// maps, which are empty instead of absent.
pub fn signature(schema: &Value, required: bool) -> String {
    let mut words = words(schema);
    let read = Schema::new(&Value::Null, schema);
    if schema.get("$ref").is_none() && read.nullable() && (required || matches!(read.kind(), Kind::List | Kind::Map)) {
        words += " or null";
    }
    words
}

/// The name of a schema's Rust type, ignoring null.
fn words(schema: &Value) -> String {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return reference.rsplit('/').next().unwrap_or(reference).to_owned();
    }
    let part = |key: &str| schema.get(key).map_or_else(|| "anything".to_owned(), |part| signature(part, true));
    let kind = Schema::new(&Value::Null, schema).kind();
    let mut words = match kind {
        Kind::List => format!("list of {}", part("items")),
        Kind::Map => format!("map of {}", part("additionalProperties")),
        // References in `oneOf` are the variants of an enum, which are tried in this order.
        Kind::OneOf => {
            let variants = ["oneOf", "anyOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
            let names: Vec<_> = variants.map(|variant| signature(variant, true)).collect();
            format!("one of {}", names.join(", "))
        }
        Kind::Text if schema.get("enum").is_some() => "enum".to_owned(),
        _ => kind.to_string(),
    };
    let format = text(&schema["format"]);
    if !PLAIN.contains(&format) && kind != Kind::NumberOrText {
        words += &format!(" ({format})");
    }
    let id = text(&schema["x-zapmail-id"]);
    let is_count = kind == Kind::Integer && schema["minimum"].as_i64().is_some_and(|minimum| minimum >= 0);
    if !id.is_empty() && id != "unknown" {
        words += &format!(" (id of {id})");
    } else if is_count {
        // An integer that cannot be negative is unsigned in Rust.
        words += " (not negative)";
    }
    words
}
