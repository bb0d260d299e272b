//! The calls that `observe` makes, with ids from lists and no invented values.

use serde_json::{Map, Value};
use zapmail_openapi::document::{Document, Operation, content, elements, entries, text};
use zapmail_sdk_ext::http::Method;

use super::ids::Ids;
use crate::catalog::Call;

/// Values of required parameters that are not ids.
const DEFAULT_VALUES: [(&str, &str); 3] = [("limit", "10"), ("page", "1"), ("status", "PENDING")];

/// The maximum number of enum values per required parameter.
const MAX_ENUM_VALUES: usize = 3;

/// The calls that are possible for an operation.
pub enum Inputs {
    Calls(Vec<Call>),
    /// A required value is unknown. Contains a remark.
    Missing(String),
}

/// Whether an operation is observed: it reads, returns JSON, is not deprecated, and has no separate rate limit.
pub fn is_observed(operation: &Operation<'_>) -> bool {
    let returns_file = operation.successes().any(|(_, response)| content::is_file(response));
    operation.effect() == "read" && operation.bucket() == "general" && !operation.deprecated() && !returns_file
}

/// Returns the calls of an operation: one per known value of its required parameters.
pub fn of(document: &Document, operation: &Operation<'_>, ids: &Ids) -> Inputs {
    let Ok(method) = operation.method.to_uppercase().parse::<Method>() else { return Inputs::Calls(Vec::new()) };
    let mut calls = vec![Call { method, path: operation.path.to_owned(), query: Vec::new(), body: None }];
    let mut has_required_id = false;
    let mut optional_ids = Vec::new();
    for parameter in document.parameters(operation).filter(|parameter| parameter["in"] != "header") {
        let (name, schema) = (text(&parameter["name"]), document.resolve(&parameter["schema"]));
        let kind = schema["x-zapmail-id"].as_str();
        if parameter["required"] != true {
            optional_ids.extend(kind.map(|kind| (name, kind)));
            continue;
        }
        has_required_id |= kind.is_some();
        let values = values(name, schema, ids);
        if values.is_empty() {
            return Inputs::Missing(missing(name, kind));
        }
        let is_path = parameter["in"] == "path";
        let with = |call: &Call, value: &str| match is_path {
            true => Call { path: call.path.replace(&format!("{{{name}}}"), value), ..call.clone() },
            false => call.with_query(name, value),
        };
        calls = calls.iter().flat_map(|call| values.iter().map(|value| with(call, value))).collect();
    }
    if operation.body().is_some() {
        match body(document, operation, ids) {
            Ok(body) => calls.iter_mut().for_each(|call| call.body = Some(body.clone())),
            Err(reason) => return Inputs::Missing(reason),
        }
    }
    // Operations without required ids can need one of several optional ids.
    if !has_required_id {
        let base = calls[0].clone();
        let samples = optional_ids.iter().filter_map(|(name, kind)| Some((name, ids.of(kind).first()?)));
        calls.extend(samples.map(|(name, id)| base.with_query(name, plain_text(id))).collect::<Vec<_>>());
    }
    Inputs::Calls(calls)
}

fn values(name: &str, schema: &Value, ids: &Ids) -> Vec<String> {
    if let Some(kind) = schema["x-zapmail-id"].as_str() {
        return ids.of(kind).iter().map(plain_text).collect();
    }
    let enum_values = elements(&schema["enum"]).filter_map(Value::as_str).take(MAX_ENUM_VALUES);
    let enum_values: Vec<_> = enum_values.map(str::to_owned).collect();
    let defaults = DEFAULT_VALUES.iter().filter(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    if enum_values.is_empty() { defaults.collect() } else { enum_values }
}

/// Returns a body with the required properties. Returns a remark if one of them is neither an id nor a boolean.
fn body(document: &Document, operation: &Operation<'_>, ids: &Ids) -> Result<Value, String> {
    let schema = operation.body_schema().map(|schema| document.resolve(schema)).unwrap_or(&Value::Null);
    let required: Vec<_> = elements(&schema["required"]).filter_map(Value::as_str).collect();
    let mut body = Map::new();
    for (name, property) in entries(&schema["properties"]).filter(|(name, _)| required.contains(name)) {
        let property = document.resolve(property);
        let items = property.get("items").map(|items| document.resolve(items));
        let kind = items.unwrap_or(property)["x-zapmail-id"].as_str();
        let value = match (kind, text(&property["type"])) {
            (Some(kind), form) => {
                let id = ids.of(kind).first().ok_or_else(|| missing(name, Some(kind)))?.clone();
                if form == "array" { vec![id].into() } else { id }
            }
            (None, "boolean") => false.into(),
            (None, _) => return Err(missing(name, None)),
        };
        body.insert(name.to_owned(), value);
    }
    Ok(body.into())
}

fn missing(name: &str, kind: Option<&str>) -> String {
    match kind {
        Some(kind) => format!("not sent: no id of kind `{kind}` was found in the account"),
        None => format!("not sent: no value is known for `{name}`"),
    }
}

fn plain_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
