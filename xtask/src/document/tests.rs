use std::fs;

use super::Document;
use crate::fixture::Folder;

/// Changes a copy of the folder, and expects reading it to fail with a message that has these parts.
fn is_refused(change: impl FnOnce(&Folder), parts: &[&str]) {
    let folder = Folder::copied();
    change(&folder);
    let message = format!("{:#}", Document::read(folder.path()).expect_err("it is read all the same"));
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in: {message}");
    }
}

#[test]
fn a_copy_is_the_same_document() {
    let folder = Folder::copied();
    let document = Document::read(folder.path()).unwrap();
    assert_eq!(document.to_json().unwrap(), folder.read("zapmail.json"));
}

#[test]
fn every_part_remembers_its_file() {
    let document = crate::fixture::document();
    let file = |id: &str| document.operations().find(|operation| operation.id == id).map(|operation| operation.file);
    assert_eq!(file("get_user"), Some("groups/users.yaml"));
    assert_eq!(file("list_mailboxes"), Some("groups/mailbox.yaml"));
    let file = |name: &str| document.components().find(|component| component.name == name).map(|found| found.file);
    assert_eq!(file("Mailbox"), Some("groups/mailbox.yaml"));
    assert_eq!(file("WorkspaceKey"), Some("api.yaml"));
}

#[test]
fn a_component_that_is_defined_twice() {
    let twice = "components:\n  schemas:\n    Mailbox: {type: object, description: Another one.}\n";
    is_refused(
        |folder| folder.write("groups/zz.yaml", twice),
        &["openapi/groups/zz.yaml", "schemas Mailbox", "groups/mailbox.yaml already", "rename it"],
    );
}

#[test]
fn a_component_of_a_group_that_api_yaml_has_already() {
    let twice = "components:\n  parameters:\n    Page: {name: page, in: query}\n";
    is_refused(
        |folder| folder.write("groups/zz.yaml", twice),
        &["openapi/groups/zz.yaml", "parameters Page", "api.yaml already"],
    );
}

#[test]
fn an_operation_that_is_defined_twice() {
    is_refused(
        |folder| folder.write("groups/zz.yaml", "paths:\n  /v2/users:\n    get: {operationId: get_user}\n"),
        &["openapi/groups/zz.yaml", "/v2/users get", "groups/users.yaml already"],
    );
}

#[test]
fn a_key_of_a_path_that_is_no_method() {
    for key in ["parameters", "head", "pots", "summary"] {
        is_refused(
            |folder| folder.write("groups/zz.yaml", &format!("paths:\n  /v2/other:\n    {key}: {{}}\n")),
            &[
                "openapi/groups/zz.yaml",
                "/v2/other",
                &format!("`{key}`, which is no method"),
                "belong to the operation",
            ],
        );
    }
}

#[test]
fn a_section_that_belongs_into_api_yaml() {
    is_refused(
        |folder| folder.write("groups/zz.yaml", "info: {title: Mine}\n"),
        &["openapi/groups/zz.yaml", "`info` belongs into api.yaml"],
    );
}

#[test]
fn a_file_that_is_no_yaml() {
    for file in ["api.yaml", "groups/mailbox.yaml"] {
        is_refused(|folder| folder.write(file, "paths: [unclosed\n"), &[file, "is no YAML"]);
    }
}

#[test]
fn a_file_that_is_no_map() {
    is_refused(
        |folder| folder.write("groups/zz.yaml", "paths:\n  - /v2/users\n"),
        &["openapi/groups/zz.yaml", "a map is expected"],
    );
}

#[test]
fn a_file_or_folder_that_is_missing() {
    is_refused(|folder| fs::remove_file(folder.path().join("api.yaml")).unwrap(), &["cannot read", "api.yaml"]);
    is_refused(|folder| fs::remove_dir_all(folder.path().join("groups")).unwrap(), &["cannot list", "groups"]);
    is_refused(|folder| fs::remove_dir_all(folder.path()).unwrap(), &["cannot read", "api.yaml"]);
}
