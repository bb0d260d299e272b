//! Edits: one difference of an existing operation, written into the document.

use heck::ToUpperCamelCase as _;
use serde_json::Value;
use zapmail_openapi::document::content::successes;
use zapmail_openapi::document::parameters;

use super::entry;
use super::location::{self, Location};
use super::schema::{Components, referred, singular};
use crate::difference::Difference;
use crate::document::{Document, Operation, elements};
use crate::drift::operations::{Key, json_content, key};
use crate::drift::page::Page;
use crate::drift::severity::Side;
use crate::schema::Schema;

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
    /// Edits a copy of the document. Returns `None` if the change has to be made by hand; the copy must then be
    /// discarded.
    pub fn write(&self, copy: &mut Document, components: &mut Components<'_>) -> Option<Edited> {
        let at = self.difference.at.as_str();
        let location = at.split_once(' ').filter(|(location, _)| matches!(*location, "query" | "path" | "header"));
        let edited = match location {
            Some((location, name)) => self.parameter(&(location.to_owned(), name.to_owned()), copy, components),
            None if at == "body" => self.body(copy, components),
            None => self.part(copy, components),
        }?;
        components.write(self.operation.file, copy).ok()?;
        Some(edited)
    }

    /// The operation in the copy.
    fn in_edited<'e>(&self, copy: &'e mut Document) -> &'e mut Value {
        &mut copy.model.value_mut()["paths"][self.operation.path][self.operation.method]
    }

    fn parameter(&self, wanted: &Key, copy: &mut Document, components: &mut Components<'_>) -> Option<Edited> {
        let change = self.difference.change.as_str();
        let theirs = parameters(&self.page.fragment, &self.page.operation).find(|known| key(known) == *wanted);
        let operation = self.in_edited(copy);
        if change.starts_with("parameter added") {
            let noun = entry::noun(self.operation.id);
            let value = entry::parameter(theirs?, self.page, &noun, components, self.document);
            let parameters = elements(&operation["parameters"]).cloned().chain([value]).collect();
            operation["parameters"] = parameters;
            return Some(None);
        }
        let mut ours = elements(&self.operation.value["parameters"]);
        let number = ours.position(|known| key(self.document.resolve(known)) == *wanted)?;
        let parameters = operation["parameters"].as_array_mut()?;
        if change == "parameter vanished" {
            parameters.remove(number);
            if parameters.is_empty() {
                operation.as_object_mut()?.remove("parameters");
            }
            return Some(None);
        }
        // A reference leads to a parameter that other operations share.
        let parameter = parameters.get_mut(number)?.as_object_mut().filter(|known| !known.contains_key("$ref"))?;
        match change {
            "required: false -> true" => {
                if let (None, Some(example)) = (parameter.get("example"), theirs.and_then(entry::example)) {
                    parameter.insert("example".to_owned(), example);
                }
                parameter.insert("required".to_owned(), true.into());
            }
            "required: true -> false" => _ = parameter.remove("required")?,
            _ => {
                let schema = parameter.get_mut("schema")?;
                match referred(schema) {
                    Some(component) if change.starts_with("enum: value ") => {
                        return self.values(&Location::component(component, self.document)?, copy);
                    }
                    _ => retype(schema, change)?,
                }
            }
        }
        Some(None)
    }

    fn body(&self, copy: &mut Document, components: &mut Components<'_>) -> Option<Edited> {
        let operation = self.in_edited(copy);
        match self.difference.change.as_str() {
            "required: false -> true" => operation.get_mut("requestBody")?["required"] = true.into(),
            change if change.starts_with("body added") && operation.get("requestBody").is_none() => {
                operation["requestBody"] = entry::body(self.page, &entry::noun(self.operation.id), components)?;
            }
            _ => return None,
        }
        Some(None)
    }

    /// Edits a part of a body or a response.
    fn part(&self, copy: &mut Document, components: &mut Components<'_>) -> Option<Edited> {
        let Difference { at, change, .. } = self.difference;
        let side = if at.starts_with("body") { Side::Request } else { Side::Response };
        if change.starts_with("enum: value ") {
            return self.values(&location::ours(self.document, self.operation.value, at)?, copy);
        }
        if change == "nullable: false -> true" {
            return self.nullable(copy);
        }
        if change.starts_with(TYPED) {
            return if self.has_untyped_response() {
                self.response(copy, components)
            } else {
                self.typed_part(copy, components)
            };
        }
        let (holder, name) = at.rsplit_once('.')?;
        let holder = location::ours(self.document, self.operation.value, holder)?;
        if COMMON.contains(&holder.component.as_str()) {
            return None;
        }
        let edited = holder.in_edited(copy)?;
        if change.starts_with("property added") {
            let theirs = location::theirs(self.page, at)?;
            let component = format!("{}{}", holder.component, name.to_upper_camel_case());
            edited["properties"][name] = components.describe_field(theirs, side, &component, name);
            if side == Side::Request && change.ends_with(", required)") {
                require(edited, name);
            }
            return Some(Some(holder.component));
        }
        // The changes below narrow or change the component, and would affect the other operations that share it.
        if self.is_shared(&holder.component) {
            return None;
        }
        match change.as_str() {
            "required: false -> true" => require(edited, name),
            "required: true -> false" => remove_from_list(edited, "required", name)?,
            _ => retype(edited.get_mut("properties")?.get_mut(name)?, change)?,
        }
        Some(Some(holder.component))
    }

    /// Whether the response is undescribed.
    fn has_untyped_response(&self) -> bool {
        let response =
            self.operation.successes().next().and_then(|(_, response)| json_content(self.document.value(), response));
        let component = response.and_then(|content| referred(&content["schema"]));
        matches!(self.difference.at.as_str(), "response" | "response.data")
            && component.is_some_and(|component| UNTYPED.contains(&component))
    }

    /// Adds a schema for an undescribed response.
    fn response(&self, copy: &mut Document, components: &mut Components<'_>) -> Option<Edited> {
        let theirs =
            successes(&self.page.operation).find_map(|(_, response)| json_content(&self.page.fragment, response))?;
        let schema = Schema::new(&self.page.fragment, &theirs["schema"]);
        let (reference, is_envelope) = entry::response(schema, &entry::noun(self.operation.id), components);
        let operation = self.in_edited(copy);
        for (status, _) in self.operation.successes() {
            let content = operation["responses"][status].get_mut("content")?.get_mut("application/json")?;
            referred(&content["schema"]).filter(|known| UNTYPED.contains(known))?;
            content["schema"] = reference.clone();
        }
        if is_envelope && self.operation.data().is_none() {
            operation["x-zapmail-data"] = "/data".into();
        }
        Some(None)
    }

    /// Adds a type to a part without one. The part keeps its description unless it becomes a component.
    fn typed_part(&self, copy: &mut Document, components: &mut Components<'_>) -> Option<Edited> {
        let Difference { at, .. } = self.difference;
        let side = if at.starts_with("body") { Side::Request } else { Side::Response };
        let location = location::ours(self.document, self.operation.value, at)?;
        if location.is_component() || self.is_shared(&location.component) {
            return None;
        }
        let field = at.rsplit_once('.')?.1.trim_end_matches("[]");
        let whole = format!("{}{}", location.component, field.to_upper_camel_case());
        let name = if at.ends_with("[]") { singular(&whole) } else { whole };
        let described = components.describe_field(location::theirs(self.page, at)?, side, &name, field);
        let edited = location.in_edited(copy)?;
        match (edited.as_object_mut(), described) {
            (Some(known), Value::Object(described)) if !described.contains_key("$ref") => {
                known.extend(described.into_iter().filter(|(key, _)| key != "description"));
            }
            (_, described) => *edited = described,
        }
        Some(Some(location.component))
    }

    /// Marks a part of a response as nullable.
    fn nullable(&self, copy: &mut Document) -> Option<Edited> {
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
        let edited = location.in_edited(copy)?;
        if let Some(values) = edited.get_mut("enum").and_then(Value::as_array_mut) {
            values.push(Value::Null);
        }
        edited["nullable"] = true.into();
        Some(Some(location.component))
    }

    /// Adds or removes a value of an enum.
    fn values(&self, location: &Location<'_>, copy: &mut Document) -> Option<Edited> {
        let rest = self.difference.change.strip_prefix("enum: value ")?;
        let edited = location.in_edited(copy)?;
        if let Some(value) = rest.strip_suffix(" added") {
            let values = edited.get_mut("enum")?.as_array_mut()?;
            let end = values.iter().position(Value::is_null).unwrap_or(values.len());
            values.insert(end, value.into());
        } else if self.is_shared(&location.component) {
            return None;
        } else {
            remove_from_list(edited, "enum", rest.strip_suffix(" vanished")?)?;
        }
        Some(Some(location.component.clone()))
    }

    fn is_shared(&self, component: &str) -> bool {
        !super::sharing(self.document, component, self.operation.id).is_empty()
    }
}

/// Changes the type of a schema, as in `type: text -> integer`.
fn retype(schema: &mut Value, change: &str) -> Option<()> {
    let name = |kind| match kind {
        "text" => Some("string"),
        "integer" | "number" | "boolean" => Some(kind),
        _ => None,
    };
    let (ours, theirs) = change.strip_prefix("type: ")?.split_once(" -> ")?;
    let is_plain =
        ["$ref", "enum", "properties", "oneOf", "anyOf", "allOf"].iter().all(|key| schema.get(*key).is_none());
    if !is_plain || schema.get("type").and_then(Value::as_str) != name(ours) {
        return None;
    }
    let schema = schema.as_object_mut()?;
    let theirs = name(theirs)?;
    schema.insert("type".to_owned(), theirs.into());
    schema.remove("format");
    if theirs == "integer" {
        schema.insert("format".to_owned(), "int64".into());
    }
    Some(())
}

/// Adds a name to the required properties of an object.
fn require(object: &mut Value, name: &str) {
    object["required"] = elements(&object["required"]).cloned().chain([name.into()]).collect();
}

/// Removes a text from a list. An empty list is removed.
fn remove_from_list(object: &mut Value, key: &str, gone: &str) -> Option<()> {
    let list = object.get_mut(key)?.as_array_mut()?;
    list.retain(|value| value != gone);
    if list.is_empty() {
        object.as_object_mut()?.remove(key);
    }
    Some(())
}
