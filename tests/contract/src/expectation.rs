//! What the document says of an operation: the request it describes, and its example answers.

use serde_json::Value;
use zapmail_openapi::document::content::{BYTES, JSON, examples, successes};
use zapmail_openapi::document::{Operation, operations};

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

/// Which parameters a call sets.
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

    /// The example of the body, if there is a body.
    pub fn body(&self) -> Option<&'a Value> {
        examples(&self.operation["requestBody"]["content"][JSON]).next()
    }

    /// Every success answer with every example of it; a file has bytes of no meaning.
    pub fn answers(&self) -> Vec<Reply> {
        successes(self.operation)
            .filter_map(|(status, answer)| Some((status.parse().ok()?, answer)))
            .flat_map(|(status, answer)| match answer["content"].get(JSON) {
                Some(content) => examples(content).map(|example| Reply::json(status, example)).collect(),
                None => vec![Reply { status, content_type: BYTES, body: vec![0, 159, 146, 150].into() }],
            })
            .collect()
    }

    /// The data inside an answer, as `call` returns it.
    pub fn data(&self, answer: &Reply) -> Value {
        if answer.content_type != JSON {
            return answer.body.to_vec().into();
        }
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let pointer = self.operation["x-zapmail-data"].as_str().unwrap_or_default();
        body.pointer(pointer).cloned().unwrap_or_default()
    }

    /// Whether this request is the one that the document describes.
    ///
    /// # Errors
    ///
    /// What is different.
    pub fn describes(&self, request: &Recorded, set: Parameters) -> Verdict {
        expect("method", &self.method.to_uppercase(), &request.method)?;
        expect("path", &self.expected_path(), &request.path)?;
        let mut query = request.query.clone();
        query.sort();
        expect("query", &self.expected("query", set), &query)?;
        self.headers(request, set)?;
        match self.body() {
            Some(body) => {
                let sent: Value =
                    serde_json::from_slice(&request.body).map_err(|error| format!("the body is no JSON: {error}"))?;
                same(body, &sent).map_err(|difference| format!("body: {difference}"))
            }
            None if request.body.is_empty() => Ok(()),
            None => Err("a body was sent, and none is described".to_owned()),
        }
    }

    fn headers(&self, request: &Recorded, set: Parameters) -> Verdict {
        let header =
            |name: &str| request.headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        expect("header x-auth-zapmail", &Some(KEY.to_owned()), &header("x-auth-zapmail"))?;
        expect("header api-version", &None, &header("api-version"))?;
        let media_type = self.body().map(|_| "application/json".to_owned());
        expect("header content-type", &media_type, &header("content-type"))?;
        let mut sent: Vec<_> =
            request.headers.keys().map(ToString::to_string).filter(|name| name.starts_with("x-")).collect();
        sent.retain(|name| name != "x-auth-zapmail");
        sent.sort();
        let expected = self.expected("header", set);
        expect("headers", &expected.iter().map(|(name, _)| name.clone()).collect(), &sent)?;
        expected
            .iter()
            .try_for_each(|(name, value)| expect(&format!("header {name}"), &Some(value.clone()), &header(name)))
    }

    /// Parameters of one place, by name, with their values.
    fn expected(&self, place: &str, set: Parameters) -> Vec<(String, String)> {
        let parameters = values::parameters(self.document, self.operation).into_iter();
        let here = parameters
            .filter(|parameter| parameter["in"] == place && (set == Parameters::All || parameter["required"] == true));
        let mut expected: Vec<_> = here
            .flat_map(|parameter| {
                let name = text(&parameter["name"]);
                // A list is repeated, once a value.
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
        let parameters =
            values::parameters(self.document, self.operation).into_iter().filter(|parameter| parameter["in"] == "path");
        parameters.fold(self.path.to_owned(), |path, parameter| {
            let name = format!("{{{}}}", text(&parameter["name"]));
            path.replace(&name, &text(&values::value(self.document, parameter)))
        })
    }
}

/// A value as it stands in a URL or a header.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, expected: &T, actual: &T) -> Verdict {
    if expected == actual { Ok(()) } else { Err(format!("{what} is {actual:?} instead of {expected:?}")) }
}
