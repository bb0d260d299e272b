//! Checks of a request before it is sent: what the service would misunderstand, from the document.

use std::borrow::Cow;
use std::slice;

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
    /// An id of the query is not blank.
    QueryId(&'static str),
    /// An id or a list of texts of the body has no blank one.
    BodyTexts(&'static str),
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
        Check::QueryId(name) => {
            let is_blank = values(request, name).any(|value| value.trim().is_empty());
            is_blank.then(|| format!("`{name}` is empty; set an id"))
        }
        Check::BodyTexts(name) => {
            let (value, place) = part(&body, name);
            let is_blank = texts(value?).any(|text| text.trim().is_empty());
            is_blank.then(|| {
                format!("`{place}` is empty or has an empty element, which could select something else; remove it")
            })
        }
        Check::QueryUuid(name) => {
            let mut values = values(request, name);
            values.any(|value| !is_uuid(&value)).then(|| format!("invalid value for `{name}`; it takes a UUID"))
        }
        Check::BodyUuid(name) => {
            let (value, place) = part(&body, name);
            let has_other = texts(value?).any(|id| !is_uuid(id));
            has_other.then(|| format!("invalid value for `{place}`; it takes a UUID"))
        }
    })
}

fn values<'r>(request: &'r Request, name: &'r str) -> impl Iterator<Item = Cow<'r, str>> {
    request.url().query_pairs().filter(move |(key, _)| key == name).map(|(_, value)| value)
}

/// A text, or those of a list.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().map_or(slice::from_ref(value), Vec::as_slice).iter().filter_map(Value::as_str)
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
