//! Adopting what programs observed: a file of shapes instead of a page.
//!
//! A shape becomes a page of its operation, so that the comparison and the editor are those of pages. What a page does not
//! know (null in optional parts, formats, keys that are data) is compared here.

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
use super::spot::content_of;
use super::trial::Trial;
use super::{Done, Source, write};
use crate::document::{Document, Operation, text};
use crate::drift::difference::{Difference, Differences};
use crate::drift::operations::compare;
use crate::drift::page::Page;
use crate::schema::Schema;
use crate::suggest;
use file::{Response, Shape, Shapes};

/// The responses of an operation by status.
type Responses = BTreeMap<u16, Response>;

/// How often an object has to be seen before an identifier that it always had counts as required.
const ENOUGH: u64 = 3;

/// Changes that shapes cannot show: a part, a word or a status that was not seen may still exist, and words that are not
/// recorded may be those of an enum.
const UNSEEN: [&str; 3] = [" vanished", " -> anything", " -> any text"];

/// What was written and what was not, and which differences of errors are left.
#[derive(Default)]
struct Adoption {
    done: Done,
    /// The operations and statuses of each difference from the one error schema.
    errors: BTreeMap<String, Vec<String>>,
}

/// Writes what the shapes show of all operations, or of one.
pub fn adopt(folder: &Path, document: &Document, shapes: &Shapes, only: Option<&str>) -> Result<Done> {
    if let Some(id) = only {
        let near = suggest::did_you_mean(id, shapes.operations.keys().map(String::as_str));
        shapes.operations.get(id).with_context(|| format!("the shapes have no operation {id}{near}"))?;
    }
    let mut trial = Trial::start(folder, document)?;
    let mut adoption = Adoption::default();
    for (id, responses) in shapes.operations.iter().filter(|(id, _)| only.is_none_or(|only| only == *id)) {
        if document.operations().any(|known| known.id == id) {
            adoption.operation(&mut trial, id, responses)?;
        } else {
            adoption.done.by_hand.push(format!("{id}: is not an operation of the document"));
        }
    }
    let mut done = adoption.finish();
    done.notes.extend(trial.unwritten());
    if shapes.incomplete {
        done.notes.push(
            "the responses were larger, or more, than a recorder keeps; not all of them are in the shapes".to_owned(),
        );
    }
    write(folder, &trial)?;
    Ok(done)
}

impl Adoption {
    fn operation(&mut self, trial: &mut Trial, id: &str, responses: &Responses) -> Result<()> {
        let document = trial.document.clone();
        let operation = document.named(id)?;
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
        let mut done = source.write(trial, id)?;
        if was_typed(&done) {
            done.notes.push(format!("{id}: make the example of the response match its schema, with invented values"));
        }
        for (status, shape) in shapes() {
            done.notes.extend(seen::notes(shape, "answer").into_iter().map(|note| format!("{id} {status} {note}")));
        }
        // Several types in one place are not a contradiction: it stays without a type.
        if done.by_hand.iter().all(|line| line.ends_with("type: anything -> one of several"))
            && let Some(line) = evidence(trial, id, responses)?
        {
            done.written.push(line);
        }
        self.errors(&document, &operation, responses)?;
        self.done.written.extend(done.written);
        self.done.notes.extend(done.notes);
        self.done.by_hand.extend(done.by_hand);
        Ok(())
    }

    /// Notes how errors differ from their schema. All operations share it, so a person has to decide.
    fn errors(&mut self, document: &Document, operation: &Operation<'_>, responses: &Responses) -> Result<()> {
        if responses.keys().all(|status| *status < 400) {
            return Ok(());
        }
        // The comparison is one of successes.
        let mut as_success = document.clone();
        let error = document.resolve(&operation.value["responses"]["4XX"]);
        as_success.model.value_mut()["paths"][operation.path][operation.method]["responses"] = json!({"200": error});
        for (status, response) in responses.iter().filter(|(status, _)| **status >= 400) {
            let page = page::of(operation, [(200, &response.shape)].into_iter(), 1);
            let mut found = Differences::default();
            compare(&as_success, &as_success.named(operation.id)?, &page, &mut found);
            for difference in found.0.iter().filter(|difference| was_seen(difference)) {
                let at = difference.at.replacen("answer", "error", 1);
                let users = self.errors.entry(format!("{at}: {}", difference.change)).or_default();
                users.push(format!("{} {status}", operation.id));
            }
        }
        Ok(())
    }

    fn finish(self) -> Done {
        let mut done = self.done;
        for (difference, users) in self.errors {
            let more = users.len().saturating_sub(1);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let first = users.into_iter().next().unwrap_or_default();
            done.by_hand.push(format!("{difference} ({first}{more})"));
        }
        done.notes.dedup();
        done
    }
}

fn successes(responses: &Responses) -> impl Iterator<Item = (&u16, &Response)> {
    responses.iter().filter(|(status, _)| (200..300).contains(*status))
}

/// What the shapes show and the document does not say.
fn differences(document: &Document, operation: &Operation<'_>, page: &Page, responses: &Responses) -> Vec<Difference> {
    let mut found = Differences::default();
    if successes(responses).next().is_none() {
        return found.0;
    }
    compare(document, operation, page, &mut found);
    found.0.retain(was_seen);
    let answer = operation.successes().next().and_then(|(_, answer)| content_of(document.value(), answer));
    if let Some(content) = answer {
        for (_, response) in successes(responses) {
            seen::compare(Schema::new(document.value(), &content["schema"]), &response.shape, "answer", &mut found);
        }
    }
    found.0.sort();
    found.0.dedup();
    found.0
}

fn was_seen(difference: &Difference) -> bool {
    let change = difference.change.as_str();
    difference.at.starts_with("answer")
        && !UNSEEN.iter().any(|unseen| change.ends_with(unseen))
        && !change.starts_with("properties: ")
}

/// Whether a change adds to the document. Any other contradicts it.
fn may_write(change: &str) -> bool {
    change.starts_with("property added")
        || change.starts_with(TYPED)
        || change.starts_with("enum: value ")
        || change == seen::NULL
}

/// Whether a part has got a type.
fn was_typed(done: &Done) -> bool {
    done.written.iter().any(|line| line.contains(TYPED))
}

/// Whether a response shows what it is about: its data, and of a list its rows.
fn shows(operation: &Operation<'_>, shape: &Shape) -> bool {
    let data = operation.data().map_or(Some(shape), |data| shape.at(data)).filter(|data| data.has_content());
    let rows = operation.paging().map(|paging| shape.at(paging.rows));
    // The data can be the list itself.
    let has_rows = |data: &Shape| rows.is_none_or(|rows| rows.unwrap_or(data).items.is_some());
    data.is_some_and(has_rows)
}

/// Writes that the response was observed, and when, unless nothing of it was seen or the document still does not describe
/// it.
fn evidence(trial: &mut Trial, id: &str, responses: &Responses) -> Result<Option<String>> {
    let document = trial.document.clone();
    let operation = document.named(id)?;
    let answer = operation.successes().next().and_then(|(_, answer)| content_of(document.value(), answer));
    let component = answer.and_then(|content| referred(&content["schema"]));
    let is_described = component.is_some_and(|component| !UNTYPED.contains(&component));
    let shown = successes(responses).filter(|(_, response)| shows(&operation, &response.shape));
    let Some(day) = shown.map(|(_, response)| response.observed.as_str()).max().filter(|_| is_described) else {
        return Ok(None);
    };
    let evidence = &operation.value["x-zapmail-evidence"];
    let (request, known) = (operation.evidence("request"), operation.evidence("response"));
    // Days are in the order of their text.
    if known == "observed" && text(&evidence["observed"]) >= day {
        return Ok(None);
    }
    let mut files = trial.files.clone();
    let Some(lines) = files.get_mut(operation.file) else { return Ok(None) };
    let Some(line) = lines.find(["paths", operation.path, operation.method, "x-zapmail-evidence"]) else {
        return Ok(None);
    };
    let indent = lines.indent(line.start).unwrap_or_default();
    let written = format!("x-zapmail-evidence: {{request: {request}, response: observed, observed: '{day}'}}");
    lines.remove(line.clone());
    lines.insert(line.start, indent, vec![written]);
    let Some(next) = trial.merged(&files, id, None, false)? else { return Ok(None) };
    trial.accept(files, next)?;
    Ok(Some(format!("openapi/{}: {id} evidence: {known} -> observed {day}", operation.file)))
}
