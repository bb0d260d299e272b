//! Locations: resolves a path of the report (`response.data.names[].id`) to a schema of our document or of a page.

use serde_json::Value;
use zapmail_openapi::document::content::successes;

use super::schema::referred;
use crate::document::Document;
use crate::drift::operations::json_content;
use crate::drift::page::Page;
use crate::schema::Schema;

/// The location of a schema below a component.
#[derive(Debug, Clone)]
pub struct Location<'a> {
    pub component: String,
    /// The keys below the component.
    keys: Vec<String>,
    pub value: &'a Value,
}

impl<'a> Location<'a> {
    pub fn component(name: &str, document: &'a Document) -> Option<Self> {
        let value = document.value().pointer("/components/schemas")?.get(name)?;
        Some(Self { component: name.to_owned(), keys: Vec::new(), value }.resolved(document))
    }

    /// Follows a reference to its component; returns `self` if it is not a reference.
    pub fn resolved(self, document: &'a Document) -> Self {
        match referred(self.value) {
            Some(name) => Self::component(name, document).unwrap_or(self),
            None => self,
        }
    }

    fn below(mut self, keys: &[&str]) -> Option<Self> {
        for key in keys {
            self.value = self.value.get(key)?;
            self.keys.push((*key).to_owned());
        }
        Some(self)
    }

    /// The same schema in an edited document.
    pub fn in_edited<'e>(&self, document: &'e mut Document) -> Option<&'e mut Value> {
        let component = document.model.value_mut().pointer_mut("/components/schemas")?.get_mut(&self.component);
        self.keys.iter().try_fold(component?, |value, key| value.get_mut(key))
    }

    /// Whether this is a component, rather than a part of one.
    pub fn is_component(&self) -> bool {
        self.keys.is_empty()
    }
}

/// Resolves a path in our document, and follows a final reference.
pub fn ours<'a>(document: &'a Document, operation: &'a Value, at: &str) -> Option<Location<'a>> {
    let location = unresolved(document, operation, at)?.resolved(document);
    (!location.component.is_empty()).then_some(location)
}

/// Resolves a path in our document, without following a final reference.
pub fn unresolved<'a>(document: &'a Document, operation: &'a Value, at: &str) -> Option<Location<'a>> {
    let (side, rest) = sides(at);
    let holder = if side == "body" { operation.get("requestBody")? } else { successes(operation).next()?.1 };
    let start = json_content(document.value(), holder)?.get("schema")?;
    let mut location = Location { component: String::new(), keys: Vec::new(), value: start };
    for step in steps(rest) {
        location = location.resolved(document);
        location = match step {
            Step::Property(name) => location.below(&["properties", name])?,
            Step::Items => location.below(&["items"])?,
            Step::Values => location.below(&["additionalProperties"])?,
        };
    }
    Some(location)
}

/// Resolves a path on a page.
pub fn theirs<'a>(page: &'a Page, at: &str) -> Option<Schema<'a>> {
    let (side, rest) = sides(at);
    let holders: Vec<_> = match side {
        "body" => page.operation.get("requestBody").into_iter().collect(),
        _ => successes(&page.operation).map(|(_, response)| response).collect(),
    };
    holders.into_iter().find_map(|holder| {
        let content = json_content(&page.fragment, holder)?;
        let start = Schema::new(&page.fragment, content.get("schema")?);
        steps(rest).into_iter().try_fold(start, |schema, step| match step {
            Step::Property(name) => schema.properties().get(name).copied(),
            Step::Items => schema.items(),
            Step::Values => schema.additional(),
        })
    })
}

enum Step<'a> {
    Property(&'a str),
    Items,
    Values,
}

fn sides(at: &str) -> (&str, &str) {
    let end = at.find(['.', '[']).unwrap_or(at.len());
    at.split_at(end)
}

fn steps(at: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    for part in at.split('.') {
        let name = part.trim_end_matches("[]");
        match name {
            "" => {}
            "*" => steps.push(Step::Values),
            _ => steps.push(Step::Property(name)),
        }
        steps.extend((0..part.matches("[]").count()).map(|_| Step::Items));
    }
    steps
}
