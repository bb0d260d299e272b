//! Changes in an operation, from the perspective of its builder.

use std::collections::BTreeMap;

use serde_json::Value;
use zapmail_openapi::document::Paging;

use super::schemas::signature;
use super::severity::ChangeKind;
use crate::difference::Difference;
use crate::document::{Document, Operation, entries, text};

/// Compares an operation that both documents have, and adds its changes to `changes`.
pub fn compare(before: (&Document, &Operation<'_>), now: (&Document, &Operation<'_>), changes: &mut Vec<Difference>) {
    let (old, new) = (before.1, now.1);
    let same_parameters = parameters(before.0, old) == parameters(now.0, new);
    if old.value == new.value && same_parameters && (old.method, old.path) == (new.method, new.path) {
        return;
    }
    let mut found = Vec::new();
    let mut note = |kind: ChangeKind, part: &str, change: String| {
        let location = if part.is_empty() { new.id.to_owned() } else { format!("{} {part}", new.id) };
        found.push(kind.at(location, change));
    };
    if (old.method, old.path) != (new.method, new.path) {
        note(ChangeKind::Address, "", format!("address: {} -> {}", old.address(), new.address()));
    }
    match (old.deprecated(), new.deprecated()) {
        (false, true) => note(ChangeKind::Deprecated, "", "deprecated: false -> true".to_owned()),
        (true, false) => note(ChangeKind::NoLongerDeprecated, "", "deprecated: true -> false".to_owned()),
        _ => {}
    }
    extensions(old, new, &mut note);
    parameter_changes(&parameters(before.0, old), &parameters(now.0, new), &mut note);
    bodies(old.body(), new.body(), &mut note);
    let (was, is) = (old.successes().next(), new.successes().next());
    if let (was, is, true) = types(was.map(|(_, was)| was), is.map(|(_, is)| is)) {
        note(ChangeKind::OtherType, "response", format!("type: {was} -> {is}"));
    }
    if found.is_empty() {
        found.push(ChangeKind::DocumentationChanged.at(new.id, "documentation changed"));
    }
    changes.extend(found);
}

/// Compares the `x-zapmail-*` keys, which control the policies of the client.
fn extensions(old: &Operation<'_>, new: &Operation<'_>, note: &mut impl FnMut(ChangeKind, &str, String)) {
    let arrow = |key: &str, was: &str, is: &str| {
        let word = |value: &str| if value.is_empty() { "none".to_owned() } else { value.to_owned() };
        format!("{key}: {} -> {}", word(was), word(is))
    };
    let (was, is) = (old.effect(), new.effect());
    if was != is {
        let now_spends = ["authorize", "spend"].contains(&is) && was != "spend";
        let kind = if now_spends { ChangeKind::NowSpends } else { ChangeKind::OtherEffect };
        note(kind, "", arrow("effect", was, is));
    }
    for key in ["idempotent", "bucket", "proof", "verify-with", "verify-note"] {
        let word = |operation: &Operation<'_>| match operation.value.get(format!("x-zapmail-{key}")) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let (was, is) = (word(old), word(new));
        if was != is {
            note(ChangeKind::OtherPolicy, "", arrow(key, &was, &is));
        }
    }
    let (was, is) = (old.data().unwrap_or_default(), new.data().unwrap_or_default());
    if was != is {
        note(ChangeKind::DataMoved, "", arrow("data", was, is));
    }
    // The type of the items depends on the list in each row, too.
    let rows = |paging: Option<Paging<'_>>| match paging {
        Some(Paging { rows, items: Some(items), .. }) => format!("{rows}[]/{items}"),
        Some(Paging { rows, .. }) => rows.to_owned(),
        None => String::new(),
    };
    let (was, is) = (rows(old.paging()), rows(new.paging()));
    match (was.is_empty(), is.is_empty()) {
        (true, false) => note(ChangeKind::PagingAdded, "", arrow("rows", &was, &is)),
        (false, true) => note(ChangeKind::PagingRemoved, "", arrow("rows", &was, &is)),
        _ if was != is => note(ChangeKind::RowsMoved, "", arrow("rows", &was, &is)),
        _ => {}
    }
}

fn parameter_changes(old: &Parameters<'_>, new: &Parameters<'_>, note: &mut impl FnMut(ChangeKind, &str, String)) {
    // The client sets headers itself, so no setter changes.
    let mut note = |kind, key: &str, change| {
        note(if key.starts_with("header ") { ChangeKind::OtherPolicy } else { kind }, key, change)
    };
    let required = |parameter: &Value| parameter["required"] == true;
    for (key, parameter) in new {
        let Some(old) = old.get(key) else {
            let kind = if required(parameter) { ChangeKind::RequiredParameter } else { ChangeKind::OptionalParameter };
            let word = if required(parameter) { ", required" } else { "" };
            note(kind, key, format!("parameter added ({}{word})", signature(&parameter["schema"], false)));
            continue;
        };
        match (required(old), required(parameter)) {
            (true, false) => note(ChangeKind::ParameterNowOptional, key, "required: true -> false".to_owned()),
            (false, true) => note(ChangeKind::ParameterNowRequired, key, "required: false -> true".to_owned()),
            _ => {}
        }
        let (was, is) = (signature(&old["schema"], false), signature(&parameter["schema"], false));
        if was != is {
            note(ChangeKind::OtherType, key, format!("type: {was} -> {is}"));
        }
    }
    for key in old.keys().filter(|key| !new.contains_key(*key)) {
        note(ChangeKind::ParameterRemoved, key, "parameter removed".to_owned());
    }
}

fn bodies(was: Option<&Value>, is: Option<&Value>, note: &mut impl FnMut(ChangeKind, &str, String)) {
    let required = |body: &Value| body["required"] == true;
    match (was, is) {
        (None, Some(body)) if required(body) => {
            note(ChangeKind::RequiredBodyAdded, "body", "body added (required)".to_owned())
        }
        (None, Some(_)) => note(ChangeKind::BodyAdded, "body", "body added".to_owned()),
        (Some(_), None) => note(ChangeKind::BodyRemoved, "body", "body removed".to_owned()),
        (Some(was), Some(is)) => {
            match (required(was), required(is)) {
                (false, true) => note(ChangeKind::ParameterNowRequired, "body", "required: false -> true".to_owned()),
                (true, false) => note(ChangeKind::ParameterNowOptional, "body", "required: true -> false".to_owned()),
                _ => {}
            }
            if let (was, is, true) = types(Some(was), Some(is)) {
                note(ChangeKind::OtherType, "body", format!("type: {was} -> {is}"));
            }
        }
        (None, None) => {}
    }
}

/// The names of the two types, and whether they differ.
fn types(was: Option<&Value>, is: Option<&Value>) -> (String, String, bool) {
    let words = |holder: Option<&Value>| match holder.and_then(content) {
        Some(("application/json", schema)) => signature(schema, true),
        Some((media, _)) => media.to_owned(),
        None => "none".to_owned(),
    };
    let (was, is) = (words(was), words(is));
    let differ = was != is;
    (was, is, differ)
}

/// The media type of a body or a response, and its schema.
fn content(value: &Value) -> Option<(&str, &Value)> {
    let (media, content) = entries(&value["content"]).next()?;
    Some((media, content.get("schema")?))
}

/// Parameters by location and name.
type Parameters<'a> = BTreeMap<String, &'a Value>;

fn parameters<'a>(document: &'a Document, operation: &Operation<'a>) -> Parameters<'a> {
    document
        .parameters(operation)
        .map(|parameter| (format!("{} {}", text(&parameter["in"]), text(&parameter["name"])), parameter))
        .collect()
}
