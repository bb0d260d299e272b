//! `diff` against a revision of a repository of our own.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::{run, workspace};

fn git(folder: &Path, arguments: &[&str]) {
    let settings = ["-c", "user.name=Test", "-c", "user.email=test@localhost", "-c", "commit.gpgsign=false"];
    let done = Command::new("git").arg("-C").arg(folder).args(settings).args(arguments).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// A repository with the document of `tests/diff`, committed as `before.yaml` has it.
fn repository(version: &str) -> TempDir {
    let repository = TempDir::new().unwrap();
    let (there, from) = (repository.path(), workspace().join("xtask/tests/diff"));
    fs::create_dir_all(there.join("openapi/groups")).unwrap();
    for file in ["openapi/api.yaml", "openapi/groups/users.yaml"] {
        fs::copy(from.join(file), there.join(file)).unwrap();
    }
    // JSON or YAML makes no difference to who reads it.
    fs::copy(from.join("before.yaml"), there.join("openapi/zapmail.json")).unwrap();
    set_version(there, "0.1.0");
    git(there, &["init", "--quiet"]);
    git(there, &["add", "."]);
    git(there, &["commit", "--quiet", "-m", "Before"]);
    set_version(there, version);
    repository
}

fn set_version(there: &Path, version: &str) {
    fs::write(there.join("Cargo.toml"), format!("[workspace.package]\nversion = \"{version}\"\n")).unwrap();
}

#[test]
fn the_version_has_to_take_the_step() {
    for (version, expected) in [("0.1.0", 1), ("0.1.9", 1), ("0.2.0", 0), ("1.0.0", 0)] {
        let repository = repository(version);
        let folder = repository.path().join("openapi");
        let (code, changes, errors) = run(&["diff", "HEAD", "--check", "--openapi", folder.to_str().unwrap()]);
        assert_eq!(code, expected, "{version}: {changes}{errors}");
        assert!(changes.contains("breaking  User.email: property removed\n"), "{changes}");
        assert!(changes.contains(&format!("0.1.0 -> 0.2.0 (the workspace is at {version})\n")), "{changes}");
        assert_eq!(errors.contains("set `version` in [workspace.package] to 0.2.0 or more"), expected == 1);
    }
}

#[test]
fn without_check_it_only_tells() {
    let repository = repository("0.1.0");
    let folder = repository.path().join("openapi");
    assert_eq!(run(&["diff", "HEAD", "--openapi", folder.to_str().unwrap()]).0, 0);
}

#[test]
fn what_cannot_be_read_ends_with_2_and_a_word() {
    let repository = repository("0.1.0");
    let folder = repository.path().join("openapi");
    let folder = folder.to_str().unwrap();
    let text = repository.path().join("text.json");
    fs::write(&text, "[]").unwrap();
    for (base, word) in [
        ("no-such-revision", "is no file, and git cannot show"),
        ("--output=x", "unexpected argument"),
        (text.to_str().unwrap(), "is no OpenAPI document"),
    ] {
        let (code, _, errors) = run(&["diff", base, "--openapi", folder]);
        assert_eq!(code, 2, "{base}");
        assert!(errors.contains(word), "{base}: {errors}");
    }
    let before = workspace().join("xtask/tests/diff/before.yaml");
    let (code, _, errors) = run(&["diff", before.to_str().unwrap(), "--check", "--openapi", folder]);
    assert_eq!(code, 2);
    assert!(errors.contains("give it with --since"), "{errors}");
    let since = ["diff", before.to_str().unwrap(), "--check", "--since", "0.1.0", "--openapi", folder];
    assert_eq!(run(&since).0, 1);
}
