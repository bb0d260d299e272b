//! Adoption of observed responses: a file of shapes instead of a page.
//!
//! A shape is converted to a page of its operation, so that the same comparison and the same editor apply. Details that
//! a page does not contain (null in optional parts, formats, keys that are data) are compared here.

mod file;
mod page;
mod seen;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

pub use file::read;

use super::change::{TYPED, UNTYPED};
use super::schema::referred;
use super::{Outcome, Source, unwritten, write};
use crate::difference::Difference;
use crate::document::{Document, Operation, text};
use crate::drift::differences::Differences;
use crate::drift::operations::{compare, json_content};
use crate::drift::page::Page;
use crate::schema::Schema;
use crate::suggest;
use file::{Response, Shape, Shapes};

/// The responses of an operation by status.
type Responses = BTreeMap<u16, Response>;

/// The number of observed objects before an identifier that all of them had counts as required.
const ENOUGH: u64 = 3;

/// Changes that shapes cannot prove: a part, a value or a status that was not observed might still exist, and words
/// that are not recorded might be values of an enum.
const UNSEEN: [&str; 3] = [" vanished", " -> anything", " -> any text"];

/// The state of a run: the report so far, and the differences of error responses.
#[derive(Default)]
struct Adoption {
    outcome: Outcome,
    /// The operations and statuses of each difference from the shared error schema.
    errors: BTreeMap<String, Vec<String>>,
}

/// Writes what the shapes show: for all operations, or only for `only`.
pub fn adopt(folder: &Path, document: &Document, shapes: &Shapes, only: Option<&str>) -> Result<Outcome> {
    if let Some(id) = only {
        let near = suggest::did_you_mean(id, shapes.operations.keys().map(String::as_str));
        shapes.operations.get(id).with_context(|| format!("the shapes have no operation {id}{near}"))?;
    }
    let mut edited = document.clone();
    let mut adoption = Adoption::default();
    for (id, responses) in shapes.operations.iter().filter(|(id, _)| only.is_none_or(|only| only == *id)) {
        if document.operations().any(|known| known.id == id) {
            adoption.operation(&mut edited, id, responses)?;
        } else {
            adoption.outcome.by_hand.push(format!("{id}: is not an operation of the document; adopt its page first"));
        }
    }
    let mut outcome = adoption.finish();
    outcome.notes.extend(unwritten(document, &edited));
    if shapes.incomplete {
        outcome.notes.push("some responses exceeded the limits of the recorder; the shapes are incomplete".to_owned());
    }
    write(folder, &edited)?;
    Ok(outcome)
}

impl Adoption {
    fn operation(&mut self, document: &mut Document, id: &str, responses: &Responses) -> Result<()> {
        let known = document.clone();
        let operation = known.named(id)?;
        let shapes = || successes(responses).map(|(status, response)| (*status, &response.shape));
        let (written, compared) = (page::of(&operation, shapes(), ENOUGH), page::of(&operation, shapes(), 1));
        let differences = |document: &Document| Ok(differences(document, &document.named(id)?, &compared, responses));
        let source = Source {
            page: &written,
            differences: &differences,
            may_write,
            prefix: format!("{id} "),
            is_observed: true,
        };
        let mut outcome = source.write(document, id)?;
        if outcome.written.iter().any(|line| line.contains(TYPED)) {
            outcome
                .notes
                .push(format!("{id}: change the example of the response to match its schema, with invented values"));
        }
        for (status, shape) in shapes() {
            outcome
                .notes
                .extend(seen::notes(shape, "response").into_iter().map(|note| format!("{id} {status} {note}")));
        }
        // Several types for one part are not a contradiction: the part stays without a type.
        if outcome.by_hand.iter().all(|line| line.ends_with("type: anything -> one of several"))
            && let Some(line) = evidence(document, id, responses)?
        {
            outcome.written.push(line);
        }
        self.errors(&known, &operation, responses)?;
        self.outcome.written.extend(outcome.written);
        self.outcome.notes.extend(outcome.notes);
        self.outcome.by_hand.extend(outcome.by_hand);
        Ok(())
    }

    /// Notes how error responses differ from their schema. All operations share it, so a person must decide.
    fn errors(&mut self, document: &Document, operation: &Operation<'_>, responses: &Responses) -> Result<()> {
        if responses.keys().all(|status| *status < 400) {
            return Ok(());
        }
        // The comparison covers success responses only, so present the error as one.
        let mut as_success = document.clone();
        let error = document.resolve(&operation.value["responses"]["4XX"]);
        as_success.model.value_mut()["paths"][operation.path][operation.method]["responses"] = json!({"200": error});
        for (status, response) in responses.iter().filter(|(status, _)| **status >= 400) {
            let page = page::of(operation, [(200, &response.shape)].into_iter(), 1);
            let mut found = Differences::default();
            compare(&as_success, &as_success.named(operation.id)?, &page, &mut found);
            for difference in found.0.iter().filter(|difference| was_seen(difference)) {
                let at = difference.at.replacen("response", "error", 1);
                let users = self.errors.entry(format!("{at}: {}", difference.change)).or_default();
                users.push(format!("{} {status}", operation.id));
            }
        }
        Ok(())
    }

    fn finish(self) -> Outcome {
        let mut outcome = self.outcome;
        for (difference, users) in self.errors {
            let more = users.len().saturating_sub(1);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let first = users.into_iter().next().unwrap_or_default();
            outcome.by_hand.push(format!("{difference} ({first}{more})"));
        }
        outcome.notes.dedup();
        outcome
    }
}

fn successes(responses: &Responses) -> impl Iterator<Item = (&u16, &Response)> {
    responses.iter().filter(|(status, _)| (200..300).contains(*status))
}

/// The differences between the shapes and the document.
fn differences(document: &Document, operation: &Operation<'_>, page: &Page, responses: &Responses) -> Vec<Difference> {
    let mut found = Differences::default();
    if successes(responses).next().is_none() {
        return found.0;
    }
    compare(document, operation, page, &mut found);
    found.0.retain(was_seen);
    let response = operation.successes().next().and_then(|(_, response)| json_content(document.value(), response));
    if let Some(content) = response {
        for (_, response) in successes(responses) {
            seen::compare(Schema::new(document.value(), &content["schema"]), &response.shape, "response", &mut found);
        }
    }
    found.0.sort();
    found.0.dedup();
    found.0
}

fn was_seen(difference: &Difference) -> bool {
    let change = difference.change.as_str();
    difference.at.starts_with("response")
        && !UNSEEN.iter().any(|unseen| change.ends_with(unseen))
        && !change.starts_with("properties: ")
}

/// Whether a change only adds to the document. All other changes contradict it.
fn may_write(change: &str) -> bool {
    change.starts_with("property added")
        || change.starts_with(TYPED)
        || change.starts_with("enum: value ")
        || change == seen::NULL
}

/// Whether a response contains its data and, for a list, its rows.
fn shows(operation: &Operation<'_>, shape: &Shape) -> bool {
    let data = operation.data().map_or(Some(shape), |data| shape.at(data)).filter(|data| data.has_content());
    let rows = operation.paging().map(|paging| shape.at(paging.rows));
    // The data can be the list itself.
    let has_rows = |data: &Shape| rows.is_none_or(|rows| rows.unwrap_or(data).items.is_some());
    data.is_some_and(has_rows)
}

/// Writes that the response was observed, and on which day. Does nothing if no content of the response was observed, or
/// if the document still does not describe it.
fn evidence(document: &mut Document, id: &str, responses: &Responses) -> Result<Option<String>> {
    let operation = document.named(id)?;
    let response = operation.successes().next().and_then(|(_, response)| json_content(document.value(), response));
    let component = response.and_then(|content| referred(&content["schema"]));
    let is_described = component.is_some_and(|component| !UNTYPED.contains(&component));
    let shown = successes(responses).filter(|(_, response)| shows(&operation, &response.shape));
    let Some(day) = shown.map(|(_, response)| response.observed.as_str()).max().filter(|_| is_described) else {
        return Ok(None);
    };
    let evidence = &operation.value["x-zapmail-evidence"];
    let known = operation.evidence("response");
    // ISO dates sort as text.
    if known == "observed" && text(&evidence["observed"]) >= day {
        return Ok(None);
    }
    let written = format!("openapi/{}: {id} evidence: {known} -> observed {day}", operation.file);
    let (path, method) = (operation.path.to_owned(), operation.method.to_owned());
    let evidence = &mut document.model.value_mut()["paths"][path][method]["x-zapmail-evidence"];
    evidence["response"] = "observed".into();
    evidence["observed"] = day.into();
    Ok(Some(written))
}
