//! Properties that hold for all changes of the document.

use proptest::prelude::*;
use serde_json::{Value, json};

use crate::diff::changes::between;
use crate::difference::{Difference, Severity};
use crate::document::Document;
use crate::fixture;

/// One edit: the number of the operation or schema, and the kind of the edit.
type Edit = (usize, u8);

/// The real document with some edits.
fn edited(edits: &[Edit]) -> Document {
    let mut document = fixture::document();
    for (number, kind) in edits {
        edit(document.model.value_mut(), *number, *kind);
    }
    document
}

fn edit(document: &mut Value, number: usize, kind: u8) {
    let section = if kind < 5 { "/paths" } else { "/components/schemas" };
    let names = document.pointer_mut(section).unwrap().as_object_mut().unwrap();
    if names.is_empty() {
        return;
    }
    let name = names.keys().nth(number % names.len()).unwrap().clone();
    let chosen = &mut names[&name];
    match kind {
        0 | 5 => _ = names.remove(&name),
        1..=4 => {
            for operation in chosen.as_object_mut().unwrap().values_mut() {
                match kind {
                    1 => operation["deprecated"] = json!(true),
                    2 => operation["summary"] = json!("Other"),
                    3 => operation["parameters"] = json!([]),
                    _ => _ = operation.as_object_mut().unwrap().remove("requestBody"),
                }
            }
        }
        6 => chosen["description"] = json!("Other."),
        7 => chosen["properties"]["fresh"] = json!({"type": "string"}),
        8 => chosen["properties"] = json!({}),
        9 => chosen["required"] = json!(["fresh"]),
        _ => chosen["type"] = json!("boolean"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn document_has_no_changes_to_itself(edits in prop::collection::vec((any::<usize>(), 0..11_u8), 0..4)) {
        let document = edited(&edits);
        prop_assert_eq!(between(&document, &document), []);
    }

    #[test]
    fn change_and_its_reverse_are_symmetric(edits in prop::collection::vec((any::<usize>(), 0..11_u8), 1..4)) {
        let (before, now) = (fixture::document(), edited(&edits));
        let (there, back) = (between(&before, &now), between(&now, &before));
        prop_assert_eq!(there.is_empty(), before.value() == now.value());
        prop_assert_eq!(there.is_empty(), back.is_empty());
        // A removal is breaking; in reverse, it is an addition.
        let removed = |changes: &[Difference], word: &str| {
            changes.iter().filter(|change| change.change.starts_with(word)).count()
        };
        prop_assert_eq!(removed(&there, "operation removed"), removed(&back, "operation added"));
        prop_assert_eq!(removed(&there, "type removed"), removed(&back, "type added"));
        if removed(&there, "operation removed") > 0 {
            prop_assert_eq!(there[0].severity, Severity::Breaking);
        }
    }
}
