//! Test fixtures: the real document, and copies of its folder for tests to modify.

mod folder;

use std::sync::LazyLock;

pub use self::folder::Folder;
use crate::difference::Difference;
use crate::document::Document;

/// Returns a copy of the real document.
pub fn document() -> Document {
    static DOCUMENT: LazyLock<Document> = LazyLock::new(|| Document::read(&crate::openapi_folder()).unwrap());
    DOCUMENT.clone()
}

/// Returns the removed and added lines, prefixed with `-` and `+`.
pub fn changed_lines(before: &str, after: &str) -> Vec<String> {
    let diff = similar::TextDiff::from_lines(before, after);
    let changes = diff.iter_all_changes().filter(|change| change.tag() != similar::ChangeTag::Equal);
    changes.map(|change| format!("{}{}", change.tag(), change.value().trim())).collect()
}

/// Returns the differences, one per line.
pub fn lines(differences: &[Difference]) -> Vec<String> {
    differences.iter().map(|one| format!("{}: {}: {}", one.severity.name(), one.at, one.change)).collect()
}
