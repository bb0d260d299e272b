//! Tests of the recorded shapes of responses.

mod calls;
mod merging;
mod names;
mod secrecy;
mod values;

use serde_json::{Value, json};

use super::ShapeRecorder;

/// An operation whose data the document does not describe.
const UNTYPED: &str = "search_mailboxes_and_domains";

/// The file after recording these bodies of an operation.
fn file(operation: &'static str, bodies: impl IntoIterator<Item = Value>) -> Value {
    let recorder = ShapeRecorder::new();
    for body in bodies {
        recorder.record(operation, 200, &body);
    }
    serde_json::to_value(recorder.shapes()).unwrap()
}

/// The shape of these bodies of an operation.
fn shape(operation: &'static str, bodies: impl IntoIterator<Item = Value>) -> Value {
    file(operation, bodies)["operations"][operation]["200"]["shape"].take()
}

/// The shape of these values at an undocumented location.
fn undescribed(values: impl IntoIterator<Item = Value>) -> Value {
    let bodies = values.into_iter().map(|value| json!({"data": value}));
    shape(UNTYPED, bodies)["properties"]["data"].take()
}
