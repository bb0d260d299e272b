//! Conversion of shapes to the page that would document them.

use serde_json::{Map, Value, json};

use super::file::Shape;
use crate::document::Operation;
use crate::drift::page::Page;

/// Formats that the document uses. Other formats only hint at the meaning of a text.
const FORMATS: [&str; 2] = ["date-time", "uuid"];

/// Builds the page of an operation with responses of these shapes. A property is required if at least `least` objects
/// were observed and all of them had it.
pub fn of<'a>(operation: &Operation<'_>, shapes: impl Iterator<Item = (u16, &'a Shape)>, least: u64) -> Page {
    let responses = shapes.map(|(status, shape)| {
        let content = json!({"application/json": {"schema": schema(shape, least)}});
        (status.to_string(), json!({"content": content}))
    });
    let responses: Map<_, _> = responses.collect();
    Page {
        method: operation.method.to_owned(),
        path: operation.path.to_owned(),
        operation: json!({"deprecated": operation.deprecated(), "responses": responses}),
        fragment: json!({}),
    }
}

/// Builds the schema that accepts all values of a shape.
fn schema(shape: &Shape, least: u64) -> Value {
    let mut variants = Vec::new();
    let texts = shape.formats();
    let is_number = shape.has("number");
    let numbers = is_number || shape.has("integer");
    if numbers && texts.len() == 1 && texts.contains("decimal") {
        variants.push(json!({"format": "numeric"}));
    } else {
        if numbers {
            variants.push(json!({"type": if is_number { "number" } else { "integer" }}));
        }
        if !texts.is_empty() {
            variants.push(text(shape));
        }
    }
    if shape.has("boolean") {
        variants.push(json!({"type": "boolean"}));
    }
    if shape.has("array") {
        let items = shape.items.as_deref().map(|items| schema(items, least));
        variants.push(items.map_or_else(|| json!({"type": "array"}), |items| json!({"type": "array", "items": items})));
    }
    if shape.has("object") {
        variants.push(object(shape, least));
    }
    let is_nullable = shape.has("null");
    let mut schema = match variants.len() {
        0 if is_nullable => return json!({"type": "null"}),
        0 => return json!({}),
        1 => variants.remove(0),
        _ => json!({"oneOf": variants}),
    };
    if is_nullable {
        schema["nullable"] = true.into();
    }
    schema
}

fn text(shape: &Shape) -> Value {
    let mut text = json!({"type": "string"});
    let formats = shape.formats();
    if let (1, Some(format)) = (formats.len(), formats.first())
        && FORMATS.contains(format)
    {
        text["format"] = (*format).into();
    }
    if !shape.words.is_empty() {
        text["enum"] = shape.words.iter().map(String::as_str).collect();
    }
    text
}

fn object(shape: &Shape, least: u64) -> Value {
    if let (true, Some(values)) = (shape.properties.is_empty(), &shape.values) {
        return json!({"type": "object", "additionalProperties": schema(values, least)});
    }
    let properties: Map<_, _> =
        shape.properties.iter().map(|(name, property)| (name.clone(), schema(property, least))).collect();
    let required: Vec<_> = shape
        .properties
        .iter()
        .filter(|(_, property)| property.seen >= shape.objects && shape.objects >= least)
        .map(|(name, _)| name.as_str())
        .collect();
    json!({"type": "object", "properties": properties, "required": required})
}
