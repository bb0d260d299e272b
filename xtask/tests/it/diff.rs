//! Tests of `diff` with a revision of a temporary repository.

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

/// A repository with the document of `tests/diff`, in which `before.yaml` is committed.
fn repository(version: &str) -> TempDir {
    let repository = TempDir::new().unwrap();
    let (root, from) = (repository.path(), workspace().join("xtask/tests/diff"));
    fs::create_dir_all(root.join("openapi/groups")).unwrap();
    for file in ["openapi/api.yaml", "openapi/groups/users.yaml"] {
        fs::copy(from.join(file), root.join(file)).unwrap();
    }
    // The file can be JSON or YAML.
    fs::copy(from.join("before.yaml"), root.join("openapi/zapmail.json")).unwrap();
    set_version(root, "0.1.0");
    git(root, &["init", "--quiet"]);
    git(root, &["add", "."]);
    git(root, &["commit", "--quiet", "-m", "Before"]);
    set_version(root, version);
    repository
}

fn set_version(root: &Path, version: &str) {
    fs::write(root.join("Cargo.toml"), format!("[workspace.package]\nversion = \"{version}\"\n")).unwrap();
}

#[test]
fn check_fails_if_the_version_is_too_low() {
    for (version, expected) in [("0.1.0", 1), ("0.1.9", 1), ("0.2.0", 0), ("1.0.0", 0)] {
        let repository = repository(version);
        let folder = repository.path().join("openapi");
        let folder = folder.to_str().unwrap();
        assert_eq!(run(&["diff", "HEAD", "--openapi", folder]).0, 0, "without --check");
        let (code, changes, errors) = run(&["diff", "HEAD", "--check", "--openapi", folder]);
        assert_eq!(code, expected, "{version}: {changes}{errors}");
        assert!(changes.contains("breaking  User.email: property removed\n"), "{changes}");
        assert!(changes.contains(&format!("0.1.0 -> 0.2.0 (the workspace is at {version})\n")), "{changes}");
        assert_eq!(errors.contains("set `version` in [workspace.package] to 0.2.0 or higher"), expected == 1);
    }
}

#[test]
fn unreadable_base_exits_with_2_and_a_message() {
    let repository = repository("0.1.0");
    let folder = repository.path().join("openapi");
    let folder = folder.to_str().unwrap();
    let text = repository.path().join("text.json");
    fs::write(&text, "[]").unwrap();
    for (base, message) in [
        ("no-such-revision", "is not a file, and git cannot show"),
        ("--output=x", "unexpected argument"),
        (text.to_str().unwrap(), "is not an OpenAPI document"),
    ] {
        let (code, _, errors) = run(&["diff", base, "--openapi", folder]);
        assert_eq!(code, 2, "{base}");
        assert!(errors.contains(message), "{base}: {errors}");
    }
    let before = workspace().join("xtask/tests/diff/before.yaml");
    let (code, _, errors) = run(&["diff", before.to_str().unwrap(), "--check", "--openapi", folder]);
    assert_eq!(code, 2);
    assert!(errors.contains("pass it with --since"), "{errors}");
    let since = ["diff", before.to_str().unwrap(), "--check", "--since", "0.1.0", "--openapi", folder];
    assert_eq!(run(&since).0, 1);
}
