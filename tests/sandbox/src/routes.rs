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

/// An operation of the document, and how the sandbox carries it out.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) described: document::Operation<'static>,
    /// What answers; without one the document's example does.
    pub(crate) handler: Option<Handler>,
    pub(crate) parameters: Vec<ParameterCheck>,
    pub(crate) body: Option<BodyCheck>,
    /// Which quotas it counts against.
    pub(crate) bucket: Bucket,
    /// Names of the documented query parameters that may be shown.
    pub(crate) printable_parameters: Vec<&'static str>,
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
    fixed: BTreeMap<&'static str, Vec<Operation>>,
    /// Paths with parameters, cut at the slashes.
    templates: Vec<(Vec<&'static str>, Vec<Operation>)>,
    pub(crate) document: &'static Document,
}

impl Routes {
    /// The routes of the document, which is read once however many sandboxes there are.
    pub(crate) fn of_document() -> io::Result<&'static Self> {
        static DOCUMENT: OnceLock<Document> = OnceLock::new();
        static ROUTES: OnceLock<Routes> = OnceLock::new();
        if let Some(routes) = ROUTES.get() {
            return Ok(routes);
        }
        let document = Document::parse(zapmail_openapi::DOCUMENT).map_err(io::Error::other)?;
        let document = DOCUMENT.get_or_init(|| document);
        Ok(ROUTES.get_or_init(|| Self::read(document)))
    }

    fn read(document: &'static Document) -> Self {
        let mut paths = BTreeMap::<_, Vec<_>>::new();
        for operation in document.operations() {
            // The document contains both /v2/dns and /v2/dns/: to the service they are one path.
            let path = operation.path.trim_end_matches('/');
            paths.entry(path).or_default().push(Operation::read(document, operation));
        }
        let (templates, fixed): (BTreeMap<_, _>, _) = paths.into_iter().partition(|(path, _)| path.contains('{'));
        let templates =
            templates.into_iter().map(|(path, operations)| (path.split('/').collect(), operations)).collect();
        Self { fixed, templates, document }
    }

    /// The operation with an id.
    pub(crate) fn operation(&'static self, id: &str) -> Option<&'static Operation> {
        let with_parameters = self.templates.iter().map(|(_, operations)| operations);
        self.fixed.values().chain(with_parameters).flatten().find(|operation| operation.described.id == id)
    }

    /// Where a request goes, by its method and its whole path.
    pub(crate) fn find(&'static self, method: &Method, path: &str) -> Route {
        let operations = path.strip_prefix(BASE_PATH).and_then(|path| self.operations_at(path.trim_end_matches('/')));
        let Some(operations) = operations else { return Route::UnknownPath };
        let found = operations.iter().find(|operation| operation.described.method.to_uppercase() == method.as_str());
        found.map_or(Route::WrongMethod, Route::Operation)
    }

    fn operations_at(&self, path: &str) -> Option<&Vec<Operation>> {
        self.fixed.get(path).or_else(|| {
            let segments: Vec<_> = path.split('/').collect();
            let fits = |template: &[&str]| {
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
        let zapbox = self.found().is_some_and(|operation| operation.described.path.starts_with("/v2/onebox"));
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
    fn read(document: &'static Document, described: document::Operation<'static>) -> Self {
        let parameters = document.parameters(&described);
        Self {
            described,
            handler: groups::handler(described.id),
            parameters: ParameterCheck::read_all(document, &described),
            body: BodyCheck::read(document, &described),
            bucket: if described.bucket() == "domain-availability" { Bucket::Availability } else { Bucket::General },
            printable_parameters: parameters.filter_map(|parameter| printable(document, parameter)).collect(),
        }
    }

    /// What the document says of an answer with this status, if it is JSON.
    pub(crate) fn schema(&self, status: StatusCode) -> &Value {
        &self.described.value["responses"][status.as_str()]["content"][JSON]["schema"]
    }

    /// What a path has in the place of its parameter; no path of the document has two.
    pub(crate) fn path_id(&self, path: &str) -> String {
        let path = path.strip_prefix(BASE_PATH).unwrap_or(path);
        let mut pairs = self.described.path.split('/').zip(path.split('/'));
        pairs.find(|(part, _)| part.starts_with('{')).map(|(_, segment)| segment.to_owned()).unwrap_or_default()
    }

    /// The document's example of a success; every operation has one (`cargo xtask check`).
    pub(crate) fn example(&self) -> Answer {
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

/// The name of a query parameter whose value is no credential.
fn printable<'a>(document: &Document, parameter: &'a Value) -> Option<&'a str> {
    let schema = document.resolve(&parameter["schema"]);
    let shown = parameter["in"] == "query" && schema["format"] != "password";
    parameter["name"].as_str().filter(|_| shown)
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
            assert_eq!(printable(&document, document.resolve(&parameter)), name, "{parameter}");
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
