//! Test that all tests that SECURITY.md names as evidence for its promises exist.

use std::fs;
use std::path::{Path, PathBuf};

/// Adds the Rust files in a folder.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            collect(&path, files);
        } else if name.ends_with(".rs") {
            files.push(path);
        }
    }
}

#[test]
fn every_test_named_in_security_md_exists() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut files = Vec::new();
    collect(workspace, &mut files);
    let code: String = files.iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    let security = fs::read_to_string(workspace.join("SECURITY.md")).unwrap();
    let is_test = |word: &&str| {
        word.matches('_').count() > 1 && word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')
    };
    let tests: Vec<_> = security.split('`').filter(is_test).collect();
    assert!(tests.len() > 20, "{tests:?}");
    for test in tests {
        assert!(code.contains(&format!("fn {test}(")), "SECURITY.md names the test {test}, which does not exist");
    }
}
