//! New entries of the document, built from a page: operations, parameters, bodies and responses.

use heck::ToUpperCamelCase as _;
use serde_json::{Value, json};
use zapmail_openapi::document::content::{examples, successes};
use zapmail_openapi::document::parameters;

use super::schema::{Components, refer};
use crate::document::{Document, Operation, elements, entries, text};
use crate::drift::operations::{is_ours, json_content, key};
use crate::drift::page::Page;
use crate::drift::severity::Side;
use crate::schema::{Kind, Schema};

/// Builds the entry of a new operation, and adds the components that it needs.
pub fn operation(
    id: &str,
    group: &str,
    source: &str,
    page: &Page,
    components: &mut Components<'_>,
    ours: &Document,
) -> Value {
    let reads = page.method == "get";
    let noun = noun(id);
    let mut entry = json!({
        "operationId": id,
        "tags": [group],
        "summary": "",
        "description": "",
        "x-zapmail-effect": if reads { "read" } else { "write" },
        "x-zapmail-idempotent": reads,
        "x-zapmail-bucket": "general",
        "x-zapmail-sources": [source],
    });
    if page.operation["deprecated"] == true {
        entry["deprecated"] = true.into();
    }
    let parameters: Vec<_> = parameters(&page.fragment, &page.operation)
        .filter(|known| is_ours(&key(known)))
        .map(|known| parameter(known, page, &noun, components, ours))
        .collect();
    if !parameters.is_empty() {
        entry["parameters"] = parameters.into();
    }
    if let Some(body) = body(page, &noun, components) {
        entry["requestBody"] = body;
    }
    let first = successes(&page.operation).find_map(|(_, response)| json_content(&page.fragment, response));
    let (content, evidence) = match first {
        Some(first) => {
            let (schema, data) = response(Schema::new(&page.fragment, &first["schema"]), &noun, components);
            if data {
                entry["x-zapmail-data"] = "/data".into();
            }
            (content(schema, first), "documented")
        }
        None => {
            let untyped = json!({"schema": refer("UntypedEnvelope"), "example": {"status": 200}});
            (json!({"application/json": untyped}), "unknown")
        }
    };
    let mut statuses: Vec<_> = successes(&page.operation).map(|(status, _)| status).collect();
    if statuses.is_empty() {
        statuses.push("200");
    }
    for status in statuses {
        entry["responses"][status] = json!({"description": "", "content": content});
    }
    for status in ["4XX", "5XX"] {
        entry["responses"][status] = json!({"$ref": "#/components/responses/Error"});
    }
    entry["x-zapmail-evidence"] = json!({"request": "documented", "response": evidence});
    entry
}

/// Builds a parameter: a reference to a shared one, or a parameter of the operation itself.
pub fn parameter(theirs: &Value, page: &Page, noun: &str, components: &mut Components<'_>, ours: &Document) -> Value {
    let (location, name) = key(theirs);
    let is_required = theirs["required"] == true || location == "path";
    let shared = ours.components().find(|known| {
        known.kind == "parameters"
            && key(known.value) == key(theirs)
            && (location == "header" || (known.value["required"] == true) == is_required)
    });
    if let Some(shared) = shared {
        return json!({"$ref": format!("#/components/parameters/{}", shared.name)});
    }
    let schema = Schema::new(&page.fragment, &theirs["schema"]);
    let mut schema = components.describe(schema, Side::Request, &format!("{noun}{}", name.to_upper_camel_case()));
    if let Some(object) = schema.as_object_mut() {
        object.remove("description");
    }
    let mut parameter = json!({"name": name, "in": location, "description": "", "schema": schema});
    if is_required {
        parameter["required"] = true.into();
    }
    if let Some(example) = example(theirs) {
        parameter["example"] = example;
    }
    parameter
}

/// The example of a parameter, unless it is empty.
pub fn example(theirs: &Value) -> Option<Value> {
    theirs.get("example").filter(|example| !example.is_null() && **example != "").cloned()
}

/// Builds the request body, if the page has one.
pub fn body(page: &Page, noun: &str, components: &mut Components<'_>) -> Option<Value> {
    let first = json_content(&page.fragment, page.operation.get("requestBody")?)?;
    let schema = Schema::new(&page.fragment, &first["schema"]);
    let schema = component(schema, Side::Request, &format!("{noun}Request"), components);
    // A missing `required` means nothing: the service's editor omits it.
    Some(json!({"required": true, "description": "", "content": content(schema, first)}))
}

fn content(schema: Value, theirs: &Value) -> Value {
    let mut content = json!({"schema": schema});
    if let Some(example) = examples(theirs).find(|example| !example.is_null()) {
        content["example"] = example.clone();
    }
    json!({"application/json": content})
}

/// Builds the schema of a response, and returns whether it is an envelope with data.
pub fn response(schema: Schema<'_>, noun: &str, components: &mut Components<'_>) -> (Value, bool) {
    let parts = schema.properties();
    let is_envelope = parts.keys().all(|name| matches!(*name, "data" | "message" | "status"));
    let Some(data) = parts.get("data").filter(|_| is_envelope) else {
        return (component(schema, Side::Response, noun, components), false);
    };
    match data.kind() {
        Kind::Null => (refer("Acknowledgement"), false),
        Kind::Untyped => (refer("UntypedEnvelope"), true),
        _ => {
            let data = components.describe(*data, Side::Response, noun);
            let envelope = json!({
                "type": "object",
                "description": "",
                "properties": {
                    "status": {"type": "integer", "format": "int64", "description": "HTTP status, repeated in the body."},
                    "message": {"type": "string", "description": "Message from the service."},
                    "data": data,
                },
            });
            (components.add(&format!("{noun}Envelope"), envelope), true)
        }
    }
}

/// Builds a schema as a component, even if it is not an object.
fn component(schema: Schema<'_>, side: Side, name: &str, components: &mut Components<'_>) -> Value {
    if side == Side::Response && schema.kind() == Kind::Untyped {
        return refer("UntypedBody");
    }
    let value = components.describe(schema, side, name);
    if value.get("$ref").is_some() { value } else { components.add(name, value) }
}

/// The type name of an operation's subject: `WarmUpReport` for `get_warm_up_report`.
pub fn noun(id: &str) -> String {
    id.split_once('_').map_or(id, |(_, noun)| noun).to_upper_camel_case()
}

/// The group of a page and its file: found by the page's tag, or by an operation with a similar path.
pub fn group(page: &Page, ours: &Document) -> Option<(String, String)> {
    let plain = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let tag = plain(elements(&page.operation["tags"]).filter_map(Value::as_str).next().unwrap_or_default());
    let start = |path: &str| path.split('/').take(3).collect::<Vec<_>>().join("/");
    let of = |known: &Operation<'_>| (known.group().to_owned(), known.file.to_owned());
    let by_tag = ours.operations().find(|known| plain(known.group()) == tag);
    by_tag.or_else(|| ours.operations().find(|known| start(known.path) == start(&page.path))).map(|known| of(&known))
}

/// The path in our document's notation: placeholders in braces.
pub fn path(page: &Page) -> String {
    let part = |part: &str| part.strip_prefix(':').map_or_else(|| part.to_owned(), |name| format!("{{{name}}}"));
    page.path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// Collects the locations of empty descriptions and summaries, which a person has to write.
pub fn unwritten(value: &Value, at: &str, found: &mut Vec<String>) {
    for (key, inner) in entries(value) {
        match inner {
            Value::String(text) if text.is_empty() && matches!(key, "summary" | "description") => {
                found.push(format!("{at}.{key}").trim_start_matches('.').to_owned());
            }
            _ if key == "example" => {}
            _ => unwritten(inner, format!("{at}.{key}").trim_start_matches('.'), found),
        }
    }
    for inner in elements(value) {
        let name = text(&inner["name"]);
        unwritten(inner, format!("{at}.{name}").trim_matches('.'), found);
    }
}
