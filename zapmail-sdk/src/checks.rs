//! Checks before a request is sent: rejects requests that the service would misinterpret, according to the document.

use std::borrow::Cow;
use std::slice;

use reqwest::Request;
use serde_json::Value;
use uuid::Uuid;

use crate::error::{Error, ErrorKind, Result};
use crate::operations::{Check, Operation};

impl Operation {
    /// Checks a request of this operation before it is sent, to reject requests that the service would misinterpret.
    /// For some operations, for example, the service treats an empty list of ids as all ids.
    ///
    /// ```
    /// use zapmail_sdk::operations::find;
    /// use zapmail_sdk::reqwest::{Method, Request};
    ///
    /// let removal = find("remove_domains").ok_or("no such operation")?;
    /// let mut request = Request::new(Method::DELETE, "https://api.zapmail.ai/api/v2/domains".parse()?);
    /// *request.body_mut() = Some(r#"{"ids": []}"#.into());
    /// assert!(removal.check(&request).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Invalid`] if a part of the request is invalid; the message names that part.
    pub fn check(&'static self, request: &Request) -> Result<()> {
        match violation(request, self.checks) {
            None => Ok(()),
            Some(violation) => Err(Error::new(ErrorKind::Invalid, violation).with_operation(self)),
        }
    }
}

/// Returns the reason why a request must not be sent; `None` if it passes all checks.
fn violation(request: &Request, checks: &[Check]) -> Option<String> {
    if checks.is_empty() {
        return None;
    }
    let bytes = request.body().and_then(|body| body.as_bytes()).unwrap_or_default();
    let body: Value = serde_json::from_slice(bytes).unwrap_or_default();
    checks.iter().find_map(|check| match *check {
        Check::NonEmpty(name) => {
            let (value, path) = if name.is_empty() { (Some(&body), "body".to_owned()) } else { property(&body, name) };
            value.is_none_or(is_empty).then(|| {
                format!("`{path}` is empty, which the service may treat as \"all\"; pass at least one element")
            })
        }
        Check::Selects(names) => {
            let selects = |name: &&str| body.get(name).is_some_and(|value| !is_empty(value));
            let paths = || names.iter().map(|name| format!("`body.{name}`")).collect::<Vec<_>>().join(", ");
            (!names.iter().any(selects))
                .then(|| format!("the request selects nothing; set at least one of {}", paths()))
        }
        Check::QueryId(name) => {
            let is_blank = values(request, name).any(|value| value.trim().is_empty());
            is_blank.then(|| format!("`{name}` is empty; set an id"))
        }
        Check::BodyTexts(name) => {
            let (value, path) = property(&body, name);
            let is_blank = strings(value?).any(|text| text.trim().is_empty());
            is_blank.then(|| {
                format!("`{path}` is empty or contains an empty element, which could match something else; remove it")
            })
        }
        Check::AtLeast(name, minimum) => {
            let mut numbers = values(request, name).filter_map(|value| value.parse::<i64>().ok());
            let number = numbers.find(|number| *number < minimum)?;
            Some(format!("`{name}` is {number}; use a number of at least {minimum}"))
        }
        Check::QueryUuid(name) => {
            let mut values = values(request, name);
            values.any(|value| !is_uuid(&value)).then(|| format!("invalid value for `{name}`; expected a UUID"))
        }
        Check::BodyUuid(name) => {
            let (value, path) = property(&body, name);
            let is_invalid = strings(value?).any(|id| !is_uuid(id));
            is_invalid.then(|| format!("invalid value for `{path}`; expected a UUID"))
        }
    })
}

fn values<'r>(request: &'r Request, name: &'r str) -> impl Iterator<Item = Cow<'r, str>> {
    request.url().query_pairs().filter(move |(key, _)| key == name).map(|(_, value)| value)
}

/// Returns a string itself, or the strings of a list.
fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().map_or(slice::from_ref(value), Vec::as_slice).iter().filter_map(Value::as_str)
}

/// Returns a property of the body, and its path for messages.
fn property<'a>(body: &'a Value, name: &str) -> (Option<&'a Value>, String) {
    (body.get(name), format!("body.{name}"))
}

/// Whether a value selects nothing.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.iter().all(is_blank),
        Value::Object(map) => map.is_empty(),
        other => is_blank(other),
    }
}

fn is_blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

fn is_uuid(text: &str) -> bool {
    text.parse::<Uuid>().is_ok()
}
