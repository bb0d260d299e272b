//! Checks of a package: the files that it must contain, and files that it must not contain.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// Licenses in every package, with the same text as in the workspace: each crate's folder has a link to them.
const LICENSES: [&str; 2] = ["LICENSE-APACHE", "LICENSE-MIT"];

/// Files that cargo adds.
const BY_CARGO: [&str; 4] = [".cargo_vcs_info.json", "Cargo.lock", "Cargo.toml", "Cargo.toml.orig"];

/// Folders of source code, and of text that the code includes.
const SOURCES: [&str; 5] = ["benches", "build", "examples", "src", "tests"];

/// The document, the file that it is merged from, and its table of operations.
const DOCUMENT: [&str; 3] = ["OPERATIONS.md", "api.yaml", "zapmail.json"];

/// Returns the number of files in the unpacked package, and the findings about them.
pub fn check(unpacked: &Path, workspace: &Path) -> Result<(usize, Vec<String>)> {
    let mut files = Vec::new();
    list(unpacked, "", &mut files)?;
    let unexpected = files.iter().filter(|file| !belongs(file));
    let mut findings: Vec<_> = unexpected
        .map(|file| format!("{file} does not belong in the package; adjust `include` in Cargo.toml"))
        .collect();
    let text = |folder: &Path, file: &str| fs::read_to_string(folder.join(file)).unwrap_or_default();
    if text(unpacked, "README.md").is_empty() {
        findings.push("has no README.md; add one, and add it to `include` in Cargo.toml".to_owned());
    }
    for license in LICENSES {
        let packed = text(unpacked, license);
        // A file that is missing on both sides must not count as equal.
        if packed.is_empty() || packed != text(workspace, license) {
            findings.push(format!(
                "does not contain the text of {license}; check the link to it, and `include` in Cargo.toml"
            ));
        }
    }
    for file in files.iter().filter(|file| file.ends_with(".rs")) {
        let code = text(unpacked, file);
        let outside = named(&code).filter(|named| !reaches(unpacked, file, named));
        findings.extend(outside.map(|named| {
            format!("{file} refers to {named}, which is not in the package; adjust `include` in Cargo.toml")
        }));
    }
    Ok((files.len(), findings))
}

/// The files that this code includes, or that a `#[path]` refers to. For the library, the build already checks them,
/// but the packed tests, benchmarks and examples are never built.
fn named(code: &str) -> impl Iterator<Item = &str> {
    let lines = code.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
    lines.filter_map(|line| {
        let literal =
            ["include_str!(\"", "include!(\"", "#[path = \""].iter().find_map(|before| line.split_once(before))?.1;
        Some(literal.split_once('"')?.0)
    })
}

/// Whether the path `named`, relative to `file`, leads to a file in the package.
fn reaches(unpacked: &Path, file: &str, named: &str) -> bool {
    let folder = unpacked.join(file).parent().map(|folder| folder.join(named));
    folder.and_then(|named| named.canonicalize().ok()).is_some_and(|named| {
        // Links and `..` are resolved on both sides.
        unpacked.canonicalize().is_ok_and(|unpacked| named.starts_with(unpacked))
    })
}

/// Findings about metadata that crates.io shows and that is missing. `repository` is not required: there is none.
pub fn gaps(package: &Value) -> Vec<String> {
    let texts = ["description", "documentation", "license", "readme", "rust_version"];
    let texts = texts.into_iter().filter(|field| package[field].as_str().is_none_or(str::is_empty));
    // crates.io accepts at most five of each.
    let few = |field: &str| package[field].as_array().is_some_and(|list| (1..=5).contains(&list.len()));
    let lists = ["categories", "keywords"].into_iter().filter(|field| !few(field));
    texts
        .chain(lists)
        .map(|field| format!("`{}` is missing in Cargo.toml, or too long", field.replace('_', "-")))
        .collect()
}

fn belongs(file: &str) -> bool {
    match file.split_once('/') {
        None => {
            file == "README.md" || file == "build.rs" || [&LICENSES[..], &BY_CARGO, &DOCUMENT].concat().contains(&file)
        }
        Some(("groups", file)) => !file.contains('/') && file.ends_with(".yaml"),
        Some((folder, file)) => {
            SOURCES.contains(&folder) && [".rs", ".md", ".lua"].iter().any(|ending| file.ends_with(ending))
        }
    }
}

/// Lists all files below the folder, with `/` as the separator.
fn list(folder: &Path, below: &str, files: &mut Vec<String>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let entry = entry.with_context(|| format!("cannot read {}", folder.display()))?;
        let name = format!("{below}{}", entry.file_name().to_string_lossy());
        // Links to folders are not followed, because they could lead out of the package.
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            list(&entry.path(), &format!("{name}/"), files)?;
        } else {
            files.push(name);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use serde_json::json;

    use super::{belongs, check, gaps};
    use crate::files::replace;

    /// A workspace, and a package with its licenses.
    fn licensed(folder: &Path) -> (PathBuf, PathBuf) {
        let (workspace, package) = (folder.join("workspace"), folder.join("package"));
        for license in super::LICENSES {
            for folder in [&workspace, &package] {
                replace(&folder.join(license), license).unwrap();
            }
        }
        (workspace, package)
    }

    #[test]
    fn sources_and_the_document_belong_in_a_package() {
        for file in [
            "src/lib.rs",
            "src/guide/start.md",
            "src/slots.lua",
            "tests/it/main.rs",
            "build.rs",
            "groups/dns.yaml",
            "LICENSE-MIT",
        ] {
            assert!(belongs(file), "{file}");
        }
        for file in
            ["operations.tsv", "src/lib.rs.orig", "src/.lib.rs.swp", "target/debug/x.rs", "schemathesis.sh", "a.rs"]
        {
            assert!(!belongs(file), "{file}");
        }
    }

    #[test]
    fn package_has_its_readme_and_the_licenses_of_the_workspace() {
        let folder = tempfile::TempDir::new().unwrap();
        let (workspace, package) = licensed(folder.path());
        let write = |folder: &Path, file: &str, text: &str| replace(&folder.join(file), text).unwrap();
        write(&package, "README.md", "# A crate");
        write(&package, "src/deep/down.rs", "");
        assert_eq!(check(&package, &workspace).unwrap(), (4, Vec::new()));

        // The file that git creates for a link on a system without links.
        write(&package, "LICENSE-MIT", "../LICENSE-MIT");
        write(&package, "README.md", "");
        write(&package, "notes.txt", "");
        let (files, findings) = check(&package, &workspace).unwrap();
        let expected = ["notes.txt does not belong", "has no README.md", "does not contain the text of LICENSE-MIT"];
        assert_eq!((files, findings.len()), (5, expected.len()), "{findings:?}");
        for (finding, expected) in findings.iter().zip(expected) {
            assert!(finding.starts_with(expected), "{finding}");
        }
    }

    #[test]
    fn license_missing_in_package_and_workspace_is_found() {
        let folder = tempfile::TempDir::new().unwrap();
        let (workspace, package) = licensed(folder.path());
        replace(&package.join("README.md"), "# A crate").unwrap();
        for folder in [&workspace, &package] {
            std::fs::remove_file(folder.join("LICENSE-APACHE")).unwrap();
        }
        let (_, findings) = check(&package, &workspace).unwrap();
        assert!(
            matches!(&findings[..], [one] if one.starts_with("does not contain the text of LICENSE-APACHE")),
            "{findings:?}"
        );
    }

    #[test]
    fn reference_to_a_file_outside_the_package_is_found() {
        let folder = tempfile::TempDir::new().unwrap();
        let (workspace, package) = licensed(folder.path());
        let write = |file: &str, text: &str| replace(&folder.path().join(file), text).unwrap();
        write("workspace/README.md", "# All crates");
        write("package/README.md", "# A crate");
        write(
            "package/src/lib.rs",
            "#[path = \"deep/down.rs\"]\nmod down;\n#![doc = include_str!(\"../README.md\")]\n",
        );
        write("package/src/deep/down.rs", "// include_str!(\"none.md\")");
        write(
            "package/tests/it.rs",
            "const ALL: &str = include_str!(\"../../workspace/README.md\");\ninclude!(\"a.rs\");",
        );
        let (_, findings) = check(&package, &workspace).unwrap();
        let names = ["../../workspace/README.md", "a.rs"].map(|file| {
            format!("tests/it.rs refers to {file}, which is not in the package; adjust `include` in Cargo.toml")
        });
        assert_eq!(findings, names);
    }

    #[test]
    fn missing_metadata_is_found() {
        let whole = json!({
            "description": "A crate", "documentation": "https://docs.rs/a-crate", "license": "MIT", "readme": "README.md",
            "rust_version": "1.88", "keywords": ["one"], "categories": ["email"],
        });
        assert!(gaps(&whole).is_empty());
        let mut broken = whole;
        broken["license"] = json!(null);
        broken["rust_version"] = json!("");
        broken["keywords"] = json!(["1", "2", "3", "4", "5", "6"]);
        let gaps = gaps(&broken);
        assert_eq!(gaps.len(), 3, "{gaps:?}");
        assert!(gaps[1].contains("`rust-version`"), "{gaps:?}");
    }
}
