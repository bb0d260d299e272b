//! Test that pages generated from the document show no drift.

use tempfile::TempDir;

use super::generated;
use crate::drift::deviations;
use crate::drift::{Arguments, report};
use crate::files;
use crate::fixture::{self, Folder};

#[test]
fn pages_generated_from_the_document_show_no_drift() {
    let document = fixture::document();
    let pages = TempDir::new().unwrap();
    let mut listed = Vec::new();
    for (number, operation) in document.operations().enumerate() {
        let page = generated::listed(&operation, number);
        files::replace(&pages.path().join(&page.path), &generated::page(&generated::fragment(&document, &operation)))
            .unwrap();
        listed.push(page);
    }
    files::replace(&pages.path().join("llms.txt"), &generated::list(&listed)).unwrap();
    let folder = Folder::copied();
    // The deviations apply to the real pages only.
    folder.write(deviations::NAME, "");

    let from = pages.path().to_str().unwrap().to_owned();
    let report = report(folder.path(), &Arguments { from, ..Arguments::default() }).unwrap();

    assert_eq!(report.text(), format!("pages compared: {}; no drift\n", listed.len()));
    assert_eq!(report.exit_code(), 0);
}
