//! Checks of a request before it is sent: what the service would misunderstand, from the document.

use std::borrow::Cow;

use reqwest::Request;
use serde_json::Value;
use uuid::Uuid;

/// One check of a request, as the document states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    /// A list of the body must not be empty, since the service can take an empty one for everything (`minItems`). The
    /// body itself is the empty name.
    NonEmpty(&'static str),
    /// At least one of these parts of the body must select something (`x-zapmail-selects`).
    Selects(&'static [&'static str]),
    /// A query parameter is a UUID.
    QueryUuid(&'static str),
    /// A part of the body is a UUID, or a list of them.
    BodyUuid(&'static str),
}

/// Why a request must not be sent; `None` if it may be.
pub(crate) fn complaint(request: &Request, checks: &[Check]) -> Option<String> {
    if checks.is_empty() {
        return None;
    }
    let bytes = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
    let body: Value = serde_json::from_slice(bytes).unwrap_or_default();
    checks.iter().find_map(|check| match *check {
        Check::NonEmpty(name) => {
            let (value, place) = if name.is_empty() { (Some(&body), "body".to_owned()) } else { part(&body, name) };
            value.is_some_and(is_empty).then(|| {
                format!("`{place}` is empty, which the service can take for everything; pass at least one element")
            })
        }
        Check::Selects(names) => {
            let selects = |name: &&str| body.get(name).is_some_and(|value| !is_empty(value) && *value != "");
            let places = || names.iter().map(|name| format!("`body.{name}`")).collect::<Vec<_>>().join(", ");
            (!names.iter().any(selects))
                .then(|| format!("the request selects nothing; set {} with at least one element", places()))
        }
        Check::QueryUuid(name) => {
            let mut values = request.url().query_pairs().filter(|(key, _)| key == name).map(|(_, value)| value);
            values.any(|value| !is_uuid(&value)).then(|| format!("invalid value for `{name}`; it takes a UUID"))
        }
        Check::BodyUuid(name) => {
            let (value, place) = part(&body, name);
            let ids = match value? {
                Value::Array(ids) => ids.iter().filter_map(Value::as_str).map(Cow::from).collect(),
                value => vec![Cow::from(value.as_str()?)],
            };
            ids.iter().any(|id| !is_uuid(id)).then(|| format!("invalid value for `{place}`; it takes a UUID"))
        }
    })
}

fn part<'a>(body: &'a Value, name: &str) -> (Option<&'a Value>, String) {
    (body.get(name), format!("body.{name}"))
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}

fn is_uuid(text: &str) -> bool {
    text.parse::<Uuid>().is_ok()
}
