//! Validation of request parameters against the document, before the handler is called.

use std::sync::OnceLock;

use axum::http::request::Parts;
use jsonschema::Validator;
use serde_json::{Number, Value};
use zapmail_openapi::document::{Document, Operation};
use zapmail_openapi::json_schema;

use crate::document::BASE_PATH;
use crate::envelope::Refusal;
use crate::invalid_value::{is_paging, refusal};
use crate::request::Query;

/// Parameters that the handler validates, because the service refuses them differently: the operation and the
/// parameter.
const VALIDATED_BY_HANDLER: [(&str, &str); 5] = [
    // A missing parameter is refused with 400. For an unknown app, `list_export_accounts` fails with 500, and
    // `list_export_workspaces` refuses with 400 (export.yaml).
    ("get_export_status", "exportId"),
    ("get_export_status", "x-workspace-key"),
    ("list_export_accounts", "app"),
    ("list_export_workspaces", "app"),
    // Without the id, the service fails with 500 (mailbox.yaml).
    ("get_mailbox", "id"),
];

/// The validation of a parameter of an operation.
#[derive(Debug)]
pub(crate) struct ParameterCheck {
    name: String,
    location: Location,
    required: bool,
    value_type: ValueType,
    schema: Value,
    /// Created for the first value, because most sandboxes receive requests for only a few operations.
    validator: OnceLock<Option<Validator>>,
}

#[derive(Debug)]
enum Location {
    Query,
    Header,
    /// The path segment at this position.
    Path(usize),
}

/// The type that a text value is parsed as before validation.
#[derive(Debug, Clone, Copy)]
enum ValueType {
    Text,
    Number,
    Boolean,
}

impl ParameterCheck {
    /// Reads the `parameters` of an operation.
    pub(crate) fn read_all(document: &Document, operation: &Operation<'_>) -> Vec<Self> {
        let parameters = document.parameters(operation);
        let parameters = parameters.filter_map(|parameter| Self::read(document, operation.path, parameter));
        let is_left_to_handler = |parameter: &Self| VALIDATED_BY_HANDLER.contains(&(operation.id, &parameter.name));
        parameters.filter(|parameter| !is_left_to_handler(parameter)).collect()
    }

    fn read(document: &Document, path: &str, parameter: &Value) -> Option<Self> {
        let name = parameter["name"].as_str()?;
        let location = match parameter["in"].as_str()? {
            "query" => Location::Query,
            "header" => Location::Header,
            "path" => Location::Path(path.split('/').position(|part| part == format!("{{{name}}}"))?),
            _ => return None,
        };
        let schema = document.resolve(&parameter["schema"]);
        let item_schema = document.resolve(&schema["items"]);
        let value_type = match if item_schema.is_null() { schema } else { item_schema }["type"].as_str() {
            Some("integer" | "number") => ValueType::Number,
            Some("boolean") => ValueType::Boolean,
            _ => ValueType::Text,
        };
        Some(Self {
            name: name.to_owned(),
            location,
            required: parameter["required"] == true,
            value_type,
            schema: json_schema::standalone(document.value(), schema),
            validator: OnceLock::new(),
        })
    }

    /// Refuses an invalid or missing parameter; the message names the parameter.
    pub(crate) fn check(&self, parts: &Parts, query: &Query) -> Result<(), Refusal> {
        let Some(value) = self.value(parts, query) else {
            return match self.required {
                false => Ok(()),
                true if is_paging(&self.name) => Err(Refusal::paging()),
                true => Err(Refusal::invalid(format!("{} is required", self.name))),
            };
        };
        let validator = self.validator.get_or_init(|| jsonschema::draft4::new(&self.schema).ok());
        let error = validator.iter().flat_map(|validator| validator.iter_errors(&value)).next();
        error.map_or(Ok(()), |error| Err(refusal(&self.name, &error)))
    }

    /// Returns the value as JSON, if it was sent.
    fn value(&self, parts: &Parts, query: &Query) -> Option<Value> {
        match self.location {
            Location::Query if self.is_list() => {
                let values: Vec<_> = query.all(&self.name).map(|text| self.value_type.parse(text)).collect();
                (!values.is_empty()).then(|| values.into())
            }
            Location::Query => query.get(&self.name).map(|text| self.value_type.parse(text)),
            Location::Header => parts
                .headers
                .get(&self.name)
                .map(|value| self.value_type.parse(&String::from_utf8_lossy(value.as_bytes()))),
            Location::Path(position) => {
                let path = parts.uri.path().strip_prefix(BASE_PATH)?;
                path.split('/').nth(position).map(|text| self.value_type.parse(text))
            }
        }
    }

    fn is_list(&self) -> bool {
        self.schema["allOf"][0]["type"] == "array"
    }
}

impl ValueType {
    /// Parses a value. A value that cannot be parsed stays text, which the schema then refuses.
    fn parse(self, text: &str) -> Value {
        let parsed = match self {
            Self::Text => None,
            Self::Number => {
                let whole = text.parse::<i64>().map(Value::from).or_else(|_| text.parse::<u64>().map(Value::from));
                whole.ok().or_else(|| Number::from_f64(text.parse().ok()?).map(Value::Number))
            }
            Self::Boolean => text.parse::<bool>().ok().map(Value::from),
        };
        parsed.unwrap_or_else(|| text.into())
    }
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
    fn invalid_parameter_is_named() {
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
            let actual = refusal(&format!("/api/v2/walls/{path_and_query}"), header);
            assert_eq!(actual, message, "{path_and_query}");
        }
    }
}
