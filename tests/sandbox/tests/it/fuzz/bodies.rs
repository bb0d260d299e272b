//! Generated request bodies.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;
use zapmail_openapi::document::Operation;

use super::known::{Known, any_number};
use super::parts::{point_to_all, remove};

/// A change to a part of an example.
#[derive(Debug, Clone)]
enum Change {
    /// Another value of the same type.
    SameType {
        text: String,
        number: Value,
    },
    Replaced(Value),
    Removed,
}

/// Generates bodies: none, arbitrary bytes, arbitrary JSON, and most often an example of the operation with changes.
pub fn of(operation: &Operation<'_>, known: &Known) -> BoxedStrategy<Option<Vec<u8>>> {
    let bytes = vec(any::<u8>(), 0..40).prop_map(Some);
    let json = any_json(known).prop_map(|body| Some(body.to_string().into_bytes()));
    let examples: Vec<_> = operation.body_examples().cloned().collect();
    if examples.is_empty() {
        return prop_oneof![4 => Just(None), 1 => bytes, 1 => json].boxed();
    }
    let known_values = known.clone();
    let examples = (select(examples), vec(any::<Index>(), 16), changes(known));
    let examples = examples.prop_map(move |(example, picks, changes)| {
        let example = with_known_ids("domain", &example, &known_values, &mut picks.iter().cycle());
        Some(changed(example, changes).to_string().into_bytes())
    });
    prop_oneof![1 => Just(None), 1 => bytes, 1 => json, 16 => examples].boxed()
}

/// Generates arbitrary JSON.
fn any_json(known: &Known) -> impl Strategy<Value = Value> + use<> {
    let text = known.any_text("");
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any_number(),
        text.clone().prop_map(Value::from)
    ];
    leaf.prop_recursive(3, 16, 4, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((text.clone(), inner), 0..4).prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Returns the example with ids and addresses that exist in the sandbox. `picks` selects them one after the other.
fn with_known_ids<'a>(
    name: &str,
    example: &Value,
    known: &Known,
    picks: &mut impl Iterator<Item = &'a Index>,
) -> Value {
    let mut replace =
        |text: &str| picks.next().map_or_else(|| text.to_owned(), |pick| known.replacement(name, text, pick));
    match example {
        Value::String(text) => replace(text).into(),
        Value::Array(items) => items.iter().map(|item| with_known_ids(name, item, known, picks)).collect(),
        Value::Object(fields) => {
            let keys: Vec<_> = fields.keys().map(|key| replace(key)).collect();
            let fields = keys.into_iter().zip(fields.values());
            Value::Object(fields.map(|(key, field)| (key.clone(), with_known_ids(&key, field, known, picks))).collect())
        }
        other => other.clone(),
    }
}

fn changes(known: &Known) -> impl Strategy<Value = Vec<(Index, Change)>> + use<> {
    let same_type = (known.any_text(""), any_number()).prop_map(|(text, number)| Change::SameType { text, number });
    let change =
        prop_oneof![6 => same_type, 1 => any_json(known).prop_map(Change::Replaced), 1 => Just(Change::Removed)];
    vec((any::<Index>(), change), 0..4)
}

fn changed(mut example: Value, changes: Vec<(Index, Change)>) -> Value {
    for (part, change) in changes {
        let mut pointers = Vec::new();
        point_to_all(&example, String::new(), &mut pointers);
        let pointer = part.get(&pointers);
        let value = example.pointer_mut(pointer).unwrap();
        match (change, &*value) {
            (Change::SameType { text, .. }, Value::String(_)) => *value = text.into(),
            (Change::SameType { number, .. }, Value::Number(_)) => *value = number,
            (Change::SameType { .. }, Value::Bool(old)) => *value = (!old).into(),
            (Change::SameType { .. }, _) => {}
            (Change::Replaced(new), _) => *value = new,
            (Change::Removed, _) => remove(&mut example, pointer),
        }
    }
    example
}
