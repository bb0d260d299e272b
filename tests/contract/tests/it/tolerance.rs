//! Values of responses in another form than the document's: none of them loses the response.

use serde_json::{Value, json};
use zapmail_contract::KEY;
use zapmail_contract::case::CASES;
use zapmail_contract::expectation::Expectation;
use zapmail_contract::values::resolve;
use zapmail_sdk::ReqwestTransport;

use crate::document;
use crate::server::{Act, Server};

/// Places of the values in an example that are not required, with the forms in which each may come.
fn odd_forms(document: &Value, schema: &Value, example: &Value, place: &str, found: &mut Vec<(String, Vec<Value>)>) {
    let schema = resolve(document, schema);
    if let Some(shapes) = schema["oneOf"].as_array() {
        let mut shapes = shapes.iter().map(|shape| resolve(document, shape));
        if let Some(shape) = shapes.find(|shape| (shape["type"] == "array") == example.is_array()) {
            odd_forms(document, shape, example, place, found);
        }
        return;
    }
    match example {
        Value::Object(properties) => {
            let required = schema["required"].as_array().cloned().unwrap_or_default();
            for (name, value) in properties {
                let Some(property) = schema["properties"].get(name) else { continue };
                let property = resolve(document, property);
                let below = format!("{place}/{name}");
                let forms = forms_of(property);
                if !forms.is_empty() && !required.contains(&json!(name)) {
                    found.push((below.clone(), forms));
                }
                odd_forms(document, property, value, &below, found);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                odd_forms(document, &schema["items"], element, &format!("{place}/{index}"), found);
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
async fn odd_value_does_not_lose_the_response() {
    let (document, http) = (document(), ReqwestTransport::configured(|builder| builder.no_proxy()).unwrap());
    let mut tried = 0;
    for case in CASES {
        let expectation = Expectation::of(&document, case.id).unwrap();
        let response = &expectation.operation["responses"]["200"]["content"]["application/json"];
        let reply = expectation.responses().remove(0);
        let Ok(example) = serde_json::from_slice::<Value>(&reply.body) else { continue };
        let proof = expectation.operation["x-zapmail-proof"].as_array().cloned().unwrap_or_default();
        let mut places = Vec::new();
        odd_forms(&document, &response["schema"], &example, "", &mut places);
        for (place, forms) in places {
            for form in forms {
                // These say how the request went, and these show what was bought.
                let decides = ["/status", "/success", "/error"].contains(&&*place);
                let proves = proof.iter().any(|pointer| place.starts_with(pointer.as_str().unwrap()));
                if (decides && !form.is_string()) || place == "/success" || proves {
                    continue;
                }
                let mut body = example.clone();
                *body.pointer_mut(&place).unwrap() = form.clone();
                let server = Server::acting(vec![Act::json(200, &body)]);
                let client = zapmail_sdk::Client::with_transport(KEY, &server.url(), http.clone()).unwrap();
                let outcome = (case.raw)(&client, expectation.body().cloned().unwrap_or_default()).await;
                assert!(outcome.is_ok(), "{}: {place} is {form}: {outcome:?}", case.id);
                tried += 1;
            }
        }
    }
    assert!(tried > 1000, "only {tried} values were tried");
}
