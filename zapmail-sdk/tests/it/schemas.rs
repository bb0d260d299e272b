//! With the feature `schemars`: the schema that each component's type derives has the properties that the document gives
//! the component, with the same kinds of values, and requires the same of them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

// The table `DERIVED`, written by `build/schemas.rs`.
include!(concat!(env!("OUT_DIR"), "/schemas.rs"));

#[test]
fn every_component_has_the_schema_that_the_document_gives_it() {
    assert_eq!(differences(&document()), [""; 0]);
}

#[test]
fn each_difference_is_noticed() {
    let rows: [(&str, Value, &str); 5] = [
        ("/components/schemas/Mailbox/properties/nickname", json!({"type": "string"}), "Mailbox: properties"),
        ("/components/schemas/Mailbox/properties/username", json!({"type": "integer"}), "Mailbox.username: kinds"),
        ("/components/schemas/Mailbox/required", json!([]), "Mailbox: required"),
        ("/components/schemas/Workspaces/type", json!("object"), "Workspaces: kinds"),
        ("/components/schemas/Novelty", json!({"type": "object"}), "components"),
    ];
    for (pointer, value, noticed) in rows {
        let mut document = document();
        let (parent, key) = pointer.rsplit_once('/').unwrap();
        document.pointer_mut(parent).unwrap()[key] = value;
        let differences = differences(&document);
        assert!(differences.iter().any(|difference| difference.starts_with(noticed)), "{pointer}: {differences:?}");
    }
}

fn document() -> Value {
    serde_json::from_str(zapmail_openapi::DOCUMENT).unwrap()
}

/// What the derived schemas have otherwise than this document.
fn differences(document: &Value) -> Vec<String> {
    let components = document["components"]["schemas"].as_object().unwrap();
    let mut differences = Vec::new();
    let mut compare = |place: &str, derived: BTreeSet<&str>, documented: BTreeSet<&str>| {
        if derived != documented {
            differences.push(format!("{place}: derived {derived:?}, documented {documented:?}"));
        }
    };
    compare(
        "components",
        DERIVED.iter().map(|(name, _)| *name).collect(),
        components.keys().map(String::as_str).collect(),
    );
    for (name, derive) in DERIVED {
        let (derived, documented) = (derive().to_value(), &components[*name]);
        compare(&format!("{name}: kinds"), kinds(&derived, &derived), kinds(document, documented));
        compare(&format!("{name}: properties"), keys(&derived), keys(documented));
        compare(&format!("{name}: required"), texts(&derived["required"]), required(documented));
        for (property, documented) in documented["properties"].as_object().into_iter().flatten() {
            let derived_kinds = kinds(&derived, &derived["properties"][property]);
            compare(&format!("{name}.{property}: kinds"), derived_kinds, kinds(document, documented));
        }
    }
    differences
}

fn keys(schema: &Value) -> BTreeSet<&str> {
    schema["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect()
}

fn texts(list: &Value) -> BTreeSet<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The properties that have to be there; one that may be null is an `Option`, which a derived schema never requires.
fn required(documented: &Value) -> BTreeSet<&str> {
    let nullable = |name: &str| documented["properties"][name]["nullable"] == true;
    texts(&documented["required"]).into_iter().filter(|name| !nullable(name)).collect()
}

/// The kinds of values that a schema takes, null aside: a part that may be missing may be null as well.
fn kinds<'a>(root: &'a Value, schema: &'a Value) -> BTreeSet<&'a str> {
    let mut kinds = kinds_and_null(root, schema);
    kinds.remove("null");
    kinds
}

/// The same, with `any` where a schema says nothing.
fn kinds_and_null<'a>(root: &'a Value, schema: &'a Value) -> BTreeSet<&'a str> {
    if let Some(reference) = schema["$ref"].as_str() {
        return kinds_and_null(root, root.pointer(&reference[1..]).unwrap());
    }
    let alternatives = ["anyOf", "oneOf"].iter().filter_map(|keyword| schema[keyword].as_array()).flatten();
    let mut kinds: BTreeSet<_> = alternatives.flat_map(|alternative| kinds_and_null(root, alternative)).collect();
    match &schema["type"] {
        Value::String(kind) => _ = kinds.insert(kind),
        list => kinds.extend(texts(list)),
    }
    if kinds.is_empty() {
        kinds.insert("any");
    }
    kinds
}
