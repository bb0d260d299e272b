//! Tests of the recorded names of properties, and of objects that are recorded as maps.

use serde_json::{Map, Value, json};

use super::{shape, undescribed};

#[test]
fn names_of_the_vocabulary_are_recorded_in_any_case_convention() {
    let object = json!({"mailboxId": 1, "MAILBOX_ID": 1, "next_page_cursor": 1, "totalDeliveredEmails": 1});
    let properties = undescribed([object])["properties"].take();
    let names: Vec<_> = properties.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["MAILBOX_ID", "mailboxId", "next_page_cursor", "totalDeliveredEmails"]);
}

#[test]
fn unknown_names_are_merged_even_if_frequent() {
    let objects = (0..50).map(|_| json!({"id": 1, "dana": {"score": 1}, "danasScore": "x", "line7": true}));
    let unnamed = json!({
        "seen": 50, "types": "object | string | boolean", "objects": 50,
        "properties": {"score": {"seen": 50, "types": "integer"}},
    });
    let expected = json!({
        "seen": 50, "types": "object", "objects": 50,
        "properties": {"id": {"seen": 50, "types": "integer"}}, "unnamed": unnamed,
    });
    assert_eq!(undescribed(objects), expected);
}

#[test]
fn object_with_a_key_that_is_data_is_a_map() {
    let rows = [
        ("canary.example", "string:domain"),
        ("dana@canary.example", "string:email"),
        ("a1b2c3d4-0000-4000-8000-000000000000", "string:uuid"),
        ("42", "string:decimal"),
        ("2026-11-30", "string:date"),
        ("two words", "string"),
        ("zoë", "string"),
        ("sub_1Canary", "string"),
        ("", "string"),
    ];
    for (key, keys) in rows {
        let object = |key: &str| Value::Object(Map::from_iter([(key.to_owned(), json!(1))]));
        let expected = json!({
            "seen": 1, "types": "object", "objects": 1, "keys": keys, "values": {"seen": 1, "types": "integer"},
        });
        assert_eq!(undescribed([object(key)]), expected, "{key}");
        // Combined with a name, in the same object or in a different one.
        for objects in [vec![json!({key: 1, "status": 2})], vec![object(key), json!({"status": 2})]] {
            let shape = undescribed(objects);
            assert!(shape.get("properties").is_none(), "{shape}");
            assert_eq!(shape["values"]["types"], "integer");
        }
    }
}

#[test]
fn object_with_varying_names_is_a_map() {
    let values = json!({"seen": 3, "types": "integer"});
    let expected = json!({"seen": 3, "types": "object", "objects": 3, "keys": "string", "values": values});
    let objects = [json!({"sent": 1, "read": 2}), json!({"opened": 1}), json!({"replied": 1})];
    assert_eq!(undescribed(objects), expected);

    // A name that most objects have indicates a structure, and one object is not enough evidence for a map.
    let common = undescribed([json!({"id": 1, "sent": 1}), json!({"id": 2, "opened": 1}), json!({})]);
    assert_eq!(common["properties"].as_object().unwrap().len(), 3);
    assert_eq!(undescribed([json!({"sent": 1, "opened": 1})])["properties"].as_object().unwrap().len(), 2);
}

#[test]
fn object_with_many_keys_is_a_map() {
    let words = ["id", "name", "email", "status", "type", "value", "count", "score", "label"];
    let names = words.iter().flat_map(|one| words.iter().map(move |two| format!("{one}_{two}")));
    let object: Map<_, _> = names.map(|name| (name, json!(1))).collect();
    let shape = undescribed([Value::Object(object.clone())]);
    assert_eq!((shape["keys"].as_str(), shape.get("properties")), (Some("string"), None));
    let fewer: Map<_, _> = object.into_iter().take(64).collect();
    assert_eq!(undescribed([Value::Object(fewer)])["properties"].as_object().unwrap().len(), 64);
}

#[test]
fn documented_map_keeps_no_key_even_if_it_is_a_known_word() {
    let statuses = json!({"dana": "PENDING", "status": "SUCCESS", "canary.example": "NS_VERIFIED"});
    let body = json!({"data": {"domains": statuses}});
    let data = shape("connect_domains", [body])["properties"]["data"]["properties"]["domains"].take();
    let expected = json!({
        "seen": 1, "types": "object", "objects": 1, "keys": "string:domain | string",
        "values": {"seen": 1, "types": "string", "words": ["NS_VERIFIED", "PENDING", "SUCCESS"]},
    });
    assert_eq!(data, expected);
}

#[test]
fn documented_object_keeps_its_properties_despite_keys_that_are_data() {
    let health = json!({"score": 90, "label": "healthy", "canary.example": {"score": 1}, "dana": 1, "trend": 2});
    let data = shape("get_domain_health", [json!({"data": health})])["properties"]["data"].take();
    let names: Vec<_> = data["properties"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["label", "score", "trend"]);
    assert_eq!((&data["keys"], &data["values"]["types"]), (&json!("string:domain"), &json!("object")));
    assert_eq!(data["unnamed"], json!({"seen": 1, "types": "integer"}));
}

#[test]
fn alternatives_of_the_document_are_followed() {
    let list = shape("list_workspaces", [json!({"data": [{"id": "x", "dana": 1}]})])["properties"]["data"].take();
    assert_eq!(list["items"]["properties"]["id"]["types"], "string");
    assert_eq!(list["items"]["unnamed"]["types"], "integer");
}
