//! Which operation a request asks for. The document says it; no path is written down here.

use std::collections::BTreeMap;
use std::io;
use std::sync::OnceLock;

use axum::http::{Method, StatusCode};
use serde_json::Value;
use zapmail_openapi::document::content::{JSON, examples};
use zapmail_openapi::document::{self, Document, entries};

use crate::body::BodyCheck;
use crate::envelope::{Answer, Refusal, Success};
use crate::groups::{self, Handler};
use crate::parameters::ParameterCheck;
use crate::quota::Bucket;

/// Where the document's paths begin; the document's server is `https://api.zapmail.ai/api`.
pub(crate) const BASE_PATH: &str = "/api";

/// An operation of the document.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) method: String,
    /// Path as the document writes it.
    template: String,
    /// What answers; without one the document's example does.
    pub(crate) handler: Option<Handler>,
    pub(crate) parameters: Vec<ParameterCheck>,
    pub(crate) body: Option<BodyCheck>,
    /// Which quotas it counts against.
    pub(crate) bucket: Bucket,
    /// Whether it may change something.
    pub(crate) writes: bool,
    /// Names of the documented query parameters that may be shown.
    pub(crate) printable_parameters: Vec<String>,
    example: Example,
    /// What the document says of its answers.
    responses: Value,
}

#[derive(Debug)]
struct Example {
    status: StatusCode,
    media_type: String,
    body: Value,
}

/// Where a request goes.
#[derive(Debug)]
pub(crate) enum Route {
    Operation(&'static Operation),
    WrongMethod,
    UnknownPath,
}

/// All operations by their paths.
#[derive(Debug)]
pub(crate) struct Routes {
    /// Paths without parameters.
    fixed: BTreeMap<String, Vec<Operation>>,
    /// Paths with parameters, cut at the slashes.
    templates: Vec<(Vec<String>, Vec<Operation>)>,
    pub(crate) document: Document,
}

impl Routes {
    /// The routes of the document, which is read once however many sandboxes there are.
    pub(crate) fn of_document() -> io::Result<&'static Self> {
        static ROUTES: OnceLock<Routes> = OnceLock::new();
        if let Some(routes) = ROUTES.get() {
            return Ok(routes);
        }
        let routes = Self::read(Document::parse(zapmail_openapi::DOCUMENT).map_err(io::Error::other)?);
        Ok(ROUTES.get_or_init(|| routes))
    }

    fn read(document: Document) -> Self {
        // The document holds both /v2/dns and /v2/dns/: to the service they are one path.
        let mut paths = BTreeMap::<String, Vec<Operation>>::new();
        for operation in document.operations() {
            let operation = Operation::read(&document, &operation);
            paths.entry(operation.template.clone()).or_default().push(operation);
        }
        let (templates, fixed): (BTreeMap<_, _>, _) = paths.into_iter().partition(|(path, _)| path.contains('{'));
        let segments = |path: String| path.split('/').map(str::to_owned).collect();
        let templates = templates.into_iter().map(|(path, operations)| (segments(path), operations)).collect();
        Self { fixed, templates, document }
    }

    /// The operation with an id.
    pub(crate) fn operation(&'static self, id: &str) -> Option<&'static Operation> {
        let with_parameters = self.templates.iter().map(|(_, operations)| operations);
        self.fixed.values().chain(with_parameters).flatten().find(|operation| operation.id == id)
    }

    /// Where a request goes, by its method and its whole path.
    pub(crate) fn find(&'static self, method: &Method, path: &str) -> Route {
        let operations = path.strip_prefix(BASE_PATH).and_then(|path| self.operations_at(path.trim_end_matches('/')));
        let Some(operations) = operations else { return Route::UnknownPath };
        let found = operations.iter().find(|operation| operation.method == method.as_str());
        found.map_or(Route::WrongMethod, Route::Operation)
    }

    fn operations_at(&self, path: &str) -> Option<&Vec<Operation>> {
        self.fixed.get(path).or_else(|| {
            let segments: Vec<_> = path.split('/').collect();
            let fits = |template: &[String]| {
                let mut pairs = template.iter().zip(&segments);
                template.len() == segments.len()
                    && pairs.all(|(part, segment)| part == segment || part.starts_with('{') && !segment.is_empty())
            };
            self.templates.iter().find(|(template, _)| fits(template)).map(|(_, operations)| operations)
        })
    }
}

impl Route {
    /// The operation, if it is one of the document's.
    pub(crate) fn found(&self) -> Option<&'static Operation> {
        match self {
            Self::Operation(operation) => Some(operation),
            Self::WrongMethod | Self::UnknownPath => None,
        }
    }

    /// A refusal as the service words it: Zapbox, which has a way of its own, says 400 where others say 422 (zapbox.yaml).
    pub(crate) fn word(&self, refusal: Refusal) -> Refusal {
        let zapbox = self.found().is_some_and(|operation| operation.template.starts_with("/v2/onebox"));
        if zapbox { refusal.into_rule() } else { refusal }
    }

    /// The operation, or how the service refuses a path or a method that it does not know.
    pub(crate) fn operation(&self, path: &str) -> Result<&'static Operation, Refusal> {
        // The pages of Zapbox tell that it has a way of its own.
        let zapbox = path.strip_prefix(BASE_PATH).is_some_and(|path| path.starts_with("/v2/onebox"));
        match self {
            Self::Operation(operation) => Ok(operation),
            Self::UnknownPath if zapbox => Err(Refusal::bare(StatusCode::NOT_FOUND, "Endpoint not found")),
            Self::UnknownPath => Err(Refusal::not_found("Endpoint")),
            Self::WrongMethod if zapbox => Err(Refusal::bare(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")),
            Self::WrongMethod => Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")),
        }
    }
}

impl Operation {
    fn read(document: &Document, operation: &document::Operation<'_>) -> Self {
        let parameters = document.parameters(operation);
        Self {
            id: operation.id.to_owned(),
            method: operation.method.to_uppercase(),
            template: operation.path.trim_end_matches('/').to_owned(),
            handler: groups::handler(operation.id),
            parameters: ParameterCheck::read_all(document, operation),
            bucket: if operation.bucket() == "domain-availability" { Bucket::Availability } else { Bucket::General },
            writes: operation.effect() != "read",
            responses: operation.value["responses"].clone(),
            body: BodyCheck::read(document, operation),
            printable_parameters: parameters.filter_map(|parameter| printable(document, parameter)).collect(),
            example: Example::read(operation),
        }
    }

    /// What the document says of an answer with this status, if it is JSON.
    pub(crate) fn schema(&self, status: StatusCode) -> &Value {
        &self.responses[status.as_str()]["content"][JSON]["schema"]
    }

    /// What a path has in the place of its parameter; no path of the document has two.
    pub(crate) fn path_id(&self, path: &str) -> String {
        let path = path.strip_prefix(BASE_PATH).unwrap_or(path);
        let mut pairs = self.template.split('/').zip(path.split('/'));
        pairs.find(|(part, _)| part.starts_with('{')).map(|(_, segment)| segment.to_owned()).unwrap_or_default()
    }

    /// The document's example of a success.
    pub(crate) fn example(&'static self) -> Answer {
        let Example { status, media_type, body } = &self.example;
        Ok(match body {
            Value::String(text) if media_type != JSON => Success::file(*status, media_type, text),
            body => Success::verbatim(*status, body.clone()),
        })
    }
}

impl Example {
    /// The first example of the first success; every operation has one (`cargo xtask check`).
    fn read(operation: &document::Operation<'_>) -> Self {
        let mut examples = operation.successes().flat_map(|(status, response)| {
            entries(&response["content"]).filter_map(move |(media_type, content)| {
                let body = examples(content).next()?.clone();
                Some(Self { status: status.parse().ok()?, media_type: media_type.to_owned(), body })
            })
        });
        let none = Self { status: StatusCode::OK, media_type: JSON.to_owned(), body: Value::Null };
        examples.next().unwrap_or(none)
    }
}

/// The name of a query parameter whose value is no credential.
fn printable(document: &Document, parameter: &Value) -> Option<String> {
    let schema = document.resolve(&parameter["schema"]);
    let shown = parameter["in"] == "query" && schema["format"] != "password";
    parameter["name"].as_str().filter(|_| shown).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use axum::http::Method;
    use serde_json::json;

    use super::{Document, Route, Routes, printable};

    fn id(method: Method, path: &str) -> String {
        match Routes::of_document().unwrap().find(&method, path) {
            Route::Operation(operation) => operation.id.clone(),
            Route::WrongMethod => "wrong method".to_owned(),
            Route::UnknownPath => "unknown path".to_owned(),
        }
    }

    #[test]
    fn the_document_knows_the_way() {
        for (method, path, expected) in [
            (Method::GET, "/api/v2/users", "get_user"),
            (Method::GET, "/api/v2/users/", "get_user"),
            (Method::PUT, "/api/v2/mailboxes", "update_mailboxes"),
            (Method::DELETE, "/api/v2/mailboxes", "wrong method"),
            (Method::GET, "/v2/users", "unknown path"),
            (Method::GET, "/api/v2/users/me", "unknown path"),
            (Method::GET, "/api", "unknown path"),
            (Method::GET, "/apiv2/users", "unknown path"),
        ] {
            assert_eq!(id(method, path), expected, "{path}");
        }
    }

    #[test]
    fn a_credential_is_not_printable_wherever_the_document_says_that_it_is_one() {
        let document = Document::new(json!({"components": {
            "schemas": {"Code": {"type": "string", "format": "password"}, "Word": {"type": "string"}},
            "parameters": {"Code": {"name": "code", "in": "query", "schema": {"$ref": "#/components/schemas/Code"}}},
        }}));
        for (parameter, name) in [
            (json!({"name": "q", "in": "query", "schema": {"$ref": "#/components/schemas/Word"}}), Some("q")),
            (json!({"name": "q", "in": "header", "schema": {"type": "string"}}), None),
            (json!({"name": "q", "in": "query", "schema": {"type": "string", "format": "password"}}), None),
            (json!({"name": "q", "in": "query", "schema": {"$ref": "#/components/schemas/Code"}}), None),
            (json!({"$ref": "#/components/parameters/Code"}), None),
        ] {
            assert_eq!(printable(&document, document.resolve(&parameter)).as_deref(), name, "{parameter}");
        }
    }

    /// Written for the operations that have parameters in their paths, whichever those are.
    #[test]
    fn every_operation_is_reached_by_its_path() {
        let document: serde_json::Value = serde_json::from_str(zapmail_openapi::DOCUMENT).unwrap();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let asked = format!("/api{}", path.replace("{id}", "7b2e9d10"));
                let method = method.to_uppercase().parse().unwrap();
                assert_eq!(id(method, &asked), operation["operationId"].as_str().unwrap());
            }
        }
    }
}
