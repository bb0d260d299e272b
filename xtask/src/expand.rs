//! `cargo xtask expand`: prints the generated client.

mod pick;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::Value;

use crate::cargo;
use crate::document::{Document, text};

/// The arguments of `expand`.
#[derive(Debug, Args)]
#[command(after_help = "\
Builds zapmail-sdk first, and prints the output of its build script.

Examples:
  cargo xtask expand get_user      the builder of one operation, and its types
  cargo xtask expand | less        the whole client")]
pub struct Arguments {
    /// Operation id, which is also the name of the client's method
    operation: Option<String>,
}

pub fn run(folder: &Path, arguments: &Arguments) -> Result<ExitCode> {
    if let Some(operation) = &arguments.operation {
        Document::read(folder)?.named(operation)?;
    }
    let generated = generated(&crate::workspace_folder())?;
    let read = |name: &str| {
        let file = generated.join(name);
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
    };
    let code = match &arguments.operation {
        Some(operation) => pick::operation(&read("client.rs")?, &read("open_enums.rs")?, operation)?,
        None => read("client.rs")?,
    };
    anstream::print!("{code}");
    Ok(ExitCode::SUCCESS)
}

/// Builds zapmail-sdk, and returns the output folder of its build script.
fn generated(workspace: &Path) -> Result<PathBuf> {
    let mut build = cargo::command(workspace);
    build.args(["build", "--quiet", "--package", "zapmail-sdk", "--message-format=json-render-diagnostics"]);
    let messages = cargo::output(&mut build)?;
    out_folder(&messages).context(
        "cargo did not report the output folder of zapmail-sdk's build script; run `cargo clean --package zapmail-sdk`",
    )
}

/// Finds the output folder in cargo's messages.
fn out_folder(messages: &str) -> Option<PathBuf> {
    messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).find_map(|message| {
        let package = text(&message["package_id"]);
        let ours = package.contains("/zapmail-sdk#") || package.contains("#zapmail-sdk@");
        (text(&message["reason"]) == "build-script-executed" && ours).then(|| PathBuf::from(text(&message["out_dir"])))
    })
}

#[cfg(test)]
mod tests {
    use super::out_folder;

    #[test]
    fn output_folder_of_the_build_script_is_found() {
        let message = |package: &str, reason: &str| {
            format!(r#"{{"reason":"{reason}","package_id":"path+file:///w/{package}","out_dir":"/t/{package}"}}"#)
        };
        let messages = [
            message("zapmail-sdk#0.1.0", "compiler-artifact"),
            message("zapmail-sdk-httpmock#0.1.0", "build-script-executed"),
            message("zapmail-sdk#0.1.0", "build-script-executed"),
            "no json".to_owned(),
        ];
        assert_eq!(out_folder(&messages.join("\n")).unwrap().to_str(), Some("/t/zapmail-sdk#0.1.0"));
        assert_eq!(out_folder(&messages[..2].join("\n")), None);
    }
}
