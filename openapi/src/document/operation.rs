//! Operations: the document's description of each call.

use serde_json::Value;

use super::content::{self, JSON};
use super::json::{elements, entries, text};
use super::reference::lookup;

/// The methods that a path can have, as spelled in OpenAPI. A path has no other keys.
pub const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// One operation of the document.
#[derive(Debug, Clone, Copy)]
pub struct Operation<'a> {
    /// The id; empty only if an unchecked document lacks it.
    pub id: &'a str,
    /// The HTTP method, in lower case.
    pub method: &'a str,
    /// The path below the base URL.
    pub path: &'a str,
    /// The operation's entry in the document.
    pub value: &'a Value,
}

/// The pagination of a list: names, and JSON pointers into its response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paging<'a> {
    /// The rows of a page.
    pub rows: &'a str,
    /// The number of the current page.
    pub current: Option<&'a str>,
    /// The number of pages.
    pub total: Option<&'a str>,
    /// The number of rows on all pages.
    pub count: Option<&'a str>,
    /// The flag that indicates whether more pages follow.
    pub more: Option<&'a str>,
    /// The name of the parameter that takes the cursor of the next page, instead of a page number.
    pub cursor: Option<&'a str>,
    /// The object that contains the next cursor.
    pub next: Option<&'a str>,
    /// The name of the list in each row that contains the items. If `None`, the rows are the items.
    pub items: Option<&'a str>,
    /// An item that is not among the rows.
    pub apart: Option<&'a str>,
    /// The name of the property that identifies a row.
    pub id: &'a str,
}

/// Returns all operations of a document, ordered by path and, within a path, in the order of [`METHODS`].
pub fn operations(root: &Value) -> impl Iterator<Item = Operation<'_>> {
    entries(&root["paths"]).flat_map(|(path, item)| {
        METHODS.into_iter().filter_map(move |method| {
            let value = item.get(method)?;
            Some(Operation { id: text(&value["operationId"]), method, path, value })
        })
    })
}

/// Returns the parameters of an operation, with their references resolved. Dangling references are omitted.
pub fn parameters<'a>(root: &'a Value, operation: &'a Value) -> impl Iterator<Item = &'a Value> + use<'a> {
    elements(&operation["parameters"]).filter_map(move |parameter| lookup(root, parameter))
}

impl<'a> Operation<'a> {
    /// Returns the method and the path, for example `GET /v2/users`.
    pub fn address(self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.path)
    }

    /// Returns the group to which the operation belongs.
    pub fn group(self) -> &'a str {
        text(&self.value["tags"][0])
    }

    /// Returns the summary, a short phrase.
    pub fn summary(self) -> &'a str {
        text(&self.value["summary"])
    }

    /// Returns the description, in full sentences.
    pub fn description(self) -> &'a str {
        text(&self.value["description"])
    }

    /// Returns the effect: `read`, `write`, `authorize` or `spend`.
    pub fn effect(self) -> &'a str {
        text(&self.value["x-zapmail-effect"])
    }

    /// Returns whether sending the request twice leaves the same state as sending it once.
    pub fn idempotent(self) -> bool {
        self.value["x-zapmail-idempotent"] == true
    }

    /// Returns the rate limit that it counts against: `general` or `domain-availability`.
    pub fn bucket(self) -> &'a str {
        text(&self.value["x-zapmail-bucket"])
    }

    /// Returns the JSON pointer to the data in a success response; `None` if the whole body is the data.
    pub fn data(self) -> Option<&'a str> {
        self.value["x-zapmail-data"].as_str()
    }

    /// Returns the pagination, if the operation is paginated.
    pub fn paging(self) -> Option<Paging<'a>> {
        let page = self.value.get("x-zapmail-page")?;
        let key = |key: &str| page[key].as_str();
        Some(Paging {
            rows: text(&page["rows"]),
            current: key("current"),
            total: key("total"),
            count: key("count"),
            more: key("more"),
            cursor: key("cursor"),
            next: key("next"),
            items: key("items"),
            apart: key("apart"),
            id: key("id").unwrap_or("id"),
        })
    }

    /// Returns the JSON pointers into the response to a purchase, at least one of which leads to the purchased item.
    pub fn proof(self) -> impl Iterator<Item = &'a str> {
        elements(&self.value["x-zapmail-proof"]).filter_map(Value::as_str)
    }

    /// Returns the id of the operation that verifies the outcome.
    pub fn verify_with(self) -> Option<&'a str> {
        self.value["x-zapmail-verify-with"].as_str()
    }

    /// Returns the reason why no operation verifies the outcome.
    pub fn verify_note(self) -> Option<&'a str> {
        self.value["x-zapmail-verify-note"].as_str()
    }

    /// Returns the evidence for the `request` or the `response`: `documented`, `observed`, `inferred` or `unknown`.
    pub fn evidence(self, part: &str) -> &'a str {
        text(&self.value["x-zapmail-evidence"][part])
    }

    /// Returns the pages of the official documentation about the operation.
    pub fn sources(self) -> impl Iterator<Item = &'a str> {
        elements(&self.value["x-zapmail-sources"]).filter_map(Value::as_str)
    }

    /// Returns whether the operation is deprecated.
    pub fn deprecated(self) -> bool {
        self.value["deprecated"] == true
    }

    /// Returns the request body, if there is one.
    pub fn body(self) -> Option<&'a Value> {
        self.value.get("requestBody")
    }

    /// Returns the schema of the JSON body, if there is one. It is an unresolved reference.
    pub fn body_schema(self) -> Option<&'a Value> {
        self.body()?["content"][JSON].get("schema")
    }

    /// Returns the examples of the JSON body.
    pub fn body_examples(self) -> impl Iterator<Item = &'a Value> {
        content::examples(&self.value["requestBody"]["content"][JSON])
    }

    /// Returns all responses, by status.
    pub fn responses(self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        entries(&self.value["responses"])
    }

    /// Returns the success responses, by status.
    pub fn successes(self) -> impl Iterator<Item = (&'a str, &'a Value)> {
        content::successes(self.value)
    }
}
