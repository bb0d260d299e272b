//! Pagination: reads all pages of a list.

use std::collections::HashSet;

use serde_json::Value;
use zapmail_openapi::document::Paging;
use zapmail_sdk_ext::Zapmail;

use crate::catalog::Call;
use crate::failure::Failure;

const PAGE: &str = "page";

/// The maximum number of times that a list is read if rows are added or removed in the meantime.
const MAX_PASSES: usize = 3;

/// The maximum number of empty pages in a row if the service reports that more pages follow. That report can be wrong.
const MAX_EMPTY: u32 = 3;

/// Reads all pages, and returns the body of the first page with the rows of all pages, each row once.
///
/// The list ends at the page that the service reports as the last one, or at an empty page. An error on any page is an
/// error of the whole list: an incomplete list is never returned.
pub async fn all(zapmail: &Zapmail, call: &Call, paging: &Paging<'_>) -> Result<Value, Failure> {
    let mut list = List { paging, body: None, known: HashSet::new(), counts: Vec::new() };
    for _ in 0..MAX_PASSES {
        if !list.read(zapmail, call).await? {
            break;
        }
    }
    Ok(list.body.unwrap_or_default())
}

/// The rows that have been read.
struct List<'a> {
    paging: &'a Paging<'a>,
    /// The body of the first page, with all rows.
    body: Option<Value>,
    /// The ids of the rows.
    known: HashSet<String>,
    /// The number of rows that each page of the last pass reported for the whole list.
    counts: Vec<Option<u64>>,
}

impl List<'_> {
    /// Reads all pages once. Returns whether rows were added or removed in the meantime, so that others may have moved
    /// to a page that was already read.
    async fn read(&mut self, zapmail: &Zapmail, call: &Call) -> Result<bool, Failure> {
        let (mut in_pass, mut counts) = (HashSet::new(), Vec::new());
        let (mut next, mut number, mut empty) = (call.clone(), 1_u64, 0);
        loop {
            let page: Value = next.request(zapmail).send().await?;
            let rows = rows(&page, self.paging);
            empty = if rows.is_empty() { empty + 1 } else { 0 };
            let new = rows.iter().filter(|row| in_pass.insert(id(row, self.paging))).count();
            if new == 0 && empty == 0 {
                return Err(Failure::incomplete(format!(
                    "page {number} repeats earlier pages; pagination is not advancing"
                ))
                .hint("leave out --all, and select one page at a time"));
            }
            counts.push(count(&page, self.paging.count));
            let following = self.following(&page, call, number, empty);
            self.add(page, rows);
            let Some(call) = following else { break };
            (next, number) = (call, number + 1);
        }
        // Counts that differ in the same way in each pass do not count as a change.
        let has_changed = counts.windows(2).any(|pair| pair[0] != pair[1]) && counts != self.counts;
        self.counts = counts;
        Ok(has_changed)
    }

    /// Returns the call for the next page; `None` after the last page.
    fn following(&self, page: &Value, call: &Call, number: u64, empty: u32) -> Option<Call> {
        let paging = self.paging;
        let total = count(page, paging.total).map(|total| number < total);
        let more = paging.more.and_then(|pointer| page.pointer(pointer)).and_then(Value::as_bool);
        let next = match paging.cursor {
            Some(parameter) => Some(call.with_query(parameter, cursor(page, paging)?)),
            None => Some(call.with_query(PAGE, number + 1)),
        };
        let reports_more = paging.cursor.is_some() || more.or(total).is_some();
        let is_last = total == Some(false) || more == Some(false) || empty > if reports_more { MAX_EMPTY } else { 0 };
        next.filter(|_| !is_last)
    }

    /// Adds the rows of a page that are not known yet.
    fn add(&mut self, mut page: Value, mut rows: Vec<Value>) {
        rows.retain(|row| self.known.insert(id(row, self.paging)));
        let pointer = self.paging.rows;
        match self.body.as_mut().and_then(|body| body.pointer_mut(pointer)).and_then(Value::as_array_mut) {
            Some(all) => all.extend(rows),
            None => {
                if let Some(first) = page.pointer_mut(pointer) {
                    *first = rows.into();
                }
                self.body = Some(page);
            }
        }
    }
}

/// Returns the identity of a row: its id or, without one, its content.
fn id(row: &Value, paging: &Paging<'_>) -> String {
    row.get(paging.id).unwrap_or(row).to_string()
}

/// Returns the counter at a pointer, if the page has one.
fn count(page: &Value, pointer: Option<&str>) -> Option<u64> {
    number_of(page.pointer(pointer?)?)
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
