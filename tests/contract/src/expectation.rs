//! Expectations from the document: the request of an operation, and its example responses.

use serde_json::{Value, json};
use zapmail_openapi::document::content::{BYTES, JSON, examples, successes};
use zapmail_openapi::document::{Operation, elements, entries, operations, parameters};

use crate::Verdict;
use crate::compare::same;
use crate::server::{Recorded, Reply};
use crate::{KEY, values};

/// One operation of a document.
#[derive(Debug, Clone, Copy)]
pub struct Expectation<'a> {
    pub document: &'a Value,
    pub method: &'a str,
    pub path: &'a str,
    pub operation: &'a Value,
}

/// The set of parameters of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parameters {
    Required,
    All,
}

impl<'a> Expectation<'a> {
    /// The operation with this id.
    pub fn of(document: &'a Value, id: &str) -> Option<Self> {
        let Operation { method, path, value, .. } = operations(document).find(|operation| operation.id == id)?;
        Some(Self { document, method, path, operation: value })
    }

    /// The example of the body, if any.
    pub fn body(&self) -> Option<&'a Value> {
        examples(&self.operation["requestBody"]["content"][JSON]).next()
    }

    /// The example of the body; null if there is none.
    pub fn body_or_null(&self) -> Value {
        self.body().cloned().unwrap_or_default()
    }

    /// All examples of all success responses, completed with sample values; arbitrary bytes for a file.
    pub fn responses(&self) -> Vec<Reply> {
        successes(self.operation)
            .filter_map(|(status, response)| Some((status.parse().ok()?, response)))
            .flat_map(|(status, response)| match response["content"].get(JSON) {
                Some(content) => {
                    examples(content).map(|example| Reply::json(status, &self.completed(example))).collect()
                }
                None => vec![Reply { status, content_type: BYTES, body: vec![0, 159, 146, 150] }],
            })
            .collect()
    }

    /// Adds data to an example, if the operation needs it to succeed: the example of an undescribed response is empty,
    /// and contains neither the result of a purchase nor the data of a read.
    fn completed(&self, example: &Value) -> Value {
        let mut example = example.clone();
        let is_unknown = elements(&self.operation["x-zapmail-proof"]).any(|pointer| pointer == "")
            || (self.operation["x-zapmail-effect"] == "read" && self.operation.get("x-zapmail-data").is_none());
        let known = ["status", "message"];
        let is_empty = entries(&example).all(|(key, value)| known.contains(&key) || *value == json!({}));
        if let Some(object) = example.as_object_mut().filter(|_| is_unknown && is_empty) {
            object.insert("data".to_owned(), json!({"invented": "by the tests"}));
        }
        example
    }

    /// The data in a response, as returned by `send()`.
    pub fn data(&self, response: &Reply) -> Value {
        if response.content_type != JSON {
            return response.body.clone().into();
        }
        let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let pointer = self.operation["x-zapmail-data"].as_str().unwrap_or_default();
        body.pointer(pointer).cloned().unwrap_or_default()
    }

    /// Checks that a request without a workspace matches the document.
    ///
    /// # Errors
    ///
    /// The difference.
    pub fn describes(&self, request: &Recorded, set: Parameters) -> Verdict {
        expect("method", &self.method.to_uppercase(), &request.method)?;
        expect("path", &self.expected_path(), &request.path)?;
        let mut query = request.query.clone();
        query.sort();
        expect("query", &self.expected("query", set), &query)?;
        self.headers(request)?;
        match self.body() {
            Some(body) => {
                let sent: Value =
                    serde_json::from_str(&request.body).map_err(|error| format!("the body is not JSON: {error}"))?;
                same(body, &sent).map_err(|difference| format!("body: {difference}"))
            }
            None if request.body.is_empty() => Ok(()),
            None => Err("a body was sent, but none is described".to_owned()),
        }
    }

    /// Checks the workspace headers of a request: `x-workspace-key` in all requests, and `x-workspace-id` if the
    /// operation has this parameter.
    ///
    /// # Errors
    ///
    /// The difference.
    pub fn is_in_workspace(&self, request: &Recorded, workspace: &str) -> Verdict {
        let id = "x-workspace-id";
        let parameters: Vec<_> = parameters(self.document, self.operation).collect();
        let names_id = parameters.iter().any(|parameter| parameter["in"] == "header" && parameter["name"] == id);
        let expected: Vec<_> = names_id.then_some(id).into_iter().chain(["x-workspace-key"]).collect();
        let sent = own_headers(request);
        expect("headers", &expected, &sent.iter().map(|(name, _)| *name).collect())?;
        sent.iter().try_for_each(|(name, value)| expect(&format!("header {name}"), &workspace, value))
    }

    /// Checks the headers of a request without a workspace. The API key is the only header specific to the service.
    fn headers(&self, request: &Recorded) -> Verdict {
        let headers = || request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let header = |name: &str| headers().find(|(other, _)| *other == name).map(|(_, value)| value);
        expect("header x-auth-zapmail", &Some(KEY), &header("x-auth-zapmail"))?;
        expect("header api-version", &None, &header("api-version"))?;
        expect("header content-type", &self.body().map(|_| "application/json"), &header("content-type"))?;
        expect("headers", &Vec::new(), &own_headers(request))
    }

    /// The names and values of the parameters at one location, sorted by name.
    fn expected(&self, location: &str, set: Parameters) -> Vec<(String, String)> {
        let parameters = parameters(self.document, self.operation);
        let here = parameters.filter(|parameter| {
            parameter["in"] == location && (set == Parameters::All || parameter["required"] == true)
        });
        let mut expected: Vec<_> = here
            .flat_map(|parameter| {
                let name = text(&parameter["name"]);
                // A list is sent as one parameter per value.
                let values = match values::value(self.document, parameter) {
                    Value::Array(values) => values,
                    value => vec![value],
                };
                values.into_iter().map(move |value| (name.clone(), text(&value)))
            })
            .collect();
        expected.sort();
        expected
    }

    fn expected_path(&self) -> String {
        let parameters = parameters(self.document, self.operation).filter(|parameter| parameter["in"] == "path");
        parameters.fold(self.path.to_owned(), |path, parameter| {
            let name = format!("{{{}}}", text(&parameter["name"]));
            path.replace(&name, &text(&values::value(self.document, parameter)))
        })
    }
}

/// The schema that describes a value: references are resolved, and of several shapes, the one that is a list if the value
/// is one. `None` if no shape fits.
pub fn shape_of<'a>(document: &'a Value, schema: &'a Value, value: &Value) -> Option<&'a Value> {
    let schema = values::resolve(document, schema);
    let Some(shapes) = schema["oneOf"].as_array() else { return Some(schema) };
    let mut shapes = shapes.iter().filter_map(|shape| shape_of(document, shape, value));
    shapes.find(|shape| (shape["type"] == "array") == value.is_array())
}

/// The names and values of the service's headers except the key, sorted by name.
fn own_headers(request: &Recorded) -> Vec<(&str, &str)> {
    let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let mut own: Vec<_> = headers.filter(|(name, _)| name.starts_with("x-") && *name != "x-auth-zapmail").collect();
    own.sort_unstable();
    own
}

/// A value as text, as in a URL.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, expected: &T, actual: &T) -> Verdict {
    if expected == actual { Ok(()) } else { Err(format!("{what} is {actual:?} instead of {expected:?}")) }
}
