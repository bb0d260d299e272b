use std::fs;

use super::Document;
use crate::fixture::Folder;

/// Modifies a copy of the folder, and expects that reading it fails with a message that contains these parts.
fn expect_error(change: impl FnOnce(&Folder), parts: &[&str]) {
    let folder = Folder::copied();
    change(&folder);
    let message = format!("{:#}", Document::read(folder.path()).expect_err("the modified folder is accepted"));
    // Paths of Windows have backslashes.
    let message = message.replace('\\', "/");
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in: {message}");
    }
}

#[test]
fn every_part_has_its_file() {
    let document = crate::fixture::document();
    let file = |id: &str| document.operations().find(|operation| operation.id == id).map(|operation| operation.file);
    assert_eq!(file("get_user"), Some("groups/users.yaml"));
    assert_eq!(file("list_mailboxes"), Some("groups/mailbox.yaml"));
    let file = |name: &str| document.components().find(|component| component.name == name).map(|found| found.file);
    assert_eq!(file("Mailbox"), Some("groups/mailbox.yaml"));
    assert_eq!(file("WorkspaceKey"), Some("api.yaml"));
}

#[test]
fn component_defined_twice_is_rejected() {
    let twice = "components:\n  schemas:\n    Mailbox: {type: object, description: Another one.}\n";
    expect_error(
        |folder| folder.write("groups/zz.yaml", twice),
        &["openapi/groups/zz.yaml", "schemas Mailbox", "already defined in groups/mailbox.yaml", "rename it"],
    );
}

#[test]
fn component_of_a_group_and_of_api_yaml_is_rejected() {
    let twice = "components:\n  parameters:\n    Page: {name: page, in: query}\n";
    expect_error(
        |folder| folder.write("groups/zz.yaml", twice),
        &["openapi/groups/zz.yaml", "parameters Page", "already defined in api.yaml"],
    );
}

#[test]
fn operation_defined_twice_is_rejected() {
    expect_error(
        |folder| folder.write("groups/zz.yaml", "paths:\n  /v2/users:\n    get: {operationId: get_user}\n"),
        &["openapi/groups/zz.yaml", "/v2/users get", "already defined in groups/users.yaml"],
    );
}

#[test]
fn path_key_that_is_not_a_method_is_rejected() {
    for key in ["parameters", "head", "pots", "summary"] {
        expect_error(
            |folder| folder.write("groups/zz.yaml", &format!("paths:\n  /v2/other:\n    {key}: {{}}\n")),
            &[
                "openapi/groups/zz.yaml",
                "/v2/other",
                &format!("`{key}`, which is not a method"),
                "parameters in the operation",
            ],
        );
    }
}

#[test]
fn section_of_api_yaml_is_rejected_in_a_group() {
    expect_error(
        |folder| folder.write("groups/zz.yaml", "info: {title: Mine}\n"),
        &["openapi/groups/zz.yaml", "`info` belongs in api.yaml"],
    );
}

#[test]
fn invalid_yaml_is_rejected() {
    for file in ["api.yaml", "groups/mailbox.yaml"] {
        expect_error(|folder| folder.write(file, "paths: [unclosed\n"), &[file, "is not valid YAML"]);
    }
}

#[test]
fn section_that_is_not_a_map_is_rejected() {
    expect_error(
        |folder| folder.write("groups/zz.yaml", "paths:\n  - /v2/users\n"),
        &["openapi/groups/zz.yaml", "expected a map"],
    );
}

#[test]
fn missing_file_or_folder_is_reported() {
    expect_error(|folder| fs::remove_file(folder.path().join("api.yaml")).unwrap(), &["cannot read", "api.yaml"]);
    expect_error(|folder| fs::remove_dir_all(folder.path().join("groups")).unwrap(), &["cannot list", "groups"]);
    expect_error(|folder| fs::remove_dir_all(folder.path()).unwrap(), &["cannot read", "api.yaml"]);
}
