//! Examples: every body, success response and required parameter has an example that its schema accepts.

use jsonschema::Validator;
use serde_json::Value;
use zapmail_openapi::document::content::{JSON, examples, is_file};
use zapmail_openapi::json_schema;

use crate::document::{Document, Operation};
use crate::finding::Finding;

pub fn broken(document: &Document) -> Vec<Finding> {
    document.operations().flat_map(|operation| messages(document, &operation)).collect()
}

fn messages(document: &Document, operation: &Operation<'_>) -> Vec<Finding> {
    let finding = |message| Finding::new(operation.file, operation.id, message);
    let body = operation.body().map(|body| ("the body".to_owned(), body));
    let responses = operation.successes().filter(|(_, response)| !is_file(response));
    let responses = responses.map(|(status, response)| (format!("response {status}"), response));
    let mut findings = Vec::new();
    for (what, value) in body.into_iter().chain(responses) {
        let content = &value["content"][JSON];
        let examples: Vec<_> = examples(content).collect();
        if examples.is_empty() {
            findings.push(finding(format!("{what} has no example; add one with invented values")));
        }
        let schema = &content["schema"];
        findings.extend(
            faults(document, schema, &examples)
                .into_iter()
                .map(|fault| finding(format!("example of {what}: {fault}; correct it or the schema"))),
        );
    }
    for parameter in document.parameters(operation) {
        let schema = &parameter["schema"];
        match parameter.get("example") {
            None if parameter["required"] == true => {
                findings
                    .push(finding(format!("parameter {} is required and has no example; add one", parameter["name"])));
            }
            None => {}
            Some(example) => {
                let faults = faults(document, schema, &[example]);
                findings.extend(faults.into_iter().map(|fault| {
                    finding(format!("example of {}: {fault}; correct it or the schema", parameter["name"]))
                }));
            }
        }
    }
    findings
}

fn faults(document: &Document, schema: &Value, examples: &[&Value]) -> Vec<String> {
    let validator = match validator(document, schema) {
        Ok(validator) => validator,
        Err(fault) => return vec![fault],
    };
    let faults = |example| {
        validator.iter_errors(example).map(|error| format!("`{}`: {error}", error.instance_path())).collect::<Vec<_>>()
    };
    examples.iter().flat_map(|example| faults(*example)).collect()
}

fn validator(document: &Document, schema: &Value) -> Result<Validator, String> {
    let schema = json_schema::standalone(document.value(), schema);
    jsonschema::draft4::new(&schema).map_err(|error| format!("the schema is invalid: {error}"))
}
