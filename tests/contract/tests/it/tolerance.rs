//! Tolerance: an unexpected value in a response does not make the whole response undecodable.

use serde_json::{Value, json};
use zapmail_contract::case::CASES;
use zapmail_contract::expectation::{Expectation, shape_of};
use zapmail_contract::values::resolve;

use crate::client::{http, raw_outcome};
use crate::document;
use crate::parts::remove;
use crate::server::Act;

/// An optional property, which the example does not necessarily contain.
struct Optional {
    pointer: String,
    /// Values of undocumented forms; empty for lists and objects.
    forms: Vec<Value>,
}

fn optional(document: &Value, schema: &Value, example: &Value, pointer: &str, found: &mut Vec<Optional>) {
    let Some(schema) = shape_of(document, schema, example) else { return };
    match example {
        Value::Object(properties) => {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                let property = resolve(document, property);
                let below = format!("{pointer}/{name}");
                if let Some(value) = properties.get(name) {
                    optional(document, property, value, &below, found);
                }
                if !required.contains(&json!(name)) {
                    found.push(Optional { pointer: below, forms: forms_of(property) });
                }
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                optional(document, &schema["items"], element, &format!("{pointer}/{index}"), found);
            }
        }
        _ => {}
    }
}

fn forms_of(schema: &Value) -> Vec<Value> {
    let odd = [json!(""), json!({}), json!([7]), json!(true)];
    let more = match (schema["type"].as_str(), schema["format"].as_str()) {
        (Some("integer"), _) => vec![json!("12"), json!(" 12 "), json!(12.0), json!("many")],
        (Some("number"), _) => vec![json!("12.50"), json!("NaN"), json!(12)],
        (Some("boolean"), _) => vec![json!("true"), json!("False"), json!(1), json!("yes")],
        (Some("string"), Some("date-time")) => {
            vec![json!("2026-05-01"), json!("2026-05-01 12:00:00"), json!(1_777_636_800), json!("soon")]
        }
        (Some("string"), _) => vec![json!(7), json!(false), json!(1.5)],
        _ => return Vec::new(),
    };
    odd.into_iter().chain(more).collect()
}

#[tokio::test(start_paused = true)]
async fn odd_missing_or_null_value_does_not_make_the_response_undecodable() {
    let (document, http) = (document(), http());
    let mut tried = 0;
    for case in CASES {
        let expectation = Expectation::of(&document, case.id).unwrap();
        let operation = expectation.operation;
        let response = &operation["responses"]["200"]["content"]["application/json"];
        let reply = expectation.responses().remove(0);
        let Ok(example) = serde_json::from_slice::<Value>(&reply.body) else { continue };
        let proof = operation["x-zapmail-proof"].as_array().cloned().unwrap_or_default();
        let mut properties = Vec::new();
        optional(&document, &response["schema"], &example, "", &mut properties);
        for Optional { pointer, forms } in properties {
            // These properties report the outcome, contain the data, or prove a purchase.
            let decides = ["/success", "/error", "/data"].contains(&&*pointer);
            let proves = proof.iter().any(|proof| pointer.starts_with(proof.as_str().unwrap()));
            if decides || proves {
                continue;
            }
            let forms = forms.into_iter().filter(|form| pointer != "/status" || form.is_string());
            for form in forms.map(Some).chain([Some(Value::Null), None]) {
                let mut body = example.clone();
                match form {
                    Some(form) => {
                        let (parent, name) = pointer.rsplit_once('/').unwrap();
                        body.pointer_mut(parent).unwrap()[name] = form;
                    }
                    None if body.pointer(&pointer).is_none() => continue,
                    None => remove(&mut body, &pointer),
                }
                let outcome = raw_outcome(case, &expectation, &http, Act::json(200, &body)).await;
                // The response of a read must not be empty.
                let is_empty = body.as_object().is_some_and(serde_json::Map::is_empty);
                assert!(outcome.is_ok() || is_empty, "{}: {pointer}: {body}: {outcome:?}", case.id);
                tried += 1;
            }
        }
    }
    assert!(tried > 2000, "only {tried} values were tried");
}
