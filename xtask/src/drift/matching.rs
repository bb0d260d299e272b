//! Matching of pages with operations, and the comparison of each pair.

use std::collections::{BTreeMap, BTreeSet};

use super::deviations::Deviation;
use super::differences::Differences;
use super::list::{ListedPage, SITE, page_id};
use super::operations::{compare, shape};
use super::page::{self, Page};
use super::report::{Drifted, Report, Unread};
use super::severity::{DifferenceKind, Side};
use crate::difference::Difference;
use crate::document::{Document, Operation};
use crate::index::Entry;

/// The version of the API that the document describes.
const VERSION: &str = "v2";

/// A page of the list, with its text or the reason why it could not be read.
pub struct FetchedPage {
    pub listed: ListedPage,
    pub text: Result<String, String>,
}

/// Compares every page with its operation.
pub fn compare_pages(document: &Document, index: &[Entry], deviations: &[Deviation], pages: &[FetchedPage]) -> Report {
    let mut report = Report::default();
    let ReadPages { pages, unread, other_versions } = ReadPages::of(pages);
    report.other_versions = other_versions;
    let unread_page = |(listed, fault): &(&ListedPage, String)| Unread { page: address(listed), fault: fault.clone() };
    report.unread.extend(unread.iter().map(unread_page));
    let operations: Vec<_> = document.operations().collect();
    let found = assign(&operations, index, &pages);
    report.compared = pages.len();
    let mut shown = BTreeSet::new();
    for ((listed, page), operation) in pages.iter().zip(found) {
        let mut differences = Differences::default();
        let name = match operation {
            Some(operation) => {
                shown.insert(operation.id);
                compare(document, operation, page, &mut differences);
                operation.id.to_owned()
            }
            None => {
                let change = format!("operation added ({})", title(listed, page));
                differences.note(DifferenceKind::NewOperation, Side::Request, "operation", change);
                format!("{} {}", page.method.to_uppercase(), page.path)
            }
        };
        add_stale(deviations, &name, &mut differences);
        conclude(&mut report, deviations, name, address(listed), differences);
    }
    for entry in index.iter().filter(|entry| entry.listed && !shown.contains(entry.id.as_str())) {
        let Some(operation) = operations.iter().find(|operation| operation.id == entry.id) else { continue };
        // The page exists, but cannot be read.
        if unread.iter().any(|(listed, _)| is_page_of(listed, operation, Some(entry))) {
            continue;
        }
        let mut differences = Differences::default();
        let change = "operation vanished from the list";
        differences.note(DifferenceKind::VanishedOperation, Side::Request, "operation", change);
        let source = format!("openapi/{}", operation.file);
        conclude(&mut report, deviations, entry.id.clone(), source, differences);
    }
    report
}

/// The readable pages, each with the operation that it shows, if the document has it.
pub fn assigned<'a>(
    document: &Document,
    index: &[Entry],
    pages: &'a [FetchedPage],
) -> Vec<(&'a ListedPage, Page, Option<String>)> {
    let pages = ReadPages::of(pages).pages;
    let operations: Vec<_> = document.operations().collect();
    let found = assign(&operations, index, &pages);
    let named = found.into_iter().map(|operation| operation.map(|operation| operation.id.to_owned()));
    pages.into_iter().zip(named).map(|((listed, page), operation)| (listed, page, operation)).collect()
}

/// The differences between an operation and its page, without deviations, and the deviations that no longer apply.
pub fn undeclared(
    document: &Document,
    deviations: &[Deviation],
    operation: &Operation<'_>,
    page: &Page,
) -> Vec<Difference> {
    let mut found = Differences::default();
    compare(document, operation, page, &mut found);
    add_stale(deviations, operation.id, &mut found);
    without_declared(deviations, operation.id, found).0
}

/// The pages about our version of the API, and the pages that could not be read.
struct ReadPages<'a> {
    pages: Vec<(&'a ListedPage, Page)>,
    /// Pages with the reason why they could not be read.
    unread: Vec<(&'a ListedPage, String)>,
    /// The number of pages about other versions.
    other_versions: usize,
}

impl<'a> ReadPages<'a> {
    fn of(fetched: &'a [FetchedPage]) -> Self {
        let mut read = Self { pages: Vec::new(), unread: Vec::new(), other_versions: 0 };
        for FetchedPage { listed, text } in fetched {
            let text = text.as_deref().map_err(Clone::clone);
            match text.and_then(page::parse) {
                Ok(page) if page.version().is_none_or(|version| version == VERSION) => read.pages.push((listed, page)),
                Ok(_) => read.other_versions += 1,
                Err(fault) => read.unread.push((listed, fault)),
            }
        }
        read
    }
}

/// Finds the operation of each page by method and path. An operation without such a page is matched by the page's
/// number or title.
fn assign<'a, 'd>(
    operations: &'a [Operation<'d>],
    index: &[Entry],
    pages: &[(&ListedPage, Page)],
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

/// Whether the operation has the page among its sources, or has the page's title in the index.
fn is_page_of(listed: &ListedPage, operation: &Operation<'_>, entry: Option<&Entry>) -> bool {
    let number = page_id(&listed.path);
    operation.sources().any(|source| page_id(source).is_some_and(|source| Some(source) == number))
        || entry.is_some_and(|entry| entry.title.trim().eq_ignore_ascii_case(listed.title.trim()))
}

/// Adds the deviations of an operation that no longer apply to its page.
fn add_stale(deviations: &[Deviation], operation: &str, found: &mut Differences) {
    for deviation in deviations.iter().filter(|deviation| deviation.operation == operation) {
        if !found.0.iter().any(|difference| deviation.covers(operation, difference)) {
            let change = format!("deviation no longer applies ({}); delete it from deviations.yaml", deviation.change);
            found.note(DifferenceKind::StaleDeviation, Side::Request, &deviation.at, change);
        }
    }
}

/// The differences that no deviation covers, and the number of the others.
fn without_declared(deviations: &[Deviation], operation: &str, found: Differences) -> (Vec<Difference>, usize) {
    let is_declared =
        |difference: &Difference| deviations.iter().any(|deviation| deviation.covers(operation, difference));
    let (declared, mut differences): (Vec<_>, Vec<_>) = found.0.into_iter().partition(is_declared);
    differences.sort();
    differences.dedup();
    (differences, declared.len())
}

/// Adds the differences that are not deviations to the report.
fn conclude(report: &mut Report, deviations: &[Deviation], operation: String, source: String, found: Differences) {
    let (differences, declared) = without_declared(deviations, &operation, found);
    report.deviations += declared;
    if !differences.is_empty() {
        report.operations.push(Drifted { operation, source, differences });
    }
}

pub fn address(listed: &ListedPage) -> String {
    format!("{SITE}/{}", listed.path)
}

/// The title of the operation on its page or, if the page has none, in the list.
pub fn title<'a>(listed: &'a ListedPage, page: &'a Page) -> &'a str {
    if page.title().is_empty() { &listed.title } else { page.title() }
}
