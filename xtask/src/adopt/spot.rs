//! Where a place of the report (`answer.data.names[].id`) stands in our document, and on the page.

use std::ops::Range;

use serde_json::Value;
use zapmail_openapi::document::content::successes;

use super::change::Files;
use super::lines::Lines;
use super::schema::referred;
use super::yaml;
use crate::document::Document;
use crate::drift::operations::json_content;
use crate::drift::page::Page;
use crate::schema::Schema;

/// A schema below a component.
#[derive(Debug, Clone)]
pub struct Spot<'a> {
    pub component: String,
    /// Keys below the component.
    keys: Vec<String>,
    pub value: &'a Value,
}

impl<'a> Spot<'a> {
    pub fn component(name: &str, document: &'a Document) -> Option<Self> {
        let value = document.value().pointer("/components/schemas")?.get(name)?;
        Some(Self { component: name.to_owned(), keys: Vec::new(), value }.resolved(document))
    }

    /// The component that this is a reference to, or itself.
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

    /// The lines that it stands in.
    pub fn lines<'f>(&self, document: &Document, files: &'f mut Files) -> Option<(&'f mut Lines, Range<usize>)> {
        self.lines_of(&self.keys, document, files)
    }

    fn lines_of<'f>(
        &self,
        keys: &[String],
        document: &Document,
        files: &'f mut Files,
    ) -> Option<(&'f mut Lines, Range<usize>)> {
        let file = document.schemas().find(|known| known.name == self.component)?.file;
        let lines = files.get_mut(file)?;
        let keys = ["components", "schemas", &self.component].into_iter().chain(keys.iter().map(String::as_str));
        let found = lines.find(keys)?;
        Some((lines, found))
    }

    /// Writes another value in its place. A component keeps its own.
    pub fn replace(&self, value: &Value, document: &Document, files: &mut Files) -> Option<()> {
        let (key, parents) = self.keys.split_last()?;
        if let Some((lines, found)) = self.lines(document, files) {
            let indent = lines.indent(found.start)?;
            lines.remove(found.clone());
            lines.insert(found.start, indent, yaml::entry(key, value));
            return Some(());
        }
        // The items of a list that is written in one line.
        let (lines, found) = self.lines_of(parents, document, files)?;
        let (line, known) = (lines.get(found.start), format!("{key}: {}", yaml::flow(self.value)));
        let replaced = (line.matches(&known).count() == 1)
            .then(|| line.replacen(&known, &format!("{key}: {}", yaml::flow(value)), 1))?;
        lines.set(found.start, replaced);
        Some(())
    }
}

/// The spot of a place in our document, its reference followed.
pub fn ours<'a>(document: &'a Document, operation: &'a Value, at: &str) -> Option<Spot<'a>> {
    let spot = unresolved(document, operation, at)?.resolved(document);
    (!spot.component.is_empty()).then_some(spot)
}

/// The spot of a place in our document, which can be a reference.
pub fn unresolved<'a>(document: &'a Document, operation: &'a Value, at: &str) -> Option<Spot<'a>> {
    let (side, rest) = sides(at);
    let holder = if side == "body" { operation.get("requestBody")? } else { successes(operation).next()?.1 };
    let start = content_of(document.value(), holder)?.get("schema")?;
    let mut spot = Spot { component: String::new(), keys: Vec::new(), value: start };
    for step in steps(rest) {
        spot = spot.resolved(document);
        spot = match step {
            Step::Property(name) => spot.below(&["properties", name])?,
            Step::Items => spot.below(&["items"])?,
            Step::Values => spot.below(&["additionalProperties"])?,
        };
    }
    Some(spot)
}

/// The schema of a place on a page.
pub fn theirs<'a>(page: &'a Page, at: &str) -> Option<Schema<'a>> {
    let (side, rest) = sides(at);
    let holders: Vec<_> = match side {
        "body" => page.operation.get("requestBody").into_iter().collect(),
        _ => successes(&page.operation).map(|(_, answer)| answer).collect(),
    };
    holders.into_iter().find_map(|holder| {
        let content = content_of(&page.fragment, holder)?;
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

/// The JSON content of a body or an answer, its reference followed.
pub fn content_of<'a>(document: &'a Value, holder: &'a Value) -> Option<&'a Value> {
    json_content(Schema::new(document, holder).value)
}
