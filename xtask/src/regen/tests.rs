use std::fs::File;
use std::process::ExitCode;
use std::time::SystemTime;

use super::run;
use crate::fixture::Folder;

/// The files that are generated.
const GENERATED: [&str; 2] = ["zapmail.json", "OPERATIONS.md"];

/// Backdates the generated files, so that the modification time shows which files are written again.
fn backdate(folder: &Folder) {
    for name in GENERATED {
        let file = File::options().append(true).open(folder.path().join(name)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    }
}

/// The generated files that were written since they were backdated.
fn written(folder: &Folder) -> Vec<&'static str> {
    let modified = |name: &str| folder.path().join(name).metadata().unwrap().modified().unwrap();
    GENERATED.into_iter().filter(|name| modified(name) != SystemTime::UNIX_EPOCH).collect()
}

#[test]
fn second_run_writes_nothing() {
    let folder = Folder::copied();
    GENERATED.iter().for_each(|name| folder.write(name, "stale"));
    backdate(&folder);
    assert_eq!(run(folder.path()).unwrap(), ExitCode::SUCCESS);
    assert_eq!(written(&folder), GENERATED);
    let first = GENERATED.map(|name| folder.read(name));

    backdate(&folder);
    assert_eq!(run(folder.path()).unwrap(), ExitCode::SUCCESS);
    assert_eq!(written(&folder), [""; 0]);
    assert_eq!(GENERATED.map(|name| folder.read(name)), first);
}

#[test]
fn only_changed_files_are_written() {
    let folder = Folder::copied();
    backdate(&folder);
    // The table of operations does not contain descriptions of fields.
    folder.replace("groups/mailbox.yaml", "Whether the mailbox came pre-warmed.", "Whether it came warm.");
    run(folder.path()).unwrap();
    assert_eq!(written(&folder), ["zapmail.json"]);
}

#[test]
fn order_of_keys_has_no_effect() {
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
fn invalid_document_is_not_written() {
    let folder = Folder::copied();
    backdate(&folder);
    folder.write("groups/mailbox.yaml", "paths: [unclosed\n");
    run(folder.path()).unwrap_err();
    assert_eq!(written(&folder), [""; 0]);
}
