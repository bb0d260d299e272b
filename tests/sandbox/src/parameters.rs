//! The parameters of a request, checked against the document before a handler sees them.

use std::sync::OnceLock;

use axum::http::request::Parts;
use jsonschema::Validator;
use serde_json::{Number, Value};
use zapmail_openapi::document::{Document, Operation};
use zapmail_openapi::json_schema;

use crate::body::describe;
use crate::envelope::Refusal;
use crate::request::Query;
use crate::routes::BASE_PATH;

/// What the service answers in its own way, by operation and parameter: the handler does so.
const LEFT_TO_THE_HANDLER: [(&str, &str); 7] = [
    // Without them, 400. An app that it does not know is 500 of the accounts, and 400 of the workspaces (export.yaml).
    ("get_export_status", "exportId"),
    ("get_export_status", "x-workspace-key"),
    ("list_export_accounts", "app"),
    ("list_export_workspaces", "app"),
    // Without them, 400 (global.yaml).
    ("search_mailboxes_and_domains", "limit"),
    ("search_mailboxes_and_domains", "page"),
    // Without it the service fails with 500 (mailbox.yaml).
    ("get_mailbox", "id"),
];

/// What a parameter of an operation has to be.
#[derive(Debug)]
pub(crate) struct ParameterCheck {
    name: String,
    place: Place,
    required: bool,
    kind: Kind,
    schema: Value,
    /// Made when the first value comes: most sandboxes see few of the operations.
    validator: OnceLock<Option<Validator>>,
}

#[derive(Debug)]
enum Place {
    Query,
    Header,
    /// The part of the path with this position.
    Path(usize),
}

/// What text is read as before it is checked.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    Number,
    Boolean,
}

impl ParameterCheck {
    /// The checks of an operation's `parameters`.
    pub(crate) fn read_all(document: &Document, operation: &Operation<'_>) -> Vec<Self> {
        let parameters = document.parameters(operation);
        let parameters = parameters.filter_map(|parameter| Self::read(document, operation.path, parameter));
        let left = |parameter: &Self| LEFT_TO_THE_HANDLER.contains(&(operation.id, &parameter.name));
        parameters.filter(|parameter| !left(parameter)).collect()
    }

    fn read(document: &Document, path: &str, parameter: &Value) -> Option<Self> {
        let name = parameter["name"].as_str()?;
        let place = match parameter["in"].as_str()? {
            "query" => Place::Query,
            "header" => Place::Header,
            "path" => Place::Path(path.split('/').position(|part| part == format!("{{{name}}}"))?),
            _ => return None,
        };
        let schema = document.resolve(&parameter["schema"]);
        let of_items = document.resolve(&schema["items"]);
        let kind = match if of_items.is_null() { schema } else { of_items }["type"].as_str() {
            Some("integer" | "number") => Kind::Number,
            Some("boolean") => Kind::Boolean,
            _ => Kind::Text,
        };
        Some(Self {
            name: name.to_owned(),
            place,
            required: parameter["required"] == true,
            kind,
            schema: json_schema::standalone(document.value(), schema),
            validator: OnceLock::new(),
        })
    }

    /// A refusal that names the parameter, if it is not what it has to be.
    pub(crate) fn check(&self, parts: &Parts, query: &Query) -> Result<(), Refusal> {
        let Some(value) = self.value(parts, query) else {
            return if self.required { Err(Refusal::invalid(format!("{} is required", self.name))) } else { Ok(()) };
        };
        let validator = self.validator.get_or_init(|| jsonschema::draft4::new(&self.schema).ok());
        match validator.iter().flat_map(|validator| validator.iter_errors(&value)).next() {
            None => Ok(()),
            Some(_) if is_paging(&self.name) => Err(Refusal::paging()),
            Some(fault) => Err(Refusal::invalid(describe(&self.name, &fault))),
        }
    }

    /// The value as JSON, if it was sent.
    fn value(&self, parts: &Parts, query: &Query) -> Option<Value> {
        match self.place {
            Place::Query if self.is_list() => {
                let values: Vec<_> = query.all(&self.name).map(|text| self.kind.read(text)).collect();
                (!values.is_empty()).then(|| values.into())
            }
            Place::Query => query.get(&self.name).map(|text| self.kind.read(text)),
            Place::Header => {
                parts.headers.get(&self.name).map(|value| self.kind.read(&String::from_utf8_lossy(value.as_bytes())))
            }
            Place::Path(position) => {
                let path = parts.uri.path().strip_prefix(BASE_PATH)?;
                path.split('/').nth(position).map(|text| self.kind.read(text))
            }
        }
    }

    fn is_list(&self) -> bool {
        self.schema["allOf"][0]["type"] == "array"
    }
}

impl Kind {
    /// Text that is not what it should be stays text, which the schema then refuses.
    fn read(self, text: &str) -> Value {
        let read = match self {
            Self::Text => None,
            Self::Number => {
                let whole = text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from));
                whole.ok().or_else(|| Number::from_f64(text.parse().ok()?).map(Value::Number))
            }
            Self::Boolean => text.parse::<bool>().ok().map(Value::from),
        };
        read.unwrap_or_else(|| text.into())
    }
}

/// Whether a part of a request chooses the page: the service refuses these in its own way (platform.md).
pub(crate) fn is_paging(name: &str) -> bool {
    matches!(name, "page" | "limit")
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use serde_json::json;

    use super::{Document, Operation, ParameterCheck};
    use crate::request::Query;

    fn refusal(uri: &str, header: &str) -> String {
        let colors = json!({"Color": {"type": "string", "enum": ["RED"]}});
        let document = Document::new(json!({"components": {"schemas": colors}}));
        let operation = json!({"parameters": [
            {"in": "path", "name": "id", "required": true, "schema": {"type": "integer"}},
            {"in": "query", "name": "page", "schema": {"type": "integer", "minimum": 1}},
            {"in": "query", "name": "quantity", "required": true, "schema": {"type": "integer", "minimum": 1}},
            {"in": "query", "name": "colors", "schema": {"type": "array", "items": {"$ref": "#/components/schemas/Color"}}},
            {"in": "query", "name": "dry", "schema": {"type": "boolean"}},
            {"in": "header", "name": "x-color", "schema": {"$ref": "#/components/schemas/Color"}},
        ]});
        let operation = Operation { id: "paint", method: "get", path: "/v2/walls/{id}", value: &operation };
        let (parts, ()) = Request::get(uri).header("x-color", header).body(()).unwrap().into_parts();
        let query = Query::of(&parts.uri);
        let checks = ParameterCheck::read_all(&document, &operation);
        let refusal = checks.iter().find_map(|check| check.check(&parts, &query).err());
        refusal.map(|refusal| refusal.message().to_owned()).unwrap_or_default()
    }

    #[test]
    fn the_parameter_at_fault_is_named() {
        for (path_and_query, header, message) in [
            ("7?quantity=1&page=2&dry=true&colors=RED&colors=RED&unknown=1", "RED", ""),
            ("7?page=1", "RED", "quantity is required"),
            ("7?quantity=two", "RED", "quantity is not of type \"integer\""),
            ("7?quantity=1.5", "RED", "quantity is not of type \"integer\""),
            ("7?quantity=", "RED", "quantity is not of type \"integer\""),
            ("7?quantity=0", "RED", "quantity is less than the minimum of 1"),
            ("7?quantity=1&page=0", "RED", "Invalid pagination parameters"),
            ("7?quantity=1&page=x", "RED", "Invalid pagination parameters"),
            ("7?quantity=1&dry=maybe", "RED", "dry is not of type \"boolean\""),
            ("7?quantity=1&colors=RED&colors=246043", "RED", "colors.1 is not one of \"RED\""),
            ("7?quantity=1", "246043", "x-color is not one of \"RED\""),
            ("seven?quantity=1", "RED", "id is not of type \"integer\""),
        ] {
            let told = refusal(&format!("/api/v2/walls/{path_and_query}"), header);
            assert_eq!(told, message, "{path_and_query}");
        }
    }
}
