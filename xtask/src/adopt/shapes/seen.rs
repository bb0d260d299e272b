//! Comparison of details that shapes contain and pages do not: null in optional parts, formats, and keys that are data.

use super::file::Shape;
use crate::drift::differences::Differences;
use crate::drift::severity::{DifferenceKind, Side};
use crate::schema::{Kind, Schema};

/// The change text when a part can be null.
pub const NULL: &str = "nullable: false -> true";

/// Formats that programs parse, so that any other text breaks the programs.
const PARSED: [&str; 2] = ["date-time", "uuid"];

/// Notes what differs between a schema of the document and a shape.
pub fn compare(ours: Schema<'_>, shape: &Shape, at: &str, found: &mut Differences) {
    let kind = ours.kind();
    if kind == Kind::Untyped {
        return;
    }
    if shape.has("null") && !takes_null(ours) {
        found.note(DifferenceKind::NowNullable, Side::Response, at, NULL);
    }
    let format = ours.value["format"].as_str().filter(|format| kind == Kind::Text && PARSED.contains(format));
    if let Some(format) = format
        && let Some(other) = shape.formats().into_iter().find(|other| *other != format)
    {
        let other = if other.is_empty() { "none" } else { other };
        found.note(DifferenceKind::OtherType, Side::Response, at, format!("format: {format} -> {other}"));
    }
    if kind == Kind::OneOf {
        // The observed alternative can only be identified if the alternatives are of different kinds.
        for (kind, is_seen) in [(Kind::Object, shape.objects > 0), (Kind::List, shape.items.is_some())] {
            let variants = ours.variants().into_iter().filter(|variant| variant.kind() == kind);
            if let (true, [variant]) = (is_seen, &variants.collect::<Vec<_>>()[..]) {
                parts(*variant, shape, at, found);
            }
        }
    } else {
        parts(ours, shape, at, found);
    }
}

fn parts(ours: Schema<'_>, shape: &Shape, at: &str, found: &mut Differences) {
    let properties = ours.properties();
    for (name, part) in &shape.properties {
        if let Some(ours) = properties.get(name.as_str()) {
            compare(*ours, part, &format!("{at}.{name}"), found);
        }
    }
    if let Some(values) = &shape.values {
        match ours.additional() {
            Some(ours) => compare(ours, values, &format!("{at}.*"), found),
            // Without properties, this is a different type, which the comparison with the page reports.
            None if shape.properties.is_empty() => {}
            None => found.note(
                DifferenceKind::OtherType,
                Side::Response,
                at,
                format!("keys: names -> data ({})", shape.keys),
            ),
        }
    }
    if let (Some(items), Some(ours)) = (&shape.items, ours.items()) {
        compare(ours, items, &format!("{at}[]"), found);
    }
}

fn takes_null(ours: Schema<'_>) -> bool {
    ours.nullable()
        || matches!(ours.kind(), Kind::Untyped | Kind::Null)
        || ours.value["enum"].as_array().is_some_and(|values| values.iter().any(serde_json::Value::is_null))
        || ours.variants().into_iter().any(takes_null)
}

/// Notes about details that the recorder does not write. A person with access to the account has to find them out.
pub fn notes(shape: &Shape, at: &str) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(unnamed) = &shape.unnamed {
        notes.push(format!("{at}: has properties whose names are not recorded ({})", unnamed.types()));
    }
    if shape.other_words {
        notes.push(format!("{at}: has words that are not recorded"));
    }
    for (name, part) in &shape.properties {
        notes.extend(self::notes(part, &format!("{at}.{name}")));
    }
    for (step, part) in [(".?", &shape.unnamed), (".*", &shape.values), ("[]", &shape.items)] {
        if let Some(part) = part {
            notes.extend(self::notes(part, &format!("{at}{step}")));
        }
    }
    notes
}
