//! The document as a build script reads it.
//!
//! `cargo xtask check` has looked at the document before it was checked in; what is wrong all the same is said when it
//! is parsed, so that nothing can be missing later.

use std::collections::BTreeSet;

use serde_json::Value;

use super::broken::Broken;

/// Methods that a path may have, as OpenAPI spells them. Nothing else may stand beside them.
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// The merged document.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    value: Value,
}

/// One operation of the document.
#[derive(Debug, Clone, Copy)]
pub struct Operation<'a> {
    /// Its id.
    pub id: &'a str,
    /// HTTP method, in lower case.
    pub method: &'a str,
    /// Path below the base URL.
    pub path: &'a str,
    /// All that the document says of it.
    pub value: &'a Value,
}

impl Document {
    /// Reads the document.
    ///
    /// # Errors
    ///
    /// When it is no JSON, a path has a key that is no method, an operation has no id, or a reference leads nowhere.
    pub fn parse(text: &str) -> Result<Self, Broken> {
        let value = serde_json::from_str(text)
            .map_err(|error| Broken::new(format!("the document is no JSON ({error}); run `cargo xtask regen`")))?;
        let document = Self { value };
        for operation in document.operations() {
            let Operation { id, method, path, .. } = operation;
            if !METHODS.contains(&method) {
                return Err(Broken::new(format!("{path} has `{method}`, which is no method; run `cargo xtask check`")));
            }
            if id.is_empty() {
                return Err(Broken::new(format!("{method} {path} has no operationId; run `cargo xtask check`")));
            }
        }
        if let Some(reference) = references(&document.value).find(|reference| document.target(reference).is_none()) {
            return Err(Broken::new(format!("{reference} does not exist; run `cargo xtask check`")));
        }
        Ok(document)
    }

    /// The whole of it, as JSON.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// All operations, by path and method.
    pub fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        entries(&self.value["paths"]).flat_map(|(path, item)| {
            entries(item).map(move |(method, value)| Operation { id: text(&value["operationId"]), method, path, value })
        })
    }

    /// All schemas, by name.
    pub fn schemas(&self) -> impl Iterator<Item = (&str, &Value)> {
        entries(&self.value["components"]["schemas"])
    }

    /// The parameters of an operation.
    pub fn parameters<'a>(&'a self, operation: &Operation<'a>) -> impl Iterator<Item = &'a Value> {
        elements(&operation.value["parameters"]).map(|parameter| self.resolve(parameter))
    }

    /// Names of the schemas that a request can contain: bodies and parameters.
    pub fn request_schemas(&self) -> BTreeSet<String> {
        self.reachable(self.operations().flat_map(|operation| {
            ["requestBody", "parameters"].into_iter().filter_map(move |part| operation.value.get(part))
        }))
    }

    /// Names of the schemas that an answer can contain.
    pub fn answer_schemas(&self) -> BTreeSet<String> {
        self.reachable(self.operations().filter_map(|operation| operation.value.get("responses")))
    }

    /// What a value refers to; one that is no reference is returned as it is.
    pub fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        value["$ref"].as_str().and_then(|reference| self.target(reference)).unwrap_or(value)
    }

    fn target(&self, reference: &str) -> Option<&Value> {
        self.value.pointer(reference.strip_prefix('#')?)
    }

    /// Names of the schemas that these values refer to, directly or through others.
    fn reachable<'a>(&'a self, roots: impl Iterator<Item = &'a Value>) -> BTreeSet<String> {
        let mut open: Vec<_> = roots.collect();
        let mut seen = BTreeSet::new();
        while let Some(value) = open.pop() {
            let new = references(value).filter(|reference| seen.insert(*reference)).collect::<Vec<_>>();
            open.extend(new.into_iter().filter_map(|reference| self.target(reference)));
        }
        seen.iter().filter_map(|reference| reference.strip_prefix("#/components/schemas/").map(str::to_owned)).collect()
    }
}

/// All references below a value.
fn references(value: &Value) -> Box<dyn Iterator<Item = &str> + '_> {
    match value {
        Value::Object(object) => {
            let own = object.get("$ref").and_then(Value::as_str);
            Box::new(own.into_iter().chain(object.values().flat_map(references)))
        }
        Value::Array(array) => Box::new(array.iter().flat_map(references)),
        _ => Box::new(std::iter::empty()),
    }
}

/// The entries of an object, or none.
pub fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flatten().map(|(key, value)| (key.as_str(), value))
}

/// The elements of an array, or none.
pub fn elements(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The text, or nothing at all.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
