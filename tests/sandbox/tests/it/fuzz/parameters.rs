//! Generated query parameters and headers.

use proptest::prelude::*;
use proptest::sample::select;
use reqwest::header::HeaderValue;
use serde_json::Value;
use zapmail_openapi::document::Operation;

use super::known::{Known, any_number};
use crate::api::document;

/// Generates for each query parameter of an operation no value, a value that the document is likely to allow, or an
/// arbitrary string.
pub fn query(operation: &Operation<'static>, known: &Known) -> impl Strategy<Value = Vec<(String, String)>> + use<> {
    of(operation, "query", 2, known)
}

/// Generates headers in the same way, most often none: other workspaces have little data.
pub fn headers(operation: &Operation<'static>, known: &Known) -> impl Strategy<Value = Vec<(String, String)>> + use<> {
    let sendable = |(_, value): &(String, String)| HeaderValue::from_str(value).is_ok();
    of(operation, "header", 80, known).prop_map(move |pairs| pairs.into_iter().filter(sendable).collect())
}

/// Generates the parameters at one location. `absent` is the weight of no value; the other weights are 8 and 1.
fn of(
    operation: &Operation<'static>,
    location: &str,
    absent: u32,
    known: &Known,
) -> impl Strategy<Value = Vec<(String, String)>> + use<> {
    let parameters = document().parameters(operation).filter(|parameter| parameter["in"] == location);
    let pairs = parameters.map(|parameter| {
        let name = parameter["name"].as_str().unwrap();
        let value = prop_oneof![
            absent => Just(None),
            8 => documented_value(name, document().resolve(&parameter["schema"]), known).prop_map(Some),
            1 => known.any_text(name).prop_map(Some),
        ];
        (Just(name.to_owned()), value)
    });
    let pairs: Vec<_> = pairs.collect();
    pairs.prop_map(|pairs| pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect())
}

fn documented_value(name: &str, schema: &'static Value, known: &Known) -> BoxedStrategy<String> {
    let values = schema["enum"].as_array().or_else(|| document().resolve(&schema["items"])["enum"].as_array());
    match (values, schema["type"].as_str()) {
        (Some(values), _) => {
            select(values.iter().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()).boxed()
        }
        (None, Some("integer" | "number")) => any_number().prop_map(|number| number.to_string()).boxed(),
        (None, Some("boolean")) => any::<bool>().prop_map(|value| value.to_string()).boxed(),
        (None, _) => known.any_text(name),
    }
}
