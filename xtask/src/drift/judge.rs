//! Which page shows which operation, and what follows from both.

use std::collections::{BTreeMap, BTreeSet};

use super::deviations::Deviation;
use super::difference::{Difference, Differences};
use super::list::{Listed, SITE, page_id};
use super::operations::{compare, shape};
use super::page::{self, Page};
use super::report::{Drifted, Report, Unread};
use super::severity::{Side, What};
use crate::document::{Document, Operation};
use crate::index::Entry;

/// The version that the document is about.
const VERSION: &str = "v2";

/// A page of the list and its text, or why it has none.
pub struct Read {
    pub listed: Listed,
    pub text: Result<String, String>,
}

/// Compares every page with its operation.
pub fn judge(document: &Document, index: &[Entry], deviations: &[Deviation], pages: &[Read]) -> Report {
    let mut report = Report::default();
    let (mut parsed, mut unread) = (Vec::new(), Vec::new());
    for Read { listed, text } in pages {
        let page = text.clone().and_then(|text| page::parse(&text).map_err(|fault| fault.to_string()));
        match page {
            Ok(page) if page.version().is_none_or(|version| version == VERSION) => parsed.push((listed, page)),
            Ok(_) => report.other_versions += 1,
            Err(fault) => {
                unread.push(listed);
                report.unread.push(Unread { page: address(listed), fault });
            }
        }
    }
    let operations: Vec<_> = document.operations().collect();
    let found = assign(&operations, index, &parsed);
    report.compared = parsed.len();
    let mut shown = BTreeSet::new();
    for ((listed, page), operation) in parsed.iter().zip(found) {
        let mut differences = Differences::default();
        let name = match operation {
            Some(operation) => {
                shown.insert(operation.id);
                compare(document, operation, page, &mut differences);
                operation.id.to_owned()
            }
            None => {
                let title = if page.title().is_empty() { listed.title.as_str() } else { page.title() };
                differences.note(What::NewOperation, Side::Request, "operation", format!("operation added ({title})"));
                format!("{} {}", page.method.to_uppercase(), page.path)
            }
        };
        let stale = stale(deviations, &name, &differences);
        differences.0.extend(stale);
        conclude(&mut report, deviations, name, address(listed), differences);
    }
    for entry in index.iter().filter(|entry| entry.listed && !shown.contains(entry.id.as_str())) {
        let Some(operation) = operations.iter().find(|operation| operation.id == entry.id) else { continue };
        // Its page is there, and only cannot be read.
        if unread.iter().any(|listed| is_page_of(listed, operation, Some(entry))) {
            continue;
        }
        let mut differences = Differences::default();
        differences.note(What::VanishedOperation, Side::Request, "operation", "operation vanished from the list");
        let source = format!("openapi/{}", operation.file);
        conclude(&mut report, deviations, entry.id.clone(), source, differences);
    }
    report
}

/// The pages that can be read, each with the operation that it shows, if the document has it.
pub fn assigned<'a>(
    document: &Document,
    index: &[Entry],
    pages: &'a [Read],
) -> Vec<(&'a Listed, Page, Option<String>)> {
    let readable = pages.iter().filter_map(|Read { listed, text }| {
        let page = page::parse(text.as_deref().ok()?).ok()?;
        page.version().is_none_or(|version| version == VERSION).then_some((listed, page))
    });
    let readable: Vec<_> = readable.collect();
    let operations: Vec<_> = document.operations().collect();
    let found = assign(&operations, index, &readable);
    let named = found.into_iter().map(|operation| operation.map(|operation| operation.id.to_owned()));
    readable.into_iter().zip(named).map(|((listed, page), operation)| (listed, page, operation)).collect()
}

/// What differs between an operation and its page and is not meant, and the deviations that no longer apply.
pub fn unmeant(
    document: &Document,
    deviations: &[Deviation],
    operation: &Operation<'_>,
    page: &Page,
) -> Vec<Difference> {
    let mut found = Differences::default();
    compare(document, operation, page, &mut found);
    let stale = stale(deviations, operation.id, &found);
    found.0.extend(stale);
    found.0.retain(|difference| !deviations.iter().any(|deviation| deviation.means(operation.id, difference)));
    found.0.sort();
    found.0.dedup();
    found.0
}

/// The operation of each page: by method and path; where no page has those, by the page's number or title.
fn assign<'a, 'd>(
    operations: &'a [Operation<'d>],
    index: &[Entry],
    pages: &[(&Listed, Page)],
) -> Vec<Option<&'a Operation<'d>>> {
    let by_address: BTreeMap<_, _> =
        operations.iter().map(|operation| ((operation.method, shape(operation.path)), operation)).collect();
    let mut found: Vec<_> =
        pages.iter().map(|(_, page)| by_address.get(&(page.method.as_str(), shape(&page.path))).copied()).collect();
    let mut taken: BTreeSet<_> = found.iter().flatten().map(|operation| operation.id).collect();
    for ((listed, _), found) in pages.iter().zip(&mut found).filter(|(_, found)| found.is_none()) {
        *found = operations.iter().find(|operation| {
            let entry = index.iter().find(|entry| entry.id == operation.id);
            !taken.contains(operation.id) && is_page_of(listed, operation, entry)
        });
        taken.extend(found.map(|operation| operation.id));
    }
    found
}

/// Whether the operation names the page among its sources, or the index knows it by the page's title.
fn is_page_of(listed: &Listed, operation: &Operation<'_>, entry: Option<&Entry>) -> bool {
    let number = page_id(&listed.path);
    operation.sources().any(|source| page_id(source).is_some_and(|source| Some(source) == number))
        || entry.is_some_and(|entry| entry.title.trim().eq_ignore_ascii_case(listed.title.trim()))
}

/// The deviations of an operation that its page no longer bears out.
fn stale(deviations: &[Deviation], operation: &str, found: &Differences) -> Vec<Difference> {
    let mut stale = Differences::default();
    for deviation in deviations.iter().filter(|deviation| deviation.operation == operation) {
        if !found.0.iter().any(|difference| deviation.means(operation, difference)) {
            let change = format!("deviation no longer applies ({}); delete it from deviations.yaml", deviation.change);
            stale.note(What::StaleDeviation, Side::Request, &deviation.at, change);
        }
    }
    stale.0
}

/// Takes out the differences that are meant, and adds the rest to the report.
fn conclude(report: &mut Report, deviations: &[Deviation], operation: String, source: String, found: Differences) {
    let is_meant = |difference: &Difference| deviations.iter().any(|deviation| deviation.means(&operation, difference));
    let (meant, mut differences): (Vec<_>, Vec<_>) = found.0.into_iter().partition(is_meant);
    differences.sort();
    differences.dedup();
    report.deviations += meant.len();
    if !differences.is_empty() {
        report.operations.push(Drifted { operation, source, differences });
    }
}

pub fn address(listed: &Listed) -> String {
    format!("{SITE}/{}", listed.path)
}
