//! New entries of the document, built from a page: operations, parameters, bodies and responses.

use heck::ToUpperCamelCase as _;
use serde_json::{Map, Value, json};
use zapmail_openapi::document::content::{examples, successes};

use super::location::content_of;
use super::schema::{Components, refer};
use crate::document::{Document, Operation, elements, entries, text};
use crate::drift::operations::NOT_OURS;
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
    let parameters = elements(&page.operation["parameters"]).filter_map(|known| {
        let known = Schema::new(&page.fragment, known).value;
        let name = text(&known["name"]).trim();
        let is_ours = !NOT_OURS.contains(&name.to_lowercase().as_str()) && known["in"] != "cookie";
        is_ours.then(|| parameter(known, page, &noun, components, ours))
    });
    let parameters: Vec<_> = parameters.collect();
    if !parameters.is_empty() {
        entry["parameters"] = parameters.into();
    }
    if let Some(body) = body(page, &noun, components) {
        entry["requestBody"] = body;
    }
    let mut responses = Map::new();
    let mut known = "documented";
    let first = successes(&page.operation).find_map(|(_, response)| content_of(&page.fragment, response));
    let content = match first {
        Some(first) => {
            let (schema, data) = response(Schema::new(&page.fragment, &first["schema"]), &noun, components);
            if data {
                entry["x-zapmail-data"] = "/data".into();
            }
            content(schema, first)
        }
        None => {
            known = "unknown";
            json!({"application/json": {"schema": refer("UntypedEnvelope"), "example": {"status": 200}}})
        }
    };
    let statuses = successes(&page.operation).map(|(status, _)| status.to_owned());
    let mut statuses: Vec<_> = statuses.collect();
    if statuses.is_empty() {
        statuses.push("200".to_owned());
    }
    for status in statuses {
        responses.insert(status, json!({"description": "", "content": content}));
    }
    for status in ["4XX", "5XX"] {
        responses.insert(status.to_owned(), json!({"$ref": "#/components/responses/Error"}));
    }
    entry["responses"] = responses.into();
    entry["x-zapmail-evidence"] = json!({"request": "documented", "response": known});
    entry
}

/// Builds a parameter: a reference to a shared one, or a parameter of the operation itself.
pub fn parameter(theirs: &Value, page: &Page, noun: &str, components: &mut Components<'_>, ours: &Document) -> Value {
    let location = text(&theirs["in"]);
    let name = text(&theirs["name"]).trim();
    let name = if location == "header" { name.to_lowercase() } else { name.to_owned() };
    let is_required = theirs["required"] == true || location == "path";
    let shared = ours.components().find(|known| {
        known.kind == "parameters"
            && text(&known.value["name"]) == name
            && text(&known.value["in"]) == location
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
    let first = content_of(&page.fragment, page.operation.get("requestBody")?)?;
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
