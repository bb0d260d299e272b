use std::fs;
use std::process::ExitCode;

use super::{findings, run};
use crate::document::Document;
use crate::finding::Finding;
use crate::fixture::Folder;
use crate::regen;

fn found(folder: &Folder) -> Vec<Finding> {
    findings(&Document::read(folder.path()).unwrap(), folder.path()).unwrap()
}

fn text(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

#[test]
fn real_document_passes() {
    let folder = Folder::copied();
    assert_eq!(text(&found(&folder)), [""; 0]);
    assert_eq!(run(folder.path(), None).unwrap(), ExitCode::SUCCESS);
}

#[test]
fn changed_field_fails_until_files_are_regenerated() {
    let folder = Folder::copied();
    folder.replace(
        "groups/mailbox.yaml",
        "        username: {type: string, description: Part of the address before the @.}\n",
        "        username: {type: string, description: Part of the address before the @.}\n        \
         nickname: {type: string, nullable: true, description: What friends call the mailbox.}\n",
    );
    let [stale] = found(&folder).try_into().unwrap();
    assert_eq!((stale.file.as_str(), stale.location.as_str()), ("zapmail.json", "generated"));
    assert_eq!(stale.message, "is stale; run `cargo xtask regen`");
    assert_eq!(run(folder.path(), None).unwrap(), ExitCode::FAILURE);

    regen::run(folder.path()).unwrap();
    assert!(folder.read("zapmail.json").contains("What friends call the mailbox."));
    assert_eq!(run(folder.path(), None).unwrap(), ExitCode::SUCCESS);
}

#[test]
fn edited_or_missing_generated_file_is_stale() {
    for name in ["zapmail.json", "OPERATIONS.md"] {
        let folder = Folder::copied();
        folder.write(name, &(folder.read(name) + "edited by hand\n"));
        let [edited] = found(&folder).try_into().unwrap();
        assert_eq!(edited.file, name);
        fs::remove_file(folder.path().join(name)).unwrap();
        assert_eq!(found(&folder), [edited]);
        assert_eq!(run(folder.path(), None).unwrap(), ExitCode::FAILURE);
        assert!(!folder.path().join(name).exists(), "`check` writes nothing");
    }
}

#[test]
fn broken_rule_is_reported_with_file_and_remedy() {
    let folder = Folder::copied();
    folder.replace("groups/users.yaml", "x-zapmail-effect: read", "x-zapmail-effect: buy");
    regen::run(folder.path()).unwrap();
    let found = text(&found(&folder));
    let location = "openapi/groups/users.yaml: get_user: x-zapmail-effect";
    assert!(
        found.iter().any(|finding| finding.starts_with(location) && finding.contains("read, write, authorize, spend")),
        "{found:?}"
    );
    assert_eq!(run(folder.path(), None).unwrap(), ExitCode::FAILURE);
}

#[test]
fn missing_index_is_an_error_that_names_the_file() {
    let folder = Folder::copied();
    fs::remove_file(folder.path().join("operations.tsv")).unwrap();
    let message = format!("{:#}", run(folder.path(), None).unwrap_err());
    assert!(message.contains("cannot read") && message.contains("operations.tsv"), "{message}");
}
