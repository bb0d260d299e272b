//! Tests that no value or key of a response is written, with canaries as values and keys in all kinds of locations.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::UNTYPED;
use crate::shapes::ShapeRecorder;

/// Operations whose responses are undocumented, documented as a map, or documented as objects with enums.
pub(super) const OPERATIONS: [&str; 6] =
    [UNTYPED, "connect_domains", "list_dns_records", "list_mailboxes", "list_workspaces", "purchase_dns_shield"];

/// Every canary contains this text; no name or word of the vocabulary does.
const CANARY: &str = "qzq";

/// Texts in the forms that a value or a key can have.
fn canary() -> impl Strategy<Value = String> {
    let shapes = prop_oneof![
        // The name of a user, as a word and in all case conventions.
        "[a-z]{0,6}qzq[a-z]{0,6}",
        "[A-Z][a-z]{0,6}qzq",
        "(status|domain|user)Qzq",
        "qzq_(id|name|total)",
        "[a-z]{1,5}qzq-[0-9a-f]{4,12}",
        "[a-z]{1,8}@qzq[a-z]{1,8}\\.example",
        "qzq[a-z]{1,8}\\.(com|example)",
        "https://qzq\\.example/[a-z0-9]{1,9}",
        "sub_[0-9]qzq[A-Za-z0-9]{4,10}",
        "[0-9]{1,9}qzq",
        "qzq [A-Za-zäß ]{0,9}",
        ".{0,9}qzq.{0,9}",
    ];
    shapes.prop_map(|text| if text.to_lowercase().contains(CANARY) { text } else { CANARY.to_owned() })
}

const NAMES: &[&str] =
    &["data", "status", "id", "mailboxes", "domains", "recordType", "pagination", "sent", "rows", "records"];

/// A key: a canary, or a name.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![canary(), prop::sample::select(NAMES).prop_map(str::to_owned)]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        // The suffix keeps a canary from being recorded as a new enum value; the tests of values cover that case.
        canary().prop_map(|text| Value::from(format!("{text}#"))),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::Array),
            prop::collection::btree_map(key(), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

pub(super) fn body() -> impl Strategy<Value = Value> {
    prop_oneof![value().prop_map(|data| json!({"status": 200, "data": data})), value()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_canary_is_written_or_printed(bodies in prop::collection::vec((0..OPERATIONS.len(), body()), 1..5)) {
        let recorder = ShapeRecorder::new();
        for (operation, body) in &bodies {
            recorder.record(OPERATIONS[*operation], 200, body);
            recorder.record(OPERATIONS[*operation], 400, body);
        }
        let shapes = recorder.shapes();
        let mut twice = shapes.clone();
        twice.merge(&shapes);
        for text in [
            serde_json::to_string_pretty(&shapes).unwrap(),
            serde_json::to_string(&twice).unwrap(),
            format!("{recorder:?} {shapes:?} {shapes:#?}"),
            // The state in memory contains no canary either.
            serde_json::to_string(&recorder.recorded().responses.values().collect::<Vec<_>>()).unwrap(),
        ] {
            prop_assert!(!text.to_lowercase().contains(CANARY), "{text}");
        }
    }
}

#[test]
fn no_location_of_a_response_leaks_values() {
    let canary = || json!("dana@canary.example");
    let bodies = [
        canary(),
        json!([canary(), [canary()]]),
        json!({"message": canary(), "data": canary()}),
        json!({"data": {"mailbox": {"email": canary(), "password": canary(), "status": canary(), "appPassword": canary()}}}),
        json!({"data": {"canary.example": {"dana@canary.example": {"canary": canary()}}}}),
        json!({"canary": canary(), "data": [{"canary": 1}, {"dana": [{"canaryId": canary()}]}]}),
        json!({"dana_canary": {"id": {"canary-canary": {"canary/name": null}}}}),
    ];
    let recorder = ShapeRecorder::new();
    for operation in zapmail_sdk::operations::OPERATIONS {
        for (status, body) in bodies.iter().flat_map(|body| [(200, body), (207, body), (422, body), (500, body)]) {
            recorder.record(operation.id, status, body);
        }
    }
    let shapes = recorder.shapes();
    assert!(!shapes.is_incomplete());
    assert_eq!(shapes.operations().count(), zapmail_sdk::operations::OPERATIONS.len());
    for text in [serde_json::to_string_pretty(&shapes).unwrap(), format!("{recorder:?}{shapes:?}")] {
        assert!(!text.contains("canary") && !text.contains("dana"), "{text}");
    }
}

#[test]
fn debug_prints_ids_of_operations_only() {
    let recorder = ShapeRecorder::new();
    recorder.record("get_user", 200, &json!({"data": {"email": "x"}}));
    recorder.record("get_user", 404, &json!({"message": "x"}));
    assert_eq!(format!("{recorder:?}"), r#"ShapeRecorder({"get_user"})"#);
    assert_eq!(format!("{:?}", recorder.shapes()), r#"Shapes(["get_user"])"#);
}
