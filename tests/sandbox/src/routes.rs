//! Routing: finds the operation of a request. All paths are defined by the document.

use std::collections::BTreeMap;
use std::io;
use std::sync::OnceLock;

use axum::http::{Method, StatusCode};
use serde_json::Value;
use zapmail_openapi::document::content::{JSON, examples};
use zapmail_openapi::document::{self, Document, entries};

use crate::body::BodyCheck;
use crate::document::{BASE_PATH, parsed_document};
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::groups::{self, Handler};
use crate::parameters::ParameterCheck;
use crate::quota::Bucket;

/// An operation of the document, and its implementation in the sandbox.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) described: document::Operation<'static>,
    /// The implementation; without one, the sandbox responds with the document's example.
    pub(crate) handler: Option<Handler>,
    pub(crate) parameters: Vec<ParameterCheck>,
    pub(crate) body: Option<BodyCheck>,
    /// The quotas that it counts against.
    pub(crate) bucket: Bucket,
    /// Names of the documented query parameters that do not contain credentials.
    pub(crate) printable_parameters: Vec<&'static str>,
    /// The example of the path parameter; empty if the path has none.
    example_id: &'static str,
}

/// The destination of a request.
#[derive(Debug)]
pub(crate) enum Route {
    Operation(&'static Operation),
    WrongMethod,
    UnknownPath,
}

/// All operations, by path.
#[derive(Debug)]
pub(crate) struct Routes {
    /// Paths without parameters.
    fixed: BTreeMap<&'static str, Vec<Operation>>,
    /// Paths with parameters, split at the slashes.
    templates: Vec<(Vec<&'static str>, Vec<Operation>)>,
    pub(crate) document: &'static Document,
}

impl Routes {
    /// Returns the routes of the document, which are created only once per process.
    pub(crate) fn of_document() -> io::Result<&'static Self> {
        static ROUTES: OnceLock<Routes> = OnceLock::new();
        let document = parsed_document()?;
        Ok(ROUTES.get_or_init(|| Self::read(document)))
    }

    fn read(document: &'static Document) -> Self {
        let mut paths = BTreeMap::<_, Vec<_>>::new();
        for operation in document.operations() {
            // The document contains both /v2/dns and /v2/dns/; the service treats them as one path.
            let path = operation.path.trim_end_matches('/');
            paths.entry(path).or_default().push(Operation::read(document, operation));
        }
        let (templates, fixed): (BTreeMap<_, _>, _) = paths.into_iter().partition(|(path, _)| path.contains('{'));
        let templates =
            templates.into_iter().map(|(path, operations)| (path.split('/').collect(), operations)).collect();
        Self { fixed, templates, document }
    }

    /// Returns the operation with an id.
    pub(crate) fn operation(&'static self, id: &str) -> Option<&'static Operation> {
        let with_parameters = self.templates.iter().map(|(_, operations)| operations);
        self.fixed.values().chain(with_parameters).flatten().find(|operation| operation.described.id == id)
    }

    /// Finds the destination of a request by its method and its full path.
    pub(crate) fn find(&'static self, method: &Method, path: &str) -> Route {
        let operations = path.strip_prefix(BASE_PATH).and_then(|path| self.operations_at(path.trim_end_matches('/')));
        let Some(operations) = operations else { return Route::UnknownPath };
        let found = operations.iter().find(|operation| operation.described.method.to_uppercase() == method.as_str());
        found.map_or(Route::WrongMethod, Route::Operation)
    }

    fn operations_at(&self, path: &str) -> Option<&Vec<Operation>> {
        self.fixed.get(path).or_else(|| {
            let segments: Vec<_> = path.split('/').collect();
            let matches = |template: &[&str]| {
                let mut pairs = template.iter().zip(&segments);
                template.len() == segments.len()
                    && pairs.all(|(part, segment)| part == segment || part.starts_with('{') && !segment.is_empty())
            };
            self.templates.iter().find(|(template, _)| matches(template)).map(|(_, operations)| operations)
        })
    }
}

impl Route {
    /// Returns the operation, if the document contains one.
    pub(crate) fn operation(&self) -> Option<&'static Operation> {
        match self {
            Self::Operation(operation) => Some(operation),
            Self::WrongMethod | Self::UnknownPath => None,
        }
    }

    /// Adapts a refusal to the operation: Zapbox responds with 400 where other groups respond with 422 (zapbox.yaml).
    pub(crate) fn adapt_refusal(&self, refusal: Refusal) -> Refusal {
        if self.operation().is_some_and(Operation::is_zapbox) { refusal.into_rule() } else { refusal }
    }

    /// Returns the operation, or the service's refusal of an unknown path or a wrong method.
    pub(crate) fn require_operation(&self, path: &str) -> Result<&'static Operation, Refusal> {
        // According to its documentation, Zapbox refuses them differently.
        let is_zapbox = path.strip_prefix(BASE_PATH).is_some_and(|path| path.starts_with("/v2/onebox"));
        match self {
            Self::Operation(operation) => Ok(operation),
            Self::UnknownPath if is_zapbox => Err(Refusal::bare(StatusCode::NOT_FOUND, "Endpoint not found")),
            Self::UnknownPath => Err(Refusal::not_found("Endpoint")),
            Self::WrongMethod if is_zapbox => Err(Refusal::bare(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")),
            Self::WrongMethod => Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "Method not allowed")),
        }
    }
}

impl Operation {
    fn read(document: &'static Document, described: document::Operation<'static>) -> Self {
        let parameters = document.parameters(&described);
        let path_parameter = document.parameters(&described).find(|parameter| parameter["in"] == "path");
        Self {
            described,
            handler: groups::handler(described.id),
            parameters: ParameterCheck::read_all(document, &described),
            body: BodyCheck::read(document, &described),
            bucket: if described.bucket() == "domain-availability" { Bucket::Availability } else { Bucket::General },
            printable_parameters: parameters.filter_map(|parameter| printable(document, parameter)).collect(),
            example_id: path_parameter.and_then(|parameter| parameter["example"].as_str()).unwrap_or_default(),
        }
    }

    pub(crate) fn is_zapbox(&self) -> bool {
        self.described.path.starts_with("/v2/onebox")
    }

    /// Returns the document's schema for a JSON response with this status; null if there is none.
    pub(crate) fn schema(&self, status: StatusCode) -> &Value {
        &self.described.value["responses"][status.as_str()]["content"][JSON]["schema"]
    }

    /// Returns the value of the path parameter. No path of the document has more than one parameter.
    pub(crate) fn path_id(&self, path: &str) -> String {
        let path = path.strip_prefix(BASE_PATH).unwrap_or(path);
        let mut pairs = self.described.path.split('/').zip(path.split('/'));
        pairs.find(|(part, _)| part.starts_with('{')).map(|(_, segment)| segment.to_owned()).unwrap_or_default()
    }

    /// Returns the document's example of a success. Every operation has one, which `cargo xtask check` verifies. The
    /// only known id in the path is the document's example.
    pub(crate) fn example(&self, path: &str) -> HandlerResult {
        if self.path_id(path) != self.example_id {
            return Err(Refusal::not_found("Resource"));
        }
        let mut examples = self.described.successes().flat_map(|(status, response)| {
            entries(&response["content"]).filter_map(move |(media_type, content)| {
                Some((status.parse().ok()?, media_type, examples(content).next()?))
            })
        });
        Ok(match examples.next().unwrap_or((StatusCode::OK, JSON, &Value::Null)) {
            (status, media_type, Value::String(text)) if media_type != JSON => Success::file(status, media_type, text),
            (status, _, body) => Success::verbatim(status, body.clone()),
        })
    }
}

/// Returns the name of a query parameter, unless its value is a credential.
fn printable<'a>(document: &Document, parameter: &'a Value) -> Option<&'a str> {
    let schema = document.resolve(&parameter["schema"]);
    let is_printable = parameter["in"] == "query" && schema["format"] != "password";
    parameter["name"].as_str().filter(|_| is_printable)
}

#[cfg(test)]
mod tests {
    use axum::http::Method;
    use serde_json::json;

    use super::{Document, Route, Routes, printable};

    fn id(method: Method, path: &str) -> String {
        match Routes::of_document().unwrap().find(&method, path) {
            Route::Operation(operation) => operation.described.id.to_owned(),
            Route::WrongMethod => "wrong method".to_owned(),
            Route::UnknownPath => "unknown path".to_owned(),
        }
    }

    #[test]
    fn request_is_routed_by_method_and_path() {
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
    fn documented_credential_is_not_printable() {
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
            assert_eq!(printable(&document, document.resolve(&parameter)), name, "{parameter}");
        }
    }
}
