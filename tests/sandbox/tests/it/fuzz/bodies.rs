//! Bodies.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::Value;
use zapmail_openapi::document::Operation;

use super::known::{Known, any_number};
use super::parts::{point_to_all, remove};

/// What becomes of a part of an example.
#[derive(Debug, Clone)]
enum Change {
    /// It stays what it is, with another value.
    Alike {
        text: String,
        number: Value,
    },
    Replaced(Value),
    Removed,
}

/// None, any bytes, any JSON, and most often an example of the operation with changes.
pub fn of(operation: &Operation<'_>, known: &Known) -> BoxedStrategy<Option<Vec<u8>>> {
    let bytes = vec(any::<u8>(), 0..40).prop_map(Some);
    let json = any_json(known).prop_map(|body| Some(body.to_string().into_bytes()));
    let examples: Vec<_> = operation.body_examples().cloned().collect();
    if examples.is_empty() {
        return prop_oneof![4 => Just(None), 1 => bytes, 1 => json].boxed();
    }
    let known_here = known.clone();
    let examples = (select(examples), vec(any::<Index>(), 16), changes(known));
    let examples = examples.prop_map(move |(example, picks, changes)| {
        let example = fitted("domain", &example, &known_here, &mut picks.iter().cycle());
        Some(changed(example, changes).to_string().into_bytes())
    });
    prop_oneof![1 => Just(None), 1 => bytes, 1 => json, 16 => examples].boxed()
}

/// JSON of any shape.
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

/// The example with identifiers that the sandbox knows: `picks` chooses them, one after the other.
fn fitted<'a>(name: &str, example: &Value, known: &Known, picks: &mut impl Iterator<Item = &'a Index>) -> Value {
    let mut fit = |text: &str| picks.next().map_or_else(|| text.to_owned(), |pick| known.instead_of(name, text, pick));
    match example {
        Value::String(text) => fit(text).into(),
        Value::Array(items) => items.iter().map(|item| fitted(name, item, known, picks)).collect(),
        Value::Object(fields) => {
            let keys: Vec<_> = fields.keys().map(|key| fit(key)).collect();
            let fields = keys.into_iter().zip(fields.values());
            Value::Object(fields.map(|(key, field)| (key.clone(), fitted(&key, field, known, picks))).collect())
        }
        other => other.clone(),
    }
}

fn changes(known: &Known) -> impl Strategy<Value = Vec<(Index, Change)>> + use<> {
    let alike = (known.any_text(""), any_number()).prop_map(|(text, number)| Change::Alike { text, number });
    let change = prop_oneof![6 => alike, 1 => any_json(known).prop_map(Change::Replaced), 1 => Just(Change::Removed)];
    vec((any::<Index>(), change), 0..4)
}

fn changed(mut example: Value, changes: Vec<(Index, Change)>) -> Value {
    for (part, change) in changes {
        let mut pointers = Vec::new();
        point_to_all(&example, String::new(), &mut pointers);
        let pointer = part.get(&pointers);
        let place = example.pointer_mut(pointer).unwrap();
        match (change, &*place) {
            (Change::Alike { text, .. }, Value::String(_)) => *place = text.into(),
            (Change::Alike { number, .. }, Value::Number(_)) => *place = number,
            (Change::Alike { .. }, Value::Bool(old)) => *place = (!old).into(),
            (Change::Alike { .. }, _) => {}
            (Change::Replaced(value), _) => *place = value,
            (Change::Removed, _) => remove(&mut example, pointer),
        }
    }
    example
}
