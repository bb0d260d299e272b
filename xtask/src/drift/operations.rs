//! Comparison of an operation of the document with its page.

use std::collections::BTreeMap;

use serde_json::Value;
use zapmail_openapi::document::content::{self, successes};
use zapmail_openapi::document::parameters;
use zapmail_openapi::document::reference::resolve;
use zapmail_openapi::json_schema;

use super::differences::Differences;
use super::page::Page;
use super::schemas::Comparison;
use super::severity::{DifferenceKind, Side};
use crate::document::{Document, Operation, entries, text};
use crate::schema::{Kind, Schema};

/// Headers on pages that are not parameters of our document: the client sends the key, and the others are general HTTP
/// headers.
const NOT_OURS: [&str; 4] = ["x-auth-zapmail", "content-type", "accept", "authorization"];

/// Headers that the service never requires, even if a page marks them as required (see openapi/README.md).
const NEVER_REQUIRED: [&str; 3] = ["x-workspace-key", "x-workspace-id", "x-service-provider"];
/// A header that the service ignores.
const IGNORED: &str = "x-service-provider";

/// The maximum length of a validator's message, in characters.
const MESSAGE: usize = 160;

/// Adds all differences between an operation and its page to `found`.
pub fn compare(document: &Document, ours: &Operation<'_>, page: &Page, found: &mut Differences) {
    let address = |method: &str, path: &str| format!("{} {path}", method.to_uppercase());
    let (here, there) = (address(ours.method, ours.path), address(&page.method, &page.path));
    if shape(ours.path) != shape(&page.path) || ours.method != page.method {
        found.note(DifferenceKind::Address, Side::Request, "address", format!("{here} -> {there}"));
    }
    match (ours.deprecated(), page.operation["deprecated"] == true) {
        (false, true) => {
            found.note(DifferenceKind::Deprecated, Side::Request, "operation", "deprecated: false -> true")
        }
        (true, false) => {
            found.note(DifferenceKind::NoLongerDeprecated, Side::Request, "operation", "deprecated: true -> false")
        }
        _ => {}
    }
    let sides = Sides { ours: document.value(), theirs: &page.fragment };
    sides.parameters(ours, page, found);
    sides.body(ours, page, found);
    sides.responses(ours, page, found);
}

/// A path without the names of its parameters.
pub fn shape(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with(['{', ':']) { "{}" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// The two documents: ours, and the fragment on the page.
struct Sides<'a> {
    ours: &'a Value,
    theirs: &'a Value,
}

/// The location and the name of a parameter.
pub type Key = (String, String);

/// Parameters by location and name, with references followed.
type Parameters<'a> = BTreeMap<Key, &'a Value>;

impl<'a> Sides<'a> {
    fn parameters(&self, ours: &Operation<'a>, page: &'a Page, found: &mut Differences) {
        let (ours_by_key, theirs_by_key) = (by_key(self.ours, ours.value), by_key(self.theirs, &page.operation));
        let is_required = |parameter: &Value, name: &str| {
            (parameter["required"] == true || parameter["in"] == "path") && !NEVER_REQUIRED.contains(&name)
        };
        for ((location, name), theirs) in &theirs_by_key {
            let at = format!("{location} {name}");
            let required = is_required(theirs, name);
            let Some(ours) = ours_by_key.get(&(location.clone(), name.clone())) else {
                let what = DifferenceKind::new(required);
                let required = if required { ", required" } else { "" };
                let kind = Schema::new(self.theirs, &theirs["schema"]).kind();
                found.note(what, Side::Request, &at, format!("parameter added ({kind}{required})"));
                continue;
            };
            match (is_required(ours, name), required) {
                (false, true) => found.note(DifferenceKind::NowRequired, Side::Request, &at, "required: false -> true"),
                (true, false) => found.note(DifferenceKind::NowOptional, Side::Request, &at, "required: true -> false"),
                _ => {}
            }
            let comparison = Comparison { side: Side::Request, documented: true, is_text: true };
            comparison.compare(
                Schema::new(self.ours, &ours["schema"]),
                Schema::new(self.theirs, &theirs["schema"]),
                &at,
                found,
            );
        }
        let what = DifferenceKind::vanished(is_documented(ours, Side::Request));
        for (location, name) in ours_by_key.keys().filter(|key| !theirs_by_key.contains_key(*key)) {
            found.note(what, Side::Request, &format!("{location} {name}"), "parameter vanished");
        }
    }

    fn body(&self, ours: &Operation<'a>, page: &'a Page, found: &mut Differences) {
        let documented = is_documented(ours, Side::Request);
        let theirs = page.operation.get("requestBody").map(|body| resolve(self.theirs, body));
        let content = theirs.and_then(|body| json_content(self.theirs, body));
        let schema = content.map(|content| Schema::new(self.theirs, &content["schema"]));
        let has_content = schema.is_some_and(|schema| match schema.kind() {
            Kind::Untyped | Kind::Null => false,
            Kind::Object => !schema.properties().is_empty(),
            _ => true,
        });
        let Some(our_content) = ours.body().and_then(|body| json_content(self.ours, body)) else {
            if has_content {
                let required = theirs.is_some_and(|body| body["required"] == true);
                let what = DifferenceKind::new(required);
                found.note(what, Side::Request, "body", if required { "body added (required)" } else { "body added" });
            }
            return;
        };
        let (Some(content), Some(schema)) = (content, schema) else {
            let what = DifferenceKind::vanished(documented);
            return found.note(what, Side::Request, "body", "body vanished");
        };
        // A missing `required` means nothing: the service's editor omits it.
        if ours.value["requestBody"]["required"] != true && theirs.is_some_and(|body| body["required"] == true) {
            found.note(DifferenceKind::NowRequired, Side::Request, "body", "required: false -> true");
        }
        let comparison = Comparison { side: Side::Request, documented, is_text: false };
        comparison.compare(Schema::new(self.ours, &our_content["schema"]), schema, "body", found);
        self.examples(our_content, content, Side::Request, "body", found);
    }

    fn responses(&self, ours: &Operation<'a>, page: &'a Page, found: &mut Differences) {
        let documented = is_documented(ours, Side::Response);
        let our_response = ours.successes().next().map(|(_, response)| response);
        let theirs: BTreeMap<_, _> = successes(&page.operation).collect();
        let mut differences = Differences::default();
        for (status, response) in &theirs {
            if ours.value["responses"].get(status).is_none() {
                found.note(DifferenceKind::NewStatus, Side::Response, &format!("response {status}"), "status added");
            }
            let our_content = our_response.and_then(|response| json_content(self.ours, response));
            let (Some(our_content), Some(content)) = (our_content, json_content(self.theirs, response)) else {
                self.media(our_response, resolve(self.theirs, response), status, found);
                continue;
            };
            let comparison = Comparison { side: Side::Response, documented, is_text: false };
            comparison.compare(
                Schema::new(self.ours, &our_content["schema"]),
                Schema::new(self.theirs, &content["schema"]),
                "response",
                &mut differences,
            );
            self.examples(our_content, content, Side::Response, "response", &mut differences);
        }
        // The statuses of a page tend to share one schema, and therefore their differences.
        differences.0.sort();
        differences.0.dedup();
        found.0.extend(differences.0);
        for (status, _) in ours.successes().filter(|(status, _)| !theirs.contains_key(status)) {
            found.note(
                DifferenceKind::VanishedStatus,
                Side::Response,
                &format!("response {status}"),
                "status vanished",
            );
        }
    }

    /// Notes different media types, such as a file instead of JSON.
    fn media(&self, ours: Option<&Value>, theirs: &Value, status: &str, found: &mut Differences) {
        let first = |response: &Value| entries(&response["content"]).next().map(|(media, _)| media.to_owned());
        if let (Some(ours), Some(theirs)) = (ours.and_then(first), first(theirs))
            && ours != theirs
            && theirs != "*/*"
        {
            let change = format!("type: {ours} -> {theirs}");
            found.note(DifferenceKind::OtherType, Side::Response, &format!("response {status}"), change);
        }
    }

    /// Notes examples of the page that our schema rejects.
    fn examples(&self, ours: &Value, theirs: &Value, side: Side, at: &str, found: &mut Differences) {
        let mut examples = content::examples(theirs).filter(|example| !example.is_null()).peekable();
        if examples.peek().is_none() {
            return;
        }
        let schema = json_schema::standalone(self.ours, &ours["schema"]);
        let Ok(validator) = jsonschema::draft4::new(&schema) else { return };
        for example in examples {
            for error in validator.iter_errors(example) {
                let message: String = error.to_string().chars().take(MESSAGE).collect();
                let at = format!("{at}{}", error.instance_path().as_str().replace('/', "."));
                found.note(DifferenceKind::RejectedExample, side, &at, format!("example rejected: {message}"));
            }
        }
    }
}

/// Whether a side of an operation is known from its page, rather than from observed traffic or inference.
fn is_documented(operation: &Operation<'_>, side: Side) -> bool {
    operation.evidence(if side == Side::Request { "request" } else { "response" }) == "documented"
}

/// The parameters that are compared.
fn by_key<'a>(document: &'a Value, operation: &'a Value) -> Parameters<'a> {
    let keyed = parameters(document, operation).map(|parameter| (key(parameter), parameter));
    keyed.filter(|(key, _)| is_ours(key) && key.1 != IGNORED).collect()
}

/// The location and the name of a parameter. Some header names on pages have a leading space; header names are
/// case-insensitive.
pub fn key(parameter: &Value) -> Key {
    let location = text(&parameter["in"]);
    let name = text(&parameter["name"]).trim();
    (location.to_owned(), if location == "header" { name.to_lowercase() } else { name.to_owned() })
}

/// Whether our document has the parameters on pages with this key.
pub fn is_ours((location, name): &Key) -> bool {
    location != "cookie" && !(location == "header" && NOT_OURS.contains(&name.as_str()))
}

/// The JSON content of a body or a response, with its reference followed: the first media type that is JSON or `*/*`
/// and has a schema.
pub fn json_content<'a>(document: &'a Value, holder: &'a Value) -> Option<&'a Value> {
    let is_json = |media: &str| media == "*/*" || media.contains("json");
    let mut content = entries(&resolve(document, holder)["content"])
        .filter(|(media, content)| is_json(media) && content.get("schema").is_some_and(|schema| !schema.is_null()));
    content.next().map(|(_, content)| content)
}
