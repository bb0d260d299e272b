//! Test that all tests that SECURITY.md names as evidence for its promises exist.

use std::fs;

use crate::{files, workspace_folder};

#[test]
fn every_test_named_in_security_md_exists() {
    let workspace = workspace_folder();
    let read = |file: &str| fs::read_to_string(workspace.join(file)).unwrap();
    let sources = files::sources(&workspace).unwrap();
    let code: String = sources.iter().filter(|file| file.ends_with(".rs")).map(|file| read(file)).collect();
    let security = read("SECURITY.md");
    let is_test = |word: &&str| {
        word.matches('_').count() > 1 && word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')
    };
    let tests: Vec<_> = security.split('`').filter(is_test).collect();
    assert!(tests.len() > 20, "{tests:?}");
    for test in tests {
        assert!(code.contains(&format!("fn {test}(")), "SECURITY.md names the test {test}, which does not exist");
    }
}
