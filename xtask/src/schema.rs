//! A view of a schema that follows references: the kind of value that it accepts, and its parts.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value;
use zapmail_openapi::document::reference::resolve;

use crate::document::{elements, entries, text};

/// A schema, with the document that its references point into.
#[derive(Debug, Clone, Copy)]
pub struct Schema<'a> {
    pub document: &'a Value,
    pub value: &'a Value,
}

/// The kind of value that a schema accepts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Untyped,
    Null,
    Boolean,
    Integer,
    Number,
    /// A number, or a text that contains a number.
    NumberOrText,
    Text,
    List,
    Object,
    /// An object whose keys are data.
    Map,
    OneOf,
}

impl<'a> Schema<'a> {
    /// The schema with its reference followed.
    pub fn new(document: &'a Value, value: &'a Value) -> Self {
        Self { document, value: resolve(document, value) }
    }

    pub fn kind(self) -> Kind {
        let money = self.value["format"] == "decimal" && self.value.get("oneOf").is_some();
        if money || self.value["format"] == "numeric" {
            return Kind::NumberOrText;
        }
        match self.type_name() {
            "null" => Kind::Null,
            "boolean" => Kind::Boolean,
            "integer" => Kind::Integer,
            "number" => Kind::Number,
            "string" => Kind::Text,
            "array" => Kind::List,
            _ if !self.variants().is_empty() => Kind::OneOf,
            _ if self.value.get("enum").is_some() => Kind::Text,
            kind if kind == "object" || self.value.get("properties").is_some() || self.value.get("allOf").is_some() => {
                let names_are_data = self.additional().is_some_and(|schema| schema.kind() != Kind::Untyped);
                if names_are_data && self.properties().is_empty() { Kind::Map } else { Kind::Object }
            }
            _ => Kind::Untyped,
        }
    }

    /// The name of the type, or the first type that is not null in a list of types.
    fn type_name(self) -> &'a str {
        let named = elements(&self.value["type"]).filter_map(Value::as_str).find(|name| *name != "null");
        named.unwrap_or_else(|| text(&self.value["type"]))
    }

    /// Whether null is accepted.
    pub fn nullable(self) -> bool {
        self.value["nullable"] == true || elements(&self.value["type"]).any(|name| name == "null")
    }

    /// The alternatives of `oneOf` and `anyOf`.
    pub fn variants(self) -> Vec<Self> {
        let all = elements(&self.value["oneOf"]).chain(elements(&self.value["anyOf"]));
        all.map(|variant| self.part(variant)).collect()
    }

    /// The properties by name, including the properties of `allOf`.
    pub fn properties(self) -> BTreeMap<&'a str, Self> {
        let own = entries(&self.value["properties"]).map(|(name, schema)| (name, self.part(schema)));
        elements(&self.value["allOf"]).flat_map(|part| self.part(part).properties()).chain(own).collect()
    }

    /// The names of the required properties.
    pub fn required(self) -> BTreeSet<&'a str> {
        let own = elements(&self.value["required"]).filter_map(Value::as_str);
        elements(&self.value["allOf"]).flat_map(|part| self.part(part).required()).chain(own).collect()
    }

    /// The schema of a list's items.
    pub fn items(self) -> Option<Self> {
        self.value.get("items").map(|items| self.part(items))
    }

    /// The schema of a map's values.
    pub fn additional(self) -> Option<Self> {
        self.value.get("additionalProperties").filter(|schema| schema.is_object()).map(|schema| self.part(schema))
    }

    /// The values of an enum except null; empty if the schema is not an enum.
    pub fn values(self) -> BTreeSet<String> {
        let values = elements(&self.value["enum"]).filter(|value| !value.is_null());
        values.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).collect()
    }

    fn part(self, value: &'a Value) -> Self {
        Self::new(self.document, value)
    }
}

impl Kind {
    /// Whether a value of this kind is a single text in a query, a path or a header.
    pub fn is_scalar(self) -> bool {
        matches!(self, Self::Boolean | Self::Integer | Self::Number | Self::NumberOrText | Self::Text)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Untyped => "anything",
            Self::Null => "null",
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::NumberOrText => "number or text",
            Self::Text => "text",
            Self::List => "list",
            Self::Object => "object",
            Self::Map => "map",
            Self::OneOf => "one of several",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Kind, Schema};
    use crate::fixture;

    #[test]
    fn number_sent_in_both_formats_is_number_or_text() {
        let document = fixture::document();
        let kind = |schema: &str, property: &str| {
            let pointer = format!("/components/schemas/{schema}/properties/{property}");
            Schema::new(document.value(), document.value().pointer(&pointer).unwrap()).kind()
        };
        assert_eq!(kind("DomainOffer", "domainPrice"), Kind::NumberOrText);
        assert_eq!(kind("DomainPage", "totalPages"), Kind::NumberOrText);
        assert_eq!(kind("Wallet", "walletBalance"), Kind::Number);
    }
}
