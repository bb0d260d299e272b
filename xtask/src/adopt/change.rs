//! One difference of an operation that exists, written into the lines of its file.

use std::collections::BTreeMap;

use serde_json::Value;
use zapmail_openapi::document::content::successes;

use super::entry;
use super::lines::Lines;
use super::schema::{Components, pascal, referred, singular};
use super::spot::{self, Spot, content_of};
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

/// The schemas of responses that nobody has described. An operation whose response is known gets one of its own.
pub const UNTYPED: [&str; 2] = ["UntypedEnvelope", "UntypedBody"];

/// Schemas that are never edited for one operation, since they say what is not known of many.
const COMMON: [&str; 4] = ["UntypedEnvelope", "UntypedBody", "Acknowledgement", "Error"];

/// What a difference is called when a part without a type has got one.
pub const TYPED: &str = "type: anything -> ";

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
        if change == "nullable: false -> true" {
            return self.nullable(files);
        }
        if change.starts_with(TYPED) {
            return if self.has_untyped_answer() { self.answer(files, made) } else { self.typed_part(files, made) };
        }
        let (holder, name) = at.rsplit_once('.')?;
        let holder = spot::ours(self.document, self.operation.value, holder)?.resolved(self.document);
        if COMMON.contains(&holder.component.as_str()) {
            return None;
        }
        if change.starts_with("property added") {
            let theirs = spot::theirs(self.page, at)?;
            let value = made.place_field(theirs, side, &format!("{}{}", holder.component, pascal(name)), name);
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

    /// Whether nobody has described the response.
    fn has_untyped_answer(&self) -> bool {
        let answer =
            self.operation.successes().next().and_then(|(_, answer)| content_of(self.document.value(), answer));
        let component = answer.and_then(|content| referred(&content["schema"]));
        matches!(self.difference.at.as_str(), "answer" | "answer.data")
            && component.is_some_and(|component| UNTYPED.contains(&component))
    }

    /// A response that nobody had described gets a schema.
    fn answer(&self, files: &mut Files, made: &mut Components<'_>) -> Option<Edited> {
        let theirs = successes(&self.page.operation).find_map(|(_, answer)| content_of(&self.page.fragment, answer))?;
        let schema = Schema::new(&self.page.fragment, &theirs["schema"]);
        let (reference, is_envelope) = entry::answer(schema, &entry::noun(self.operation.id), made);
        let name = referred(&reference)?;
        let lines = files.get_mut(self.operation.file)?;
        let operation = lines.find(["paths", self.operation.path, self.operation.method])?;
        let answers = lines.child(&operation, "responses")?;
        for (status, _) in self.operation.successes() {
            let path = [status, "content", "application/json", "schema"];
            let schema = path.iter().try_fold(answers.clone(), |parent, key| lines.child(&parent, key))?;
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

    /// A part without a type gets one. Where it stays in its place, it keeps its description.
    fn typed_part(&self, files: &mut Files, made: &mut Components<'_>) -> Option<Edited> {
        let Difference { at, .. } = self.difference;
        let side = if at.starts_with("body") { Side::Request } else { Side::Answer };
        let spot = spot::ours(self.document, self.operation.value, at)?;
        if self.is_shared(&spot.component) {
            return None;
        }
        let field = at.rsplit_once('.')?.1.trim_end_matches("[]");
        let whole = format!("{}{}", spot.component, pascal(field));
        let name = if at.ends_with("[]") { singular(&whole) } else { whole };
        let placed = made.place_field(spot::theirs(self.page, at)?, side, &name, field);
        let mut value = spot.value.clone();
        match (value.as_object_mut(), placed) {
            (Some(known), Value::Object(placed)) if !placed.contains_key("$ref") => {
                known.extend(placed.into_iter().filter(|(key, _)| key != "description"));
            }
            (_, placed) => value = placed,
        }
        spot.replace(&value, self.document, files)?;
        Some(Some(spot.component))
    }

    /// A part of a response that can be null.
    fn nullable(&self, files: &mut Files) -> Option<Edited> {
        let spot = spot::unresolved(self.document, self.operation.value, &self.difference.at)?;
        let spot = match referred(spot.value) {
            // Null here would be null for all others, too.
            Some(component) if self.is_shared(component) => return None,
            Some(_) => spot.resolved(self.document),
            None => spot,
        };
        if self.document.request_schemas().contains(&spot.component) || !spot.value["type"].is_string() {
            return None;
        }
        let (lines, found) = spot.lines(self.document, files)?;
        if let Some(list) = lines.child(&found, "enum") {
            change_list(lines, &list, |values| values.push("null".to_owned()))?;
        }
        let last = lines.child(&found, "format").or_else(|| lines.child(&found, "type"));
        match last {
            Some(last) => lines.insert(last.end, lines.indent(last.start)?, vec!["nullable: true".to_owned()]),
            None => lines.set(found.start, with_null(lines.get(found.start))?),
        }
        Some(Some(spot.component))
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

/// A line `name: {type: string, format: uuid, ...}` that also takes null.
fn with_null(line: &str) -> Option<String> {
    let start = line.find("{type: ")? + 1;
    let end_of = |from: usize| line[from..].find([',', '}']).map(|length| from + length);
    let mut end = end_of(start)?;
    if line[end..].starts_with(", format: ") {
        end = end_of(end + 1)?;
    }
    Some(format!("{}, nullable: true{}", &line[..end], &line[end..]))
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
    if !made.is_empty() && lines.find(["components"]).is_none() {
        let end = lines.find(["paths"])?.end;
        let entries = made.iter().flat_map(|(name, value)| yaml::entry(name, value));
        let schemas = entries.map(|line| format!("    {line}"));
        let start = ["components:", "  schemas:"].map(str::to_owned);
        lines.insert(end, 0, start.into_iter().chain(schemas).collect());
        return Some(());
    }
    for (name, value) in made {
        let schemas = lines.find(["components", "schemas"])?;
        let indent = lines.inner_indent(&schemas)?;
        lines.insert(schemas.end, indent, yaml::entry(name, value));
    }
    Some(())
}
