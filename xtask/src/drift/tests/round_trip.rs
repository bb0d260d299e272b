//! Test that pages generated from the document show no drift.

use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::generated;
use crate::drift::deviations;
use crate::drift::source::Source;
use crate::drift::{Arguments, report};
use crate::files;
use crate::fixture::{self, Folder};

#[tokio::test]
async fn pages_generated_from_the_document_show_no_drift() {
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
    let _ = std::fs::remove_file(folder.path().join(deviations::NAME));

    let started = Instant::now();
    let report = report(folder.path(), &Source::Folder(pages.path().to_owned()), &Arguments::default()).await.unwrap();
    let took = started.elapsed();

    assert_eq!(report.text(), format!("pages compared: {}; no drift\n", listed.len()));
    assert_eq!(report.exit_code(), 0);
    // It takes less than 2 s on an idle machine; this one might be busy.
    assert!(took < Duration::from_secs(20), "{took:?}");
    eprintln!("{} pages in {took:?}", listed.len());
}
