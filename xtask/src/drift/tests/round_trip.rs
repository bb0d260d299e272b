//! What the document says of itself is no drift.

use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::made;
use crate::drift::deviations;
use crate::drift::source::Source;
use crate::drift::{Arguments, report};
use crate::files;
use crate::fixture::{self, Folder};

#[tokio::test]
async fn pages_made_from_the_document_show_no_drift_for_any_operation() {
    let document = fixture::document();
    let pages = TempDir::new().unwrap();
    let mut listed = Vec::new();
    for (number, operation) in document.operations().enumerate() {
        let page = made::listed(&operation, number);
        files::replace(&pages.path().join(&page.path), &made::page(&made::fragment(&document, &operation))).unwrap();
        listed.push(page);
    }
    files::replace(&pages.path().join("llms.txt"), &made::list(&listed)).unwrap();
    let folder = Folder::copied();
    // What is known to be otherwise on the true pages is as we have it on these.
    let _ = std::fs::remove_file(folder.path().join(deviations::NAME));

    let started = Instant::now();
    let report = report(folder.path(), &Source::Folder(pages.path().to_owned()), &Arguments::default()).await.unwrap();
    let took = started.elapsed();

    assert_eq!(report.text(), format!("pages compared: {}; no drift\n", listed.len()));
    assert_eq!(report.exit_code(), 0);
    // Under 2 s on a machine that has nothing else to do; this one may have.
    assert!(took < Duration::from_secs(20), "{took:?}");
    eprintln!("{} pages in {took:?}", listed.len());
}
