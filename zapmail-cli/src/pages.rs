//! Pagination: reads all pages of a list.

use serde_json::Value;
use zapmail_openapi::document::Paging;
use zapmail_sdk_ext::Zapmail;

use crate::catalog::Call;
use crate::failure::Failure;

const PAGE: &str = "page";

/// Reads all pages, and returns the body of the first page with the rows of all pages.
///
/// The list ends at the page that the service reports as the last one, or at the first empty page. An error on any page
/// is an error of the whole list: an incomplete list is never returned.
pub async fn all(zapmail: &Zapmail, call: &Call, paging: &Paging<'_>) -> Result<Value, Failure> {
    let mut list: Option<Value> = None;
    let mut next = call.clone();
    let mut number = 1_u64;
    loop {
        let page: Value = next.request(zapmail).send().await?;
        let rows = rows(&page, paging);
        let is_empty = rows.is_empty();
        match &mut list {
            None => list = Some(page.clone()),
            Some(list) => append(list, paging, rows),
        }
        let following = match paging.cursor {
            Some(parameter) => cursor(&page, paging).map(|cursor| call.with_query(parameter, cursor)),
            None if is_last(&page, paging, number) || is_empty => None,
            None => {
                number += 1;
                Some(call.with_query(PAGE, number))
            }
        };
        match following {
            // A cursor that does not advance would never end.
            Some(call) if call.query != next.query => next = call,
            _ => return Ok(list.unwrap_or_default()),
        }
    }
}

/// Returns the items on a page: its rows, or the items that the rows contain.
pub fn items(page: &Value, paging: &Paging<'_>) -> Vec<Value> {
    let apart = paging.apart.and_then(|pointer| page.pointer(pointer)).filter(|apart| !apart.is_null()).cloned();
    let rows = rows(page, paging).into_iter().flat_map(|row| match paging.items {
        Some(name) => row[name].as_array().cloned().unwrap_or_default(),
        None => vec![row],
    });
    apart.into_iter().chain(rows).collect()
}

fn rows(page: &Value, paging: &Paging<'_>) -> Vec<Value> {
    page.pointer(paging.rows).and_then(Value::as_array).cloned().unwrap_or_default()
}

fn append(list: &mut Value, paging: &Paging<'_>, rows: Vec<Value>) {
    if let Some(all) = list.pointer_mut(paging.rows).and_then(Value::as_array_mut) {
        all.extend(rows);
    }
}

/// Whether the page with this number is the last one.
fn is_last(page: &Value, paging: &Paging<'_>, number: u64) -> bool {
    let at = |pointer: Option<&str>| pointer.and_then(|pointer| page.pointer(pointer));
    match (at(paging.total).and_then(number_of), at(paging.more).and_then(Value::as_bool)) {
        (Some(total), _) => number >= total,
        (None, Some(more)) => !more,
        // Without either, the list ends at the first empty page.
        (None, None) => false,
    }
}

/// Reads a counter. Some counters of the service are text.
fn number_of(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

fn cursor(page: &Value, paging: &Paging<'_>) -> Option<String> {
    let next = page.pointer(paging.next?)?;
    // The cursor is documented, but its name is not, so both common names are tried.
    match ["nextCursor", "cursor"].iter().find_map(|name| next.get(name))? {
        Value::String(cursor) if !cursor.is_empty() => Some(cursor.clone()),
        Value::Number(cursor) => Some(cursor.to_string()),
        _ => None,
    }
}
