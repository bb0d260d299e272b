//! The document model: operations, parameters, bodies, responses and schemas of the merged document.
//!
//! The build scripts, xtask, the sandbox and the contract tests all read the document through this module. It borrows
//! from the JSON without copying: an [`Operation`] is a view of one entry in `paths`.
//!
//! ```
//! use zapmail_openapi::document::Document;
//!
//! let document = Document::parse(zapmail_openapi::DOCUMENT)?;
//! let purchase = document.operation("purchase_addon_mailboxes").unwrap();
//! assert_eq!((purchase.method, purchase.effect()), ("post", "spend"));
//! # Ok::<(), zapmail_openapi::document::DocumentError>(())
//! ```

pub mod content;
mod error;
mod forms;
mod json;
mod operation;
pub mod reference;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::Value;

pub use error::DocumentError;
pub use forms::property_schema;
pub use json::{elements, entries, text};
pub use operation::{METHODS, Operation, Paging, operations, parameters};

/// The merged document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    value: Value,
}

impl Document {
    /// Wraps a document without checking it, unlike [`Document::parse`]. xtask uses this to read documents that may be
    /// invalid.
    pub fn new(value: Value) -> Self {
        Self { value }
    }

    /// Parses and checks a document.
    ///
    /// # Errors
    ///
    /// [`DocumentError`] if the text is not JSON, a path has a key that is not a method, an operation has no id, or a
    /// reference is dangling.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        let value = serde_json::from_str(text).map_err(|error| {
            DocumentError::new(format!("the document is not valid JSON ({error}); run `cargo xtask regen`"))
        })?;
        let document = Self { value };
        document.check()?;
        Ok(document)
    }

    fn check(&self) -> Result<(), DocumentError> {
        let error = |fault: String| Err(DocumentError::new(format!("{fault}; run `cargo xtask check`")));
        for (path, item) in entries(&self.value["paths"]) {
            for (method, operation) in entries(item) {
                if !METHODS.contains(&method) {
                    return error(format!("{path} has `{method}`, which is not a method"));
                }
                if text(&operation["operationId"]).is_empty() {
                    return error(format!("{method} {path} has no operationId"));
                }
            }
        }
        let mut references = reference::references(&self.value).into_iter();
        match references.find(|reference| reference::target(&self.value, reference).is_none()) {
            Some(reference) => error(format!("{reference} does not exist")),
            None => Ok(()),
        }
    }

    /// Returns the whole document as JSON.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Returns the whole document for modification. Changes are not checked.
    pub fn value_mut(&mut self) -> &mut Value {
        &mut self.value
    }

    /// Returns the description of a group, the tag of its operations. Empty if the document has none.
    pub fn description_of_group(&self, group: &str) -> &str {
        let mut tags = elements(&self.value["tags"]);
        tags.find(|tag| text(&tag["name"]) == group).map_or("", |tag| text(&tag["description"]))
    }

    /// Returns all operations, ordered by path and, within a path, in the order of [`METHODS`].
    pub fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        operations(&self.value)
    }

    /// Returns the operation with this id.
    pub fn operation(&self, id: &str) -> Option<Operation<'_>> {
        self.operations().find(|operation| operation.id == id)
    }

    /// Returns the parameters of an operation, with their references resolved.
    pub fn parameters<'a>(&'a self, operation: &Operation<'a>) -> impl Iterator<Item = &'a Value> + use<'a> {
        parameters(&self.value, operation.value)
    }

    /// Returns the schema that all JSON success responses of an operation share, with the reference resolved.
    pub fn success_schema<'a>(&'a self, operation: &Operation<'a>) -> Option<&'a Value> {
        let (_, response) = operation.successes().next()?;
        reference::lookup(&self.value, content::only_schema(response, &[content::JSON])?)
    }

    /// Returns all schemas, by name.
    pub fn schemas(&self) -> impl Iterator<Item = (&str, &Value)> {
        entries(&self.value["components"]["schemas"])
    }

    /// Returns the names of the schemas that a request can contain, in its body or its parameters.
    pub fn request_schemas(&self) -> BTreeSet<String> {
        self.reachable_from(&["requestBody", "parameters"])
    }

    /// Returns the names of the schemas that the request of one operation can contain.
    pub fn request_schemas_of(&self, operation: &Operation<'_>) -> BTreeSet<String> {
        let roots = ["requestBody", "parameters"].map(|key| &operation.value[key]);
        reference::reachable_schemas(&self.value, roots).into_iter().map(str::to_owned).collect()
    }

    /// Returns the names of the schemas that a response can contain, including error responses.
    pub fn response_schemas(&self) -> BTreeSet<String> {
        self.reachable_from(&["responses"])
    }

    fn reachable_from(&self, keys: &[&str]) -> BTreeSet<String> {
        let roots = self.operations().flat_map(|operation| keys.iter().map(move |key| &operation.value[*key]));
        reference::reachable_schemas(&self.value, roots).into_iter().map(str::to_owned).collect()
    }

    /// Follows references to the value that they lead to; see [`reference::resolve`].
    pub fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        reference::resolve(&self.value, value)
    }
}
