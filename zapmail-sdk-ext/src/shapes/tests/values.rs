//! Tests of the recorded properties of values: types, counts, and the values of enums.

use serde_json::{Value, json};

use super::{UNTYPED, file, shape, undescribed};
use crate::shapes::ShapeRecorder;

#[test]
fn text_is_reduced_to_its_format() {
    let rows = [
        ("a1b2c3d4-0000-4000-8000-000000000000", "string:uuid"),
        ("2026-11-30T04:11:36Z", "string:date-time"),
        ("2026-11-30T04:11:36.123+02:00", "string:date-time"),
        ("2026-11-30", "string:date"),
        ("dana@canary.example", "string:email"),
        ("https://canary.example/x?y=z", "string:uri"),
        ("-12.50", "string:decimal"),
        ("0", "string:decimal"),
        ("0.5", "string:decimal"),
        // A code or a telephone number, and texts that almost match a format.
        ("046123", "string"),
        ("1.", "string"),
        ("NaN", "string"),
        ("", "string"),
        ("a1b2c3d4000040008000000000000000", "string"),
        ("2026-11-31", "string"),
        ("2026-1-3", "string"),
        ("dana@", "string"),
        ("dana@localhost", "string"),
        ("https://", "string"),
        ("canary.example", "string"),
    ];
    for (text, types) in rows {
        assert_eq!(undescribed([json!(text)]), json!({"seen": 1, "types": types}), "{text}");
    }
}

#[test]
fn types_of_one_location_are_listed_with_null_last() {
    let values = [json!(null), json!(1), json!(1.5), json!("1.5"), json!(true), json!("x"), json!(null)];
    let expected = json!({"seen": 7, "types": "string:decimal | string | number | integer | boolean | null"});
    assert_eq!(undescribed(values), expected);
}

#[test]
fn properties_are_counted_per_object_through_lists() {
    let rows = json!([{"id": 1, "name": null}, {"id": 2}, {}]);
    let expected = json!({"seen": 1, "types": "array", "items": {
        "types": "object", "objects": 3, "empty": 1,
        "properties": {"id": {"seen": 2, "types": "integer"}, "name": {"seen": 1, "types": "null"}},
    }});
    assert_eq!(undescribed([rows]), expected);
    assert_eq!(undescribed([json!([])]), json!({"seen": 1, "types": "array"}));
}

#[test]
fn counts_above_100_are_scaled_to_100() {
    let rows = (0..1_000).map(|row| match row {
        0 => json!({"id": 1}),
        1..=500 => json!({"id": 1, "name": "x", "email": "x"}),
        _ => json!({"id": 1, "name": "x"}),
    });
    let items = undescribed([Value::Array(rows.collect())])["items"].take();
    assert_eq!(items["objects"], 100);
    let seen = ["id", "name", "email"].map(|name| items["properties"][name]["seen"].as_u64().unwrap());
    // A property that one object lacks is not in all objects.
    assert_eq!(seen, [100, 99, 50]);

    let bodies = file(UNTYPED, (0..150).map(|_| json!({"status": 200})));
    assert_eq!(bodies["operations"][UNTYPED]["200"]["responses"], 100);
}

#[test]
fn enum_values_are_recorded_only_where_the_document_has_an_enum() {
    let mailbox = |status: &str| json!({"data": {"mailbox": {"id": "x", "status": status, "username": status}}});
    let recorded = |words: &[&str]| {
        shape("get_mailbox", words.iter().map(|word| mailbox(word)))["properties"]["data"]["properties"]["mailbox"]
            ["properties"]
            .take()
    };
    let properties = recorded(&["ACTIVE", "PAST_DUE", "ACTIVE", "OAUTH2_FAILED"]);
    let expected = json!({"seen": 4, "types": "string", "words": ["ACTIVE", "OAUTH2_FAILED", "PAST_DUE"]});
    assert_eq!(properties["status"], expected);
    assert_eq!(properties["username"], json!({"seen": 4, "types": "string"}));

    // Values in a different style, as long as an authenticator seed, or with digits like a seed.
    let others = [
        "active",
        "Past due",
        "PAST-DUE",
        "JBSWYWEHPKPXPABC",
        "JBSW3DPE",
        "46123",
        "A",
        "",
        "É",
        "dana@canary.example",
    ];
    for other in others {
        let status = recorded(&["ACTIVE", other])["status"].take();
        assert_eq!((&status["words"], &status["other_words"]), (&json!(["ACTIVE"]), &json!(true)), "{other}");
    }
}

#[test]
fn enum_with_many_new_values_keeps_only_documented_values() {
    let statuses = |count: u8| {
        let words = (0..count).map(|number| format!("CANARY_{}", char::from(b'A' + number)));
        let rows: Vec<_> = words.chain(["ACTIVE".to_owned()]).map(|word| json!({"status": word})).collect();
        let body = json!({"data": {"domains": [{"mailboxes": rows}]}});
        shape("list_mailboxes", [body])["properties"]["data"]["properties"]["domains"]["items"]["properties"]
            ["mailboxes"]["items"]["properties"]["status"]
            .take()
    };
    assert_eq!(statuses(16)["words"].as_array().unwrap().len(), 17);
    let many = statuses(17);
    assert_eq!((&many["words"], &many["other_words"]), (&json!(["ACTIVE"]), &json!(true)));
}

#[test]
fn errors_are_recorded_by_status() {
    let recorder = ShapeRecorder::new();
    recorder.record("get_user", 404, &json!({"status": 404, "message": "Canary not found"}));
    recorder.record("get_user", 502, &json!({"message": null}));
    let file = serde_json::to_value(recorder.shapes()).unwrap();
    let properties = json!({"message": {"seen": 1, "types": "string"}, "status": {"seen": 1, "types": "integer"}});
    assert_eq!(
        file["operations"]["get_user"]["404"]["shape"],
        json!({"types": "object", "objects": 1, "properties": properties})
    );
    let message = json!({"message": {"seen": 1, "types": "null"}});
    assert_eq!(
        file["operations"]["get_user"]["502"]["shape"],
        json!({"types": "object", "objects": 1, "properties": message})
    );
}

#[test]
fn traversal_and_memory_are_bounded() {
    let mut deep = json!({});
    for _ in 0..100 {
        deep = json!({"data": [deep]});
    }
    let long = Value::Array(vec![json!(1); 60_000]);
    for body in [deep, long] {
        let file = file(UNTYPED, [json!({"data": body})]);
        assert_eq!(file["incomplete"], true);
        let text = serde_json::to_string(&file).unwrap();
        let again: crate::Shapes = serde_json::from_str(&text).unwrap();
        assert!(again.is_incomplete());
    }

    // Each response has many nodes, none of which occurs in another response.
    let recorder = ShapeRecorder::new();
    let operations: Vec<_> = zapmail_sdk::operations::OPERATIONS.iter().map(|operation| operation.id).collect();
    let names: Vec<_> = ["id", "name", "email", "status", "type", "value"].into();
    let body = (0..5).fold(json!(1), |inner, _| names.iter().map(|name| ((*name).to_owned(), inner.clone())).collect());
    for operation in operations {
        recorder.record(operation, 200, &body);
    }
    assert!(recorder.recorded().nodes <= crate::shapes::MAX_NODES);
    assert!(recorder.shapes().is_incomplete());
}
