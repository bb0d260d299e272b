use std::fs::File;
use std::process::ExitCode;
use std::time::SystemTime;

use super::run;
use crate::fixture::Folder;

/// The files that are generated.
const GENERATED: [&str; 2] = ["zapmail.json", "OPERATIONS.md"];

/// Makes the generated files old, so that a file that is written again can be told by its time.
fn age(folder: &Folder) {
    for name in GENERATED {
        let file = File::options().append(true).open(folder.path().join(name)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    }
}

/// Which of the generated files were written since they were made old.
fn written(folder: &Folder) -> Vec<&'static str> {
    let modified = |name: &str| folder.path().join(name).metadata().unwrap().modified().unwrap();
    GENERATED.into_iter().filter(|name| modified(name) != SystemTime::UNIX_EPOCH).collect()
}

#[test]
fn the_second_time_gives_the_same_and_writes_nothing() {
    let folder = Folder::copied();
    GENERATED.iter().for_each(|name| folder.write(name, "stale"));
    age(&folder);
    assert_eq!(run(folder.path()).unwrap(), ExitCode::SUCCESS);
    assert_eq!(written(&folder), GENERATED);
    let first = GENERATED.map(|name| folder.read(name));

    age(&folder);
    assert_eq!(run(folder.path()).unwrap(), ExitCode::SUCCESS);
    assert_eq!(written(&folder), [""; 0]);
    assert_eq!(GENERATED.map(|name| folder.read(name)), first);
}

#[test]
fn what_is_checked_in_is_what_is_generated() {
    let folder = Folder::copied();
    age(&folder);
    run(folder.path()).unwrap();
    assert_eq!(written(&folder), [""; 0]);
}

#[test]
fn only_what_changed_is_written() {
    let folder = Folder::copied();
    age(&folder);
    // A description of a field is no part of the table of operations.
    folder.replace("groups/mailbox.yaml", "Whether the mailbox came pre-warmed.", "Whether it came warm.");
    run(folder.path()).unwrap();
    assert_eq!(written(&folder), ["zapmail.json"]);
}

#[test]
fn the_order_of_a_file_makes_no_difference() {
    let folder = Folder::copied();
    let before = folder.read("zapmail.json");
    folder.replace(
        "groups/mailbox.yaml",
        "{type: boolean, nullable: true, description: Whether the mailbox came pre-warmed.}",
        "{description: Whether the mailbox came pre-warmed., nullable: true, type: boolean}",
    );
    run(folder.path()).unwrap();
    assert_eq!(folder.read("zapmail.json"), before);
}

#[test]
fn a_broken_document_is_not_written() {
    let folder = Folder::copied();
    age(&folder);
    folder.write("groups/mailbox.yaml", "paths: [unclosed\n");
    run(folder.path()).unwrap_err();
    assert_eq!(written(&folder), [""; 0]);
}
