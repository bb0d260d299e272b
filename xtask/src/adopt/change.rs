//! Edits: one difference of an existing operation, written into the lines of its file.

use std::collections::BTreeMap;

use serde_json::Value;
use zapmail_openapi::document::content::successes;

use super::entry;
use super::lines::Lines;
use super::location::{self, Location, content_of};
use super::schema::{Components, pascal, referred, singular};
use super::yaml;
use crate::document::{Document, Operation, elements, text};
use crate::drift::difference::Difference;
use crate::drift::page::Page;
use crate::drift::severity::Side;
use crate::schema::Schema;

/// The lines of the edited files, by their paths below `openapi`.
pub type Files = BTreeMap<String, Lines>;

/// A difference, with everything that is needed to write it.
pub struct Change<'a> {
    pub document: &'a Document,
    pub operation: Operation<'a>,
    pub page: &'a Page,
    pub difference: &'a Difference,
}

/// The edited item: the name of a component, or `None` for the operation itself.
pub type Edited = Option<String>;

/// The schemas of undescribed responses. An operation gets its own schema once its response is known.
pub const UNTYPED: [&str; 2] = ["UntypedEnvelope", "UntypedBody"];

/// Schemas that are never edited for one operation, because many operations share them.
const COMMON: [&str; 4] = ["UntypedEnvelope", "UntypedBody", "Acknowledgement", "Error"];

/// The start of the change text when a part without a type gets one.
pub const TYPED: &str = "type: anything -> ";

impl Change<'_> {
    /// Edits the lines. Returns `None` if the change cannot be written line by line.
    pub fn write(&self, files: &mut Files, components: &mut Components<'_>) -> Option<Edited> {
        let at = self.difference.at.as_str();
        let location = at.split_once(' ').filter(|(location, _)| matches!(*location, "query" | "path" | "header"));
        let edited = match location {
            Some((location, name)) => self.parameter(location, name, files, components),
            None if at == "body" => self.body(files, components),
            None => self.part(files, components),
        }?;
        let lines = files.get_mut(self.operation.file)?;
        write_components(lines, &components.added)?;
        Some(edited)
    }

    fn parameter(
        &self,
        location: &str,
        name: &str,
        files: &mut Files,
        components: &mut Components<'_>,
    ) -> Option<Edited> {
        let change = self.difference.change.as_str();
        let theirs = elements(&self.page.operation["parameters"])
            .map(|known| Schema::new(&self.page.fragment, known).value)
            .find(|known| is_named(known, location, name));
        let lines = files.get_mut(self.operation.file)?;
        let operation = lines.find(["paths", self.operation.path, self.operation.method])?;
        let list = lines.child(&operation, "parameters");
        if change.starts_with("parameter added") {
            let noun = entry::noun(self.operation.id);
            let value = entry::parameter(theirs?, self.page, &noun, components, self.document);
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
        let number = ours.iter().position(|known| is_named(self.document.resolve(known), location, name))?;
        let item = items.get(number).filter(|_| items.len() == ours.len())?.clone();
        if change == "parameter vanished" {
            lines.remove(if items.len() == 1 { list } else { item });
            return Some(None);
        }
        let own = *ours.get(number)?;
        if let Some(component) = own.get("schema").and_then(referred)
            && change.starts_with("enum: value ")
        {
            return self.values(&Location::component(component, self.document)?, files);
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

    fn body(&self, files: &mut Files, components: &mut Components<'_>) -> Option<Edited> {
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
                let body = entry::body(self.page, &entry::noun(self.operation.id), components)?;
                let next = lines.child(&operation, "responses")?;
                lines.insert(next.start, lines.indent(next.start)?, yaml::entry("requestBody", &body));
                Some(None)
            }
            _ => None,
        }
    }

    /// Edits a part of a body or a response.
    fn part(&self, files: &mut Files, components: &mut Components<'_>) -> Option<Edited> {
        let Difference { at, change, .. } = self.difference;
        let side = if at.starts_with("body") { Side::Request } else { Side::Response };
        if change.starts_with("enum: value ") {
            let location = location::ours(self.document, self.operation.value, at)?;
            return self.values(&location.resolved(self.document), files);
        }
        if change == "nullable: false -> true" {
            return self.nullable(files);
        }
        if change.starts_with(TYPED) {
            return if self.has_untyped_response() {
                self.response(files, components)
            } else {
                self.typed_part(files, components)
            };
        }
        let (holder, name) = at.rsplit_once('.')?;
        let holder = location::ours(self.document, self.operation.value, holder)?.resolved(self.document);
        if COMMON.contains(&holder.component.as_str()) {
            return None;
        }
        if change.starts_with("property added") {
            let theirs = location::theirs(self.page, at)?;
            let value = components.describe_field(theirs, side, &format!("{}{}", holder.component, pascal(name)), name);
            let is_required = side == Side::Request && change.ends_with(", required)");
            let (lines, found) = holder.lines(self.document, files)?;
            let entry = yaml::entry(name, &value);
            match lines.child(&found, "properties") {
                Some(properties) => lines.insert(properties.end, lines.inner_indent(&properties)?, entry),
                None => {
                    let inner = entry.into_iter().map(|line| format!("  {line}"));
                    let block = ["properties:".to_owned()].into_iter().chain(inner).collect();
                    let next = lines.child(&found, "additionalProperties").map_or(found.end, |next| next.start);
                    lines.insert(next, lines.inner_indent(&found)?, block);
                }
            }
            if is_required {
                require(lines, &found, name)?;
            }
            return Some(Some(holder.component));
        }
        // The changes below narrow or change the component, and would affect the other operations that share it.
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

    /// Whether the response is undescribed.
    fn has_untyped_response(&self) -> bool {
        let response =
            self.operation.successes().next().and_then(|(_, response)| content_of(self.document.value(), response));
        let component = response.and_then(|content| referred(&content["schema"]));
        matches!(self.difference.at.as_str(), "response" | "response.data")
            && component.is_some_and(|component| UNTYPED.contains(&component))
    }

    /// Adds a schema for an undescribed response.
    fn response(&self, files: &mut Files, components: &mut Components<'_>) -> Option<Edited> {
        let theirs =
            successes(&self.page.operation).find_map(|(_, response)| content_of(&self.page.fragment, response))?;
        let schema = Schema::new(&self.page.fragment, &theirs["schema"]);
        let (reference, is_envelope) = entry::response(schema, &entry::noun(self.operation.id), components);
        let name = referred(&reference)?;
        let lines = files.get_mut(self.operation.file)?;
        let operation = lines.find(["paths", self.operation.path, self.operation.method])?;
        let responses = lines.child(&operation, "responses")?;
        for (status, _) in self.operation.successes() {
            let path = [status, "content", "application/json", "schema"];
            let schema = path.iter().try_fold(responses.clone(), |parent, key| lines.child(&parent, key))?;
            let line = lines.get(schema.start);
            let known = UNTYPED.iter().find(|known| line.contains(&format!("/{known}'")))?;
            lines.set(schema.start, line.replacen(&format!("/{known}'"), &format!("/{name}'"), 1));
        }
        if is_envelope && self.operation.data().is_none() {
            let bucket = lines.child(&operation, "x-zapmail-bucket")?;
            lines.insert(bucket.end, lines.indent(bucket.start)?, vec!["x-zapmail-data: /data".to_owned()]);
        }
        Some(None)
    }

    /// Adds a type to a part without one. The part keeps its description unless it becomes a component.
    fn typed_part(&self, files: &mut Files, components: &mut Components<'_>) -> Option<Edited> {
        let Difference { at, .. } = self.difference;
        let side = if at.starts_with("body") { Side::Request } else { Side::Response };
        let location = location::ours(self.document, self.operation.value, at)?;
        if self.is_shared(&location.component) {
            return None;
        }
        let field = at.rsplit_once('.')?.1.trim_end_matches("[]");
        let whole = format!("{}{}", location.component, pascal(field));
        let name = if at.ends_with("[]") { singular(&whole) } else { whole };
        let described = components.describe_field(location::theirs(self.page, at)?, side, &name, field);
        let mut value = location.value.clone();
        match (value.as_object_mut(), described) {
            (Some(known), Value::Object(described)) if !described.contains_key("$ref") => {
                known.extend(described.into_iter().filter(|(key, _)| key != "description"));
            }
            (_, described) => value = described,
        }
        location.replace(&value, self.document, files)?;
        Some(Some(location.component))
    }

    /// Marks a part of a response as nullable.
    fn nullable(&self, files: &mut Files) -> Option<Edited> {
        let location = location::unresolved(self.document, self.operation.value, &self.difference.at)?;
        let location = match referred(location.value) {
            // Null here would also allow null in all other operations.
            Some(component) if self.is_shared(component) => return None,
            Some(_) => location.resolved(self.document),
            None => location,
        };
        if self.document.request_schemas().contains(&location.component) || !location.value["type"].is_string() {
            return None;
        }
        let (lines, found) = location.lines(self.document, files)?;
        if let Some(list) = lines.child(&found, "enum") {
            change_list(lines, &list, |values| values.push("null".to_owned()))?;
        }
        let last = lines.child(&found, "format").or_else(|| lines.child(&found, "type"));
        match last {
            Some(last) => lines.insert(last.end, lines.indent(last.start)?, vec!["nullable: true".to_owned()]),
            None => lines.set(found.start, with_null(lines.get(found.start))?),
        }
        Some(Some(location.component))
    }

    /// Adds or removes a value of an enum.
    fn values(&self, location: &Location<'_>, files: &mut Files) -> Option<Edited> {
        let rest = self.difference.change.strip_prefix("enum: value ")?;
        let (lines, found) = location.lines(self.document, files)?;
        let list = lines.child(&found, "enum")?;
        if let Some(value) = rest.strip_suffix(" added") {
            let value = yaml::flow(&value.into());
            change_list(lines, &list, |values| {
                let end = values.iter().position(|value| value == "null").unwrap_or(values.len());
                values.insert(end, value);
            })?;
        } else {
            let gone = rest.strip_suffix(" vanished").filter(|_| !self.is_shared(&location.component))?;
            change_list(lines, &list, |values| values.retain(|value| value.trim_matches(['\'', '"']) != gone))?;
        }
        Some(Some(location.component.clone()))
    }

    fn is_shared(&self, component: &str) -> bool {
        !super::sharing(self.document, component, self.operation.id).is_empty()
    }
}

fn is_named(parameter: &Value, location: &str, name: &str) -> bool {
    let known = text(&parameter["name"]).trim();
    parameter["in"] == location && (known == name || location == "header" && known.eq_ignore_ascii_case(name))
}

/// Returns a line `name: {type: integer, format: int64, ...}` with the new type.
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

/// Returns a line `name: {type: string, format: uuid, ...}` that also accepts null.
fn with_null(line: &str) -> Option<String> {
    let start = line.find("{type: ")? + 1;
    let end_of = |from: usize| line[from..].find([',', '}']).map(|length| from + length);
    let mut end = end_of(start)?;
    if line[end..].starts_with(", format: ") {
        end = end_of(end + 1)?;
    }
    Some(format!("{}, nullable: true{}", &line[..end], &line[end..]))
}

/// Adds a name to the required properties of an object.
fn require(lines: &mut Lines, object: &std::ops::Range<usize>, name: &str) -> Option<()> {
    let name = yaml::flow(&name.into());
    if let Some(required) = lines.child(object, "required") {
        return change_list(lines, &required, |names| names.push(name));
    }
    let properties = lines.child(object, "properties")?.start;
    lines.insert(properties, lines.indent(properties)?, vec![format!("required: [{name}]")]);
    Some(())
}

/// Edits a list of words, written in flow style or in block style. An empty list is removed.
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
pub fn write_components(lines: &mut Lines, added: &BTreeMap<String, Value>) -> Option<()> {
    if !added.is_empty() && lines.find(["components"]).is_none() {
        let end = lines.find(["paths"])?.end;
        let entries = added.iter().flat_map(|(name, value)| yaml::entry(name, value));
        let schemas = entries.map(|line| format!("    {line}"));
        let start = ["components:", "  schemas:"].map(str::to_owned);
        lines.insert(end, 0, start.into_iter().chain(schemas).collect());
        return Some(());
    }
    for (name, value) in added {
        let schemas = lines.find(["components", "schemas"])?;
        let indent = lines.inner_indent(&schemas)?;
        lines.insert(schemas.end, indent, yaml::entry(name, value));
    }
    Some(())
}
