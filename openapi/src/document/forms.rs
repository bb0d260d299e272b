//! The forms of a schema: the schema itself, and its alternatives.

use serde_json::Value;

use super::{Document, elements};

impl Document {
    /// Returns a schema and its alternatives (`allOf`, `anyOf`, `oneOf`), with resolved references.
    pub fn forms<'a>(&'a self, schema: &'a Value) -> Vec<&'a Value> {
        let schema = self.resolve(schema);
        let alternatives = ["allOf", "anyOf", "oneOf"].into_iter().flat_map(|key| elements(&schema[key]));
        let mut forms: Vec<_> = alternatives.flat_map(|alternative| self.forms(alternative)).collect();
        forms.push(schema);
        forms
    }
}

/// Returns the schema of a property in one form, or the schema of all values if the form describes a map.
pub fn property_schema<'a>(form: &'a Value, name: &str) -> Option<&'a Value> {
    let own = form["properties"].get(name);
    own.or_else(|| form.get("additionalProperties").filter(|values| values.is_object()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Document, property_schema};

    #[test]
    fn alternatives_and_references_are_forms() {
        let document = Document::new(json!({"components": {"schemas": {
            "Name": {"type": "string"},
            "Names": {"oneOf": [{"$ref": "#/components/schemas/Name"}, {"type": "array"}]},
        }}}));
        let schema = json!({"$ref": "#/components/schemas/Names"});
        let types: Vec<_> = document.forms(&schema).into_iter().map(|form| form["type"].as_str()).collect();
        assert_eq!(types, [Some("string"), Some("array"), None]);
    }

    #[test]
    fn undescribed_property_has_the_schema_of_a_map() {
        let map = json!({"properties": {"id": {"type": "string"}}, "additionalProperties": {"type": "number"}});
        assert_eq!(property_schema(&map, "id"), Some(&json!({"type": "string"})));
        assert_eq!(property_schema(&map, "price"), Some(&json!({"type": "number"})));
        assert_eq!(property_schema(&json!({"additionalProperties": true}), "price"), None);
    }
}
