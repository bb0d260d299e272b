//! `cargo xtask api`: the public API of the published libraries, as checked-in text.
//!
//! Changes of the public API are then visible in diffs, and `--check` fails if the text is stale. The format is that of
//! cargo-public-api, without derived, automatic and blanket implementations.
//!
//! The text is generated from rustdoc's JSON. Its format differs between versions of Rust; with an unsupported version,
//! the API cannot be checked.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use similar::TextDiff;

use crate::cargo::{self, Package};
use crate::document::text;

#[derive(Args)]
pub struct Arguments {
    /// Compare with the checked-in files instead of writing them
    #[arg(long)]
    check: bool,
}

/// The file with the API, in the folder of each crate.
const FILE: &str = "public-api.txt";

pub fn run(workspace: &Path, arguments: &Arguments) -> Result<ExitCode> {
    let mut crates = cargo::packages(workspace)?;
    crates.retain(|package| package.is_published && package.is_library);
    let mut is_same = true;
    let doc = rustdoc_json(workspace, &crates)?;
    for Package { name, folder, .. } in &crates {
        let json = doc.join(format!("{}.json", name.replace('-', "_")));
        let Some(text) = text_of(&json)? else {
            if arguments.check {
                println!("not checked: this version of rustdoc has an unsupported format");
                return Ok(ExitCode::SUCCESS);
            }
            bail!("this version of rustdoc has an unsupported format; use the latest stable Rust");
        };
        let file = workspace.join(folder).join(FILE);
        if arguments.check {
            is_same &= compare(&file, &text);
        } else {
            fs::write(&file, &text).with_context(|| format!("cannot write {}", file.display()))?;
            println!("wrote {folder}/{FILE}: {} lines", text.lines().count());
        }
    }
    if arguments.check && is_same {
        println!("the public API matches the checked-in files");
    }
    Ok(if is_same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Runs rustdoc on the crates with all their features, and returns its output folder.
///
/// One run covers all crates. Separate runs would compile the dependencies again for each set of features.
fn rustdoc_json(workspace: &Path, crates: &[Package]) -> Result<PathBuf> {
    let status = cargo::command(workspace)
        .args(["doc", "--quiet", "--no-deps", "--lib", "--all-features"])
        .args(crates.iter().flat_map(|package| ["--package", &package.name]))
        .env("RUSTDOCFLAGS", "-Z unstable-options --output-format json --cap-lints allow")
        // The format is unstable, and the installed toolchain can be a stable one.
        .env("RUSTC_BOOTSTRAP", "1")
        .status()
        .context("cannot run cargo doc")?;
    if !status.success() {
        bail!("cargo doc failed; see above");
    }
    let metadata = cargo::metadata(workspace, &["--no-deps"])?;
    Ok(Path::new(text(&metadata["target_directory"])).join("doc"))
}

/// Returns the API as text, or `None` if the JSON has an unsupported format.
fn text_of(json: &Path) -> Result<Option<String>> {
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build();
    match api {
        Ok(api) => Ok(Some(api.items().map(|item| format!("{item}\n")).collect())),
        Err(public_api::Error::SerdeJsonError(_)) => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", json.display())),
    }
}

/// Compares the text with the checked-in file, and prints the differences.
fn compare(file: &Path, text: &str) -> bool {
    let checked_in = fs::read_to_string(file).unwrap_or_default();
    if checked_in == text {
        return true;
    }
    println!("{} is stale; review the changes, then run `cargo xtask api`", file.display());
    let diff = TextDiff::from_lines(checked_in.as_str(), text);
    print!("{}", diff.unified_diff().context_radius(0).header("checked in", "now"));
    false
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{compare, text_of};

    #[test]
    fn stale_file_is_reported() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("public-api.txt");
        assert!(!compare(&file, "pub mod a\n"), "missing");
        fs::write(&file, "pub mod a\n").unwrap();
        assert!(compare(&file, "pub mod a\n"));
        assert!(!compare(&file, "pub mod a\npub fn a::b()\n"));
    }

    #[test]
    fn only_an_unsupported_format_is_not_checked() {
        let folder = tempfile::tempdir().unwrap();
        let json = folder.path().join("a.json");
        assert!(text_of(&json).unwrap_err().to_string().contains("cannot read"), "missing");
        fs::write(&json, "{}").unwrap();
        assert_eq!(text_of(&json).unwrap(), None);
    }
}
