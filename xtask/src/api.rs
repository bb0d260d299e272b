//! `cargo xtask api`: the public API of the published crates, as text that is checked in.
//!
//! A change of the surface is then visible in the diff of a change, and `--check` fails if nobody looked at it. The text
//! is that of cargo-public-api, without implementations that are derived, automatic or blanket.
//!
//! It is made from rustdoc's JSON, whose format belongs to one version of Rust. With another, nothing can be said.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use similar::TextDiff;

use crate::cargo;

#[derive(Args)]
pub struct Arguments {
    /// Compare with the files that are checked in, instead of writing them
    #[arg(long)]
    check: bool,
}

/// The published crates, and the folder of each.
const CRATES: [(&str, &str); 5] = [
    ("zapmail-openapi", "openapi"),
    ("zapmail-sdk", "zapmail-sdk"),
    ("zapmail-sdk-ext", "zapmail-sdk-ext"),
    ("zapmail-sdk-httpmock", "tests/httpmock"),
    ("zapmail-sandbox", "tests/sandbox"),
];

const FILE: &str = "public-api.txt";

pub fn run(workspace: &Path, arguments: &Arguments) -> Result<ExitCode> {
    let mut is_same = true;
    let doc = rustdoc_json(workspace)?;
    for (name, folder) in CRATES {
        let json = doc.join(format!("{}.json", name.replace('-', "_")));
        let text = match text_of(&json) {
            Ok(text) => text,
            Err(error) if arguments.check => {
                println!("not checked: the rustdoc of this Rust has another format ({error})");
                return Ok(ExitCode::SUCCESS);
            }
            Err(error) => bail!("the rustdoc of this Rust has another format ({error}); use the newest stable Rust"),
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
        println!("the public API is as checked in");
    }
    Ok(if is_same { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Has rustdoc describe the crates with all their features, and returns the folder of what it writes.
///
/// All in one run: with one for each crate, what they depend on would be compiled again for each choice of features.
fn rustdoc_json(workspace: &Path) -> Result<PathBuf> {
    let status = cargo::command(workspace)
        .args(["doc", "--quiet", "--no-deps", "--lib", "--all-features"])
        .args(CRATES.iter().flat_map(|(name, _)| ["--package", name]))
        .env("RUSTDOCFLAGS", "-Z unstable-options --output-format json --cap-lints allow")
        // The format is unstable, and the toolchain is whichever is there.
        .env("RUSTC_BOOTSTRAP", "1")
        .status()
        .context("cannot run cargo doc")?;
    if !status.success() {
        bail!("cargo doc fails; see above");
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| workspace.join("target"), PathBuf::from);
    Ok(target.join("doc"))
}

fn text_of(json: &Path) -> Result<String, public_api::Error> {
    let api = public_api::Builder::from_rustdoc_json(json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()?;
    Ok(api.items().map(|item| format!("{item}\n")).collect())
}

/// Prints what differs from the file.
fn compare(file: &Path, text: &str) -> bool {
    let checked_in = fs::read_to_string(file).unwrap_or_default();
    if checked_in == text {
        return true;
    }
    println!("{} is stale; look at the change, then run `cargo xtask api`", file.display());
    let diff = TextDiff::from_lines(checked_in.as_str(), text);
    print!("{}", diff.unified_diff().context_radius(0).header("checked in", "now"));
    false
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::compare;

    #[test]
    fn stale_file_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("public-api.txt");
        assert!(!compare(&file, "pub mod a\n"), "missing");
        fs::write(&file, "pub mod a\n").unwrap();
        assert!(compare(&file, "pub mod a\n"));
        assert!(!compare(&file, "pub mod a\npub fn a::b()\n"));
    }
}
