//! `cargo xtask`: regenerates and checks everything that is generated in this workspace. One file a verb.

mod check;
mod coverage;
mod document;
mod finding;
mod generated;
mod index;
mod regen;
mod rules;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Regenerates and checks everything that is generated in this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    /// Folder of the document, for working on a copy
    #[arg(long, global = true, value_name = "DIR", default_value_os_t = openapi_folder())]
    openapi: PathBuf,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Merge api.yaml and groups/*.yaml; write zapmail.json and OPERATIONS.md
    Regen,
    /// Fail when a rule of the document is broken or a generated file is stale; write nothing
    Check,
    /// Print how much of the API is covered, group by group
    Coverage,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode> {
    match arguments.verb {
        Verb::Regen => regen::run(&arguments.openapi),
        Verb::Check => check::run(&arguments.openapi),
        Verb::Coverage => coverage::run(&arguments.openapi),
    }
}

/// The folder `openapi` of the workspace that xtask was built in.
fn openapi_folder() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).join("openapi")
}
