//! Tests of merging and deserializing shapes.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::UNTYPED;
use super::secrecy::{OPERATIONS, body};
use crate::Shapes;
use crate::shapes::ShapeRecorder;

fn shapes(responses: &[(usize, u16, Value)]) -> Shapes {
    let recorder = ShapeRecorder::new();
    for (operation, status, body) in responses {
        recorder.record(OPERATIONS[*operation], *status, body);
    }
    recorder.shapes()
}

fn merged(one: &Shapes, two: &Shapes) -> Shapes {
    let mut merged = one.clone();
    merged.merge(two);
    merged
}

/// The shapes without their counts.
fn uncounted(shapes: &Shapes) -> Value {
    fn strip(value: &mut Value) {
        match value {
            Value::Object(object) => {
                object.retain(|key, value| {
                    !(value.is_u64() && ["seen", "objects", "empty", "responses"].contains(&&**key))
                });
                object.values_mut().for_each(strip);
            }
            Value::Array(array) => array.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(shapes).unwrap();
    strip(&mut value);
    value
}

fn responses() -> impl Strategy<Value = Vec<(usize, u16, Value)>> {
    let status = prop_oneof![Just(200), Just(202), Just(404)];
    prop::collection::vec((0..OPERATIONS.len(), status, body()), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merging_is_commutative_and_merging_twice_adds_only_counts(one in responses(), two in responses()) {
        let (one, two) = (shapes(&one), shapes(&two));
        prop_assert!(merged(&one, &two) == merged(&two, &one));
        prop_assert_eq!(uncounted(&merged(&one, &one)), uncounted(&one));
        prop_assert!(merged(&one, &Shapes::default()) == one);
        prop_assert!(merged(&Shapes::default(), &one) == one);
    }

    #[test]
    fn serialized_shapes_are_read_back(responses in responses()) {
        let shapes = shapes(&responses);
        let text = serde_json::to_string_pretty(&shapes).unwrap();
        let reread: Shapes = serde_json::from_str(&text).unwrap();
        prop_assert!(reread == shapes);
        prop_assert_eq!(serde_json::to_string_pretty(&reread).unwrap(), text);
    }
}

#[test]
fn merging_can_turn_objects_into_a_map() {
    let one = |name: &str| shapes(&[(0, 200, json!({"data": {name: 1}}))]);
    let both = merged(&one("sent"), &one("opened"));
    let text = serde_json::to_string(&both).unwrap();
    assert!(!text.contains("sent") && !text.contains("opened"), "{text}");
    assert_eq!(OPERATIONS[0], UNTYPED);
}

#[test]
fn day_of_last_response_is_kept() {
    let day = |day: &str| -> Shapes {
        let response = json!({"observed": day, "responses": 1, "shape": {"types": "object"}});
        serde_json::from_value(json!({"format": 1, "operations": {"get_user": {"200": response}}})).unwrap()
    };
    assert!(merged(&day("2026-11-30"), &day("2026-12-01")) == merged(&day("2026-12-01"), &day("2026-11-30")));
    let later = serde_json::to_value(merged(&day("2026-12-01"), &day("2026-11-30"))).unwrap();
    assert_eq!(later["operations"]["get_user"]["200"]["observed"], "2026-12-01");
}

#[test]
fn file_in_unknown_format_is_refused() {
    for (text, part) in [
        (r#"{"format": 2, "operations": {}}"#, "format 2 of a shapes file is not supported"),
        (r#"{"operations": {}}"#, "missing field `format`"),
        (r#"{"format": 1, "operations": {}, "more": 1}"#, "unknown field `more`"),
    ] {
        let error = serde_json::from_str::<Shapes>(text).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn file_with_maximum_counts_does_not_overflow() {
    let huge =
        json!({"types": "object", "objects": u64::MAX, "properties": {"id": {"seen": u64::MAX}, "name": {"seen": 1}}});
    let response = json!({"observed": "2026-11-30", "responses": u64::MAX, "shape": huge});
    let file: Shapes =
        serde_json::from_value(json!({"format": 1, "operations": {UNTYPED: {"200": response}}})).unwrap();
    let twice = serde_json::to_value(merged(&file, &file)).unwrap();
    assert_eq!(twice["operations"][UNTYPED]["200"]["shape"]["objects"], 100);
}
