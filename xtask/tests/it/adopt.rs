//! `adopt` of the pages of `tests/pages` into a copy of the document.

use std::fs;

use tempfile::TempDir;

use crate::{run, workspace};

const PAGES: &str = "xtask/tests/pages";

/// A copy of the folder `openapi`.
fn copy() -> TempDir {
    let copy = TempDir::new().unwrap();
    fs::create_dir(copy.path().join("groups")).unwrap();
    for folder in ["", "groups"] {
        for entry in fs::read_dir(workspace().join("openapi").join(folder)).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_file() {
                fs::copy(entry.path(), copy.path().join(folder).join(entry.file_name())).unwrap();
            }
        }
    }
    copy
}

fn in_copy(copy: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    let folder = copy.path().to_str().unwrap();
    run(&[&["--openapi", folder], arguments, &["--from", PAGES]].concat())
}

#[test]
fn what_is_adopted_is_no_drift_any_more_and_is_adopted_once() {
    let copy = copy();
    for (operation, written) in [("list_mailboxes", 2), ("get_wallet_balance", 1), ("get_mailbox_warm_up_report", 1)] {
        let (code, printed, errors) = in_copy(&copy, &["adopt", operation]);
        assert_eq!((code, errors.as_str()), (0, ""), "{printed}");
        let lines = printed.lines().filter(|line| line.starts_with("written: openapi/groups/")).count();
        assert_eq!(lines, written, "{printed}");
        assert!(printed.contains("note: write for "), "{printed}");
        let again = in_copy(&copy, &["adopt", operation]);
        assert_eq!((again.0, again.1.as_str()), (0, format!("{operation}: nothing to adopt\n").as_str()));
        let (code, report, _) = in_copy(&copy, &["drift", operation]);
        assert_eq!(code, 0, "{report}");
    }
    // A person has to write the descriptions.
    let (code, _, errors) = run(&["--openapi", copy.path().to_str().unwrap(), "check"]);
    assert_eq!(code, 1);
    assert!(errors.contains("get_mailbox_warm_up_report: summary has to be"), "{errors}");
    assert!(errors.contains("Mailbox.warmupScore: description is missing"), "{errors}");
}

#[test]
fn what_cannot_be_written_is_left_to_a_person() {
    let copy = copy();
    let (code, printed, _) = in_copy(&copy, &["adopt", "update_mailboxes"]);
    assert_eq!((code, printed.as_str()), (1, "by hand: address: PUT /v2/mailboxes -> PUT /v2/mailboxes/update\n"));
}

#[test]
fn an_unknown_operation_suggests_the_nearest_and_writes_nothing() {
    let copy = copy();
    let (code, printed, errors) = in_copy(&copy, &["adopt", "list_mailbox"]);
    assert_eq!((code, printed.as_str()), (2, ""));
    assert!(
        errors.starts_with("error: no operation is called list_mailbox; did you mean list_mailboxes?\n"),
        "{errors}"
    );
    assert!(errors.contains("GET /v2/mailboxes/warm-up (Mailbox warm-up report)"), "{errors}");
}
