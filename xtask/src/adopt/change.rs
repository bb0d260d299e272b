//! One difference of an operation that exists, written into the lines of its file.

use std::collections::BTreeMap;

use serde_json::Value;

use super::entry;
use super::lines::Lines;
use super::schema::{Components, referred};
use super::spot::{self, Spot};
use super::yaml;
use crate::document::{Document, Operation, elements, text};
use crate::drift::difference::Difference;
use crate::drift::page::Page;
use crate::drift::severity::Side;
use crate::schema::Schema;

/// The lines of the files that are being edited, by their names below `openapi`.
pub type Files = BTreeMap<String, Lines>;

/// What an edit is made from.
pub struct Change<'a> {
    pub document: &'a Document,
    pub operation: Operation<'a>,
    pub page: &'a Page,
    pub difference: &'a Difference,
}

/// What was edited: a component's name, unless it is the operation itself.
pub type Edited = Option<String>;

impl Change<'_> {
    /// Edits the lines; nothing where it cannot be done line by line.
    pub fn write(&self, files: &mut Files, components: &mut Components<'_>) -> Option<Edited> {
        let at = self.difference.at.as_str();
        let place = at.split_once(' ').filter(|(place, _)| matches!(*place, "query" | "path" | "header"));
        let edited = match place {
            Some((place, name)) => self.parameter(place, name, files, components),
            None if at == "body" => self.body(files, components),
            None => self.part(files, components),
        }?;
        let lines = files.get_mut(self.operation.file)?;
        write_components(lines, &components.made)?;
        Some(edited)
    }

    fn parameter(&self, place: &str, name: &str, files: &mut Files, made: &mut Components<'_>) -> Option<Edited> {
        let change = self.difference.change.as_str();
        let theirs = elements(&self.page.operation["parameters"])
            .map(|known| Schema::new(&self.page.fragment, known).value)
            .find(|known| is_named(known, place, name));
        let lines = files.get_mut(self.operation.file)?;
        let operation = lines.find(["paths", self.operation.path, self.operation.method])?;
        let list = lines.child(&operation, "parameters");
        if change.starts_with("parameter added") {
            let noun = entry::noun(self.operation.id);
            let value = entry::parameter(theirs?, self.page, &noun, made, self.document);
            let item = yaml::item(&value);
            match list {
                Some(list) => lines.insert(list.end, lines.inner_indent(&list)?, item),
                None => {
                    let next =
                        lines.child(&operation, "requestBody").or_else(|| lines.child(&operation, "responses"))?;
                    let indent = lines.indent(next.start)?;
                    lines.insert(next.start, indent + 2, item);
                    lines.insert(next.start, indent, vec!["parameters:".to_owned()]);
                }
            }
            return Some(None);
        }
        let list = list?;
        let ours: Vec<_> = elements(&self.operation.value["parameters"]).collect();
        let items = lines.items(&list);
        let number = ours.iter().position(|known| is_named(self.document.resolve(known), place, name))?;
        let item = items.get(number).filter(|_| items.len() == ours.len())?.clone();
        if change == "parameter vanished" {
            lines.remove(if items.len() == 1 { list } else { item });
            return Some(None);
        }
        let own = *ours.get(number)?;
        if let Some(component) = own.get("schema").and_then(referred)
            && change.starts_with("enum: value ")
        {
            return self.values(&Spot::component(component, self.document)?, files);
        }
        match change {
            "required: false -> true" => {
                let at = lines.in_item(&item, "in")?;
                let inner = lines.indent(item.start)? + 2;
                if let (None, Some(example)) = (own.get("example"), theirs.and_then(entry::example)) {
                    lines.insert(item.end, inner, yaml::entry("example", &example));
                }
                match lines.in_item(&item, "required") {
                    Some(line) => lines.set(line, lines.get(line).replacen("false", "true", 1)),
                    None => lines.insert(at + 1, inner, vec!["required: true".to_owned()]),
                }
            }
            "required: true -> false" => {
                let line = lines.in_item(&item, "required").filter(|line| *line != item.start)?;
                lines.remove(line..line + 1);
            }
            _ => {
                let line = lines.in_item(&item, "schema")?;
                lines.set(line, typed(lines.get(line), change)?);
            }
        }
        Some(None)
    }

    fn body(&self, files: &mut Files, made: &mut Components<'_>) -> Option<Edited> {
        let lines = files.get_mut(self.operation.file)?;
        let operation = lines.find(["paths", self.operation.path, self.operation.method])?;
        match (self.difference.change.as_str(), lines.child(&operation, "requestBody")) {
            ("required: false -> true", Some(body)) => {
                match lines.child(&body, "required") {
                    Some(line) => lines.set(line.start, lines.get(line.start).replacen("false", "true", 1)),
                    None => lines.insert(body.start + 1, lines.inner_indent(&body)?, vec!["required: true".to_owned()]),
                }
                Some(None)
            }
            (change, None) if change.starts_with("body added") => {
                let body = entry::body(self.page, &entry::noun(self.operation.id), made)?;
                let next = lines.child(&operation, "responses")?;
                lines.insert(next.start, lines.indent(next.start)?, yaml::entry("requestBody", &body));
                Some(None)
            }
            _ => None,
        }
    }

    /// A part of a body or an answer.
    fn part(&self, files: &mut Files, made: &mut Components<'_>) -> Option<Edited> {
        let Difference { at, change, .. } = self.difference;
        let side = if at.starts_with("body") { Side::Request } else { Side::Answer };
        if change.starts_with("enum: value ") {
            let spot = spot::ours(self.document, self.operation.value, at)?;
            return self.values(&spot.resolved(self.document), files);
        }
        let (holder, name) = at.rsplit_once('.')?;
        let holder = spot::ours(self.document, self.operation.value, holder)?.resolved(self.document);
        if change.starts_with("property added") {
            let theirs = spot::theirs(self.page, at)?;
            let pascal = format!("{}{}", holder.component, super::schema::pascal(name));
            let value = made.place_field(theirs, side, &pascal, name);
            let is_required = side == Side::Request && change.ends_with(", required)");
            let (lines, found) = holder.lines(self.document, files)?;
            let properties = lines.child(&found, "properties")?;
            lines.insert(properties.end, lines.inner_indent(&properties)?, yaml::entry(name, &value));
            if is_required {
                require(lines, &found, name)?;
            }
            return Some(Some(holder.component));
        }
        // What follows narrows, or changes, and would do so for the others that share the component.
        if self.is_shared(&holder.component) {
            return None;
        }
        let (lines, found) = holder.lines(self.document, files)?;
        match change.as_str() {
            "required: false -> true" => require(lines, &found, name)?,
            "required: true -> false" => {
                let required = lines.child(&found, "required")?;
                change_list(lines, &required, |values| values.retain(|value| value != name))?;
            }
            _ => {
                let properties = lines.child(&found, "properties")?;
                let line = lines.child(&properties, name)?.start;
                lines.set(line, typed(lines.get(line), change)?);
            }
        }
        Some(Some(holder.component))
    }

    /// A value that an enum got or lost.
    fn values(&self, spot: &Spot<'_>, files: &mut Files) -> Option<Edited> {
        let rest = self.difference.change.strip_prefix("enum: value ")?;
        let (lines, found) = spot.lines(self.document, files)?;
        let list = lines.child(&found, "enum")?;
        if let Some(value) = rest.strip_suffix(" added") {
            let value = yaml::flow(&value.into());
            change_list(lines, &list, |values| {
                let end = values.iter().position(|value| value == "null").unwrap_or(values.len());
                values.insert(end, value);
            })?;
        } else {
            let gone = rest.strip_suffix(" vanished").filter(|_| !self.is_shared(&spot.component))?;
            change_list(lines, &list, |values| values.retain(|value| value.trim_matches(['\'', '"']) != gone))?;
        }
        Some(Some(spot.component.clone()))
    }

    fn is_shared(&self, component: &str) -> bool {
        !super::sharing(self.document, component, self.operation.id).is_empty()
    }
}

fn is_named(parameter: &Value, place: &str, name: &str) -> bool {
    let known = text(&parameter["name"]).trim();
    parameter["in"] == place && (known == name || place == "header" && known.eq_ignore_ascii_case(name))
}

/// A line `name: {type: integer, format: int64, ...}` with another type.
fn typed(line: &str, change: &str) -> Option<String> {
    let (ours, theirs) = change.strip_prefix("type: ")?.split_once(" -> ")?;
    let theirs = match theirs {
        "text" => "type: string",
        "integer" => "type: integer, format: int64",
        "number" => "type: number",
        "boolean" => "type: boolean",
        _ => return None,
    };
    let (before, inner) = line.split_once('{')?;
    if ours == "anything" {
        return inner.starts_with("description: ").then(|| format!("{before}{{{theirs}, {inner}"));
    }
    let ours = if ours == "text" { "string" } else { ours };
    let rest = inner.strip_prefix(&format!("type: {ours}"))?;
    let rest = match rest.strip_prefix(", format: ") {
        Some(format) => &format[format.find([',', '}'])?..],
        None => rest,
    };
    rest.starts_with([',', '}']).then(|| format!("{before}{{{theirs}{rest}"))
}

/// Adds a name to what an object requires.
fn require(lines: &mut Lines, object: &std::ops::Range<usize>, name: &str) -> Option<()> {
    let name = yaml::flow(&name.into());
    if let Some(required) = lines.child(object, "required") {
        return change_list(lines, &required, |names| names.push(name));
    }
    let properties = lines.child(object, "properties")?.start;
    lines.insert(properties, lines.indent(properties)?, vec![format!("required: [{name}]")]);
    Some(())
}

/// Changes a list of words, in one line or one a line. An empty one is taken out.
fn change_list(lines: &mut Lines, list: &std::ops::Range<usize>, edit: impl FnOnce(&mut Vec<String>)) -> Option<()> {
    let line = lines.get(list.start).to_owned();
    let (before, inner) = match line.split_once('[') {
        Some((before, inner)) => (before, Some(inner.strip_suffix(']')?)),
        None => (line.as_str(), None),
    };
    let items = lines.items(list);
    let mut values: Vec<String> = match inner {
        Some(inner) => {
            inner.split(',').map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()).collect()
        }
        None => items.iter().map(|item| lines.get(item.start).trim_start()[2..].trim().to_owned()).collect(),
    };
    let known = values.clone();
    edit(&mut values);
    if values.is_empty() {
        lines.remove(list.clone());
    } else if inner.is_some() {
        lines.set(list.start, format!("{before}[{}]", values.join(", ")));
    } else {
        let indent = lines.inner_indent(list)?;
        for item in items.iter().zip(&known).rev().filter(|(_, value)| !values.contains(value)).map(|(item, _)| item) {
            lines.remove(item.clone());
        }
        for value in values.iter().enumerate().filter(|(_, value)| !known.contains(value)) {
            let at = items.get(value.0).map_or(list.end, |item| item.start);
            lines.insert(at, indent, vec![format!("- {}", value.1)]);
        }
    }
    Some(())
}

/// Appends components to a file.
pub fn write_components(lines: &mut Lines, made: &BTreeMap<String, Value>) -> Option<()> {
    for (name, value) in made {
        let schemas = lines.find(["components", "schemas"])?;
        let indent = lines.inner_indent(&schemas)?;
        lines.insert(schemas.end, indent, yaml::entry(name, value));
    }
    Some(())
}
