//! Canaries: credentials that are recognizable in any text.

use serde_json::{Value, json};
use zapmail_contract::expectation::shape_of;
use zapmail_contract::values::resolve;

/// The API key of the client.
pub const KEY: &str = "canary-of-the-key";

/// An authenticator code. The numeric canary begins with the same digits.
pub const CODE: &str = "73519246";

/// The form of a credential's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Text,
    Number,
    Negative,
    Fraction,
    List,
    Object,
}

impl Form {
    pub const ALL: [Self; 6] = [Self::Text, Self::Number, Self::Negative, Self::Fraction, Self::List, Self::Object];

    /// A canary of this form.
    pub fn canary(self) -> Value {
        match self {
            Self::Text => json!("canary-of-a-field"),
            Self::Number => json!(7_351_924_680_u64),
            Self::Negative => json!(-7_351_924_680_i64),
            Self::Fraction => json!(73519.2468),
            Self::List => json!(["canary-of-a-list"]),
            Self::Object => json!({"canary-of-a-name": "canary-of-a-value"}),
        }
    }
}

/// Returns the first canary in a text, with its context.
pub fn find(text: &str) -> Option<String> {
    let start = ["canary-of", CODE, "73519.2468"].iter().find_map(|canary| text.find(canary))?;
    let before = text[..start].char_indices().rev().nth(80).map_or(0, |(index, _)| index);
    Some(text[before..].chars().take(160).collect())
}

/// Sets every credential in the schema to a canary, even if the example does not contain it. Adds a field to objects,
/// and replaces undescribed values with an object with a canary. Returns the number of credentials.
pub fn plant(document: &Value, schema: &Value, example: &mut Value, form: Form) -> usize {
    let Some(schema) = shape_of(document, schema, example) else { return 0 };
    if is_credential(schema) {
        *example = form.canary();
        return 1;
    }
    if is_untyped(schema) {
        *example = json!({"password": Form::Text.canary()});
        return 0;
    }
    match example {
        Value::Array(rows) => rows.iter_mut().map(|row| plant(document, &schema["items"], row, form)).sum(),
        Value::Object(fields) => {
            let mut planted = 0;
            for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
                if is_credential(resolve(document, schema)) {
                    fields.insert(name.clone(), Value::Null);
                }
                planted += fields.get_mut(name).map_or(0, |value| plant(document, schema, value, form));
            }
            if schema["additionalProperties"]["$ref"].is_string() || schema["additionalProperties"]["items"].is_object()
            {
                let rest = fields.iter_mut().filter(|(name, _)| schema["properties"].get(name.as_str()).is_none());
                planted +=
                    rest.map(|(_, value)| plant(document, &schema["additionalProperties"], value, form)).sum::<usize>();
            } else {
                fields.insert("canary-of-a-name".to_owned(), Form::Text.canary());
            }
            planted
        }
        _ => 0,
    }
}

fn is_credential(schema: &Value) -> bool {
    schema["format"] == "password"
}

fn is_untyped(schema: &Value) -> bool {
    ["type", "format", "enum", "oneOf"].iter().all(|word| schema.get(word).is_none())
}
