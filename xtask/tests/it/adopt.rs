//! Tests of `adopt`: the pages of `tests/pages`, adopted into a copy of the document.

use crate::folder::Folder;
use crate::run;

const PAGES: &str = "xtask/tests/pages";

fn in_copy(copy: &Folder, arguments: &[&str]) -> (i32, String, String) {
    let folder = copy.path().to_str().unwrap();
    run(&[&["--openapi", folder], arguments, &["--from", PAGES]].concat())
}

#[test]
fn adopted_operation_shows_no_drift_and_nothing_more_to_adopt() {
    let copy = Folder::copied();
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
    assert!(errors.contains("get_mailbox_warm_up_report: summary must be"), "{errors}");
    assert!(errors.contains("Mailbox.warmupScore: description is missing"), "{errors}");
}

#[test]
fn unwritable_change_is_listed_by_hand() {
    let copy = Folder::copied();
    let (code, printed, _) = in_copy(&copy, &["adopt", "update_mailboxes"]);
    assert_eq!((code, printed.as_str()), (1, "by hand: address: PUT /v2/mailboxes -> PUT /v2/mailboxes/update\n"));
}

#[test]
fn unknown_operation_suggests_a_similar_name_and_writes_nothing() {
    let copy = Folder::copied();
    let (code, printed, errors) = in_copy(&copy, &["adopt", "list_mailbox"]);
    assert_eq!((code, printed.as_str()), (2, ""));
    assert!(errors.starts_with("error: unknown operation list_mailbox; did you mean list_mailboxes?\n"), "{errors}");
    assert!(errors.contains("GET /v2/mailboxes/warm-up (Mailbox warm-up report)"), "{errors}");
}
