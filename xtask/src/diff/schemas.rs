//! What changed in a schema, seen from the Rust type that is made of it.

use serde_json::Value;

use super::weight::{Change, What};
use crate::document::text;
use crate::schema::{Kind, Schema};

/// Formats that have no Rust type of their own.
const PLAIN: [&str; 3] = ["", "int64", "double"];

/// Notes what changed in a named schema; `received`: whether an answer could contain it, and whether one can now.
pub fn compare(name: &str, before: &Value, now: &Value, received: (bool, bool), changes: &mut Vec<Change>) {
    let count = changes.len();
    // An enum that answers use is open in Rust, which is another type.
    if received.0 != received.1 && is_enum(before) && is_enum(now) {
        let word = |received: bool| if received { "open" } else { "closed" };
        let change = format!("enum: {} -> {}", word(received.0), word(received.1));
        changes.push(Change::new(What::OtherType, name, change));
    }
    if before == now {
        return;
    }
    let (old, new) = (Schema::new(&Value::Null, before), Schema::new(&Value::Null, now));
    let (was, is) = (words(before), words(now));
    if was != is {
        changes.push(Change::new(What::OtherType, name, format!("type: {was} -> {is}")));
    } else {
        values(name, old, new, changes);
        properties(name, old, new, changes);
        let rest = |schema: &Value| schema.get("additionalProperties").is_some_and(|rest| *rest != false);
        match (rest(before), rest(now)) {
            (false, true) => changes.push(Change::new(What::RestKept, name, "further properties are kept")),
            (true, false) => changes.push(Change::new(What::RestDropped, name, "further properties are not kept")),
            _ => {}
        }
        // The name stands for the type without null: whatever refers to it is optional.
        if old.nullable() != new.nullable() {
            let change = format!("nullable: {} -> {}", old.nullable(), new.nullable());
            changes.push(Change::new(What::Nullable, name, change));
        }
    }
    if changes.len() == count {
        changes.push(Change::new(What::Said, name, "said otherwise"));
    }
}

fn properties(name: &str, before: Schema<'_>, now: Schema<'_>, changes: &mut Vec<Change>) {
    let (old, new) = (raw_properties(before.value), raw_properties(now.value));
    let (old_required, new_required) = (before.required(), now.required());
    for (property, schema) in &new {
        let place = format!("{name}.{property}");
        let required = new_required.contains(property.as_str());
        let Some(old) = old.iter().find(|(known, _)| known == property).map(|(_, schema)| schema) else {
            let what = if required { What::RequiredProperty } else { What::PropertyAdded };
            let required = if required { ", required" } else { "" };
            changes.push(Change::new(what, place, format!("property added ({}{required})", signature(schema, false))));
            continue;
        };
        let was_required = old_required.contains(property.as_str());
        match (was_required, required) {
            (true, false) => {
                changes.push(Change::new(What::PropertyNowOptional, place.as_str(), "required: true -> false"));
            }
            (false, true) => {
                changes.push(Change::new(What::PropertyNowRequired, place.as_str(), "required: false -> true"));
            }
            _ => {}
        }
        let (was, is) = (signature(old, was_required && required), signature(schema, was_required && required));
        let (was_null, is_null) = (old["nullable"] == true, schema["nullable"] == true);
        let (widened, widens) = (old["x-zapmail-widens"] == true, schema["x-zapmail-widens"] == true);
        if widened != widens {
            // The setter is called `or_<name>` if it widens.
            changes.push(Change::new(What::OtherType, place.as_str(), format!("widens: {widened} -> {widens}")));
        }
        if was != is {
            changes.push(Change::new(What::OtherType, place, format!("type: {was} -> {is}")));
        } else if was_null != is_null {
            changes.push(Change::new(What::Nullable, place, format!("nullable: {was_null} -> {is_null}")));
        }
    }
    for (property, _) in old.iter().filter(|(property, _)| !new.iter().any(|(known, _)| known == property)) {
        changes.push(Change::new(What::PropertyRemoved, format!("{name}.{property}"), "property removed"));
    }
}

fn values(name: &str, before: Schema<'_>, now: Schema<'_>, changes: &mut Vec<Change>) {
    let (old, new) = (before.values(), now.values());
    changes
        .extend(new.difference(&old).map(|value| Change::new(What::ValueAdded, name, format!("value {value} added"))));
    changes.extend(
        old.difference(&new).map(|value| Change::new(What::ValueRemoved, name, format!("value {value} removed"))),
    );
}

fn is_enum(schema: &Value) -> bool {
    schema["type"] == "string" && schema.get("enum").is_some()
}

/// The properties as they are written, references and all.
fn raw_properties(schema: &Value) -> Vec<(&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten().collect()
}

/// The Rust type of a schema, in words. Whether null is taken makes a difference where the type is not optional
/// anyway, and for lists and maps, which are empty instead of absent.
pub fn signature(schema: &Value, required: bool) -> String {
    let mut words = words(schema);
    let read = Schema::new(&Value::Null, schema);
    if schema.get("$ref").is_none() && read.nullable() && (required || matches!(read.kind(), Kind::List | Kind::Map)) {
        words += " or null";
    }
    words
}

/// The Rust type of a schema, whether null is taken aside.
fn words(schema: &Value) -> String {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return reference.rsplit('/').next().unwrap_or(reference).to_owned();
    }
    let part = |key: &str| schema.get(key).map_or_else(|| "anything".to_owned(), |part| signature(part, true));
    let kind = Schema::new(&Value::Null, schema).kind();
    let mut words = match kind {
        Kind::List => format!("list of {}", part("items")),
        Kind::Map => format!("map of {}", part("additionalProperties")),
        // References in `oneOf` are the variants of an enum; their order is that of trying.
        Kind::OneOf => {
            let variants = ["oneOf", "anyOf"].into_iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
            let names: Vec<_> = variants.map(|variant| signature(variant, true)).collect();
            format!("one of {}", names.join(", "))
        }
        Kind::Text if schema.get("enum").is_some() => "enum".to_owned(),
        _ => kind.to_string(),
    };
    let format = text(&schema["format"]);
    if !PLAIN.contains(&format) && kind != Kind::Numeric {
        words += &format!(" ({format})");
    }
    let id = text(&schema["x-zapmail-id"]);
    if !id.is_empty() && id != "unknown" {
        words += &format!(" (id of {id})");
    }
    words
}
