//! `cargo xtask`: regenerates and checks all generated files of this workspace. Each command has a module.

mod adopt;
mod api;
mod bench;
mod build_cost;
mod cargo;
mod check;
mod cycles;
mod diff;
mod difference;
mod document;
mod drift;
mod expand;
mod features;
mod files;
mod finding;
#[cfg(test)]
mod fixture;
mod generated;
mod git;
mod index;
mod language;
mod messages;
mod package;
mod quick;
mod regen;
mod rules;
mod schema;
#[cfg(test)]
mod security;
mod simulate;
mod suggest;
mod test_items;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Regenerates and checks all generated files of this workspace.
#[derive(Parser)]
// Lines are never wrapped, regardless of clap's feature `wrap_help`, which only another program of the workspace needs.
#[command(name = "cargo xtask", bin_name = "cargo xtask", term_width = 0)]
struct Arguments {
    /// Folder of the document, to work on a copy
    #[arg(long, global = true, value_name = "DIR", default_value_os_t = openapi_folder())]
    openapi: PathBuf,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Merge api.yaml and groups/*.yaml; write zapmail.json and OPERATIONS.md
    Regen,
    /// Fail if a rule of the document is broken, a phrase is not English, or a generated file is stale; write nothing
    Check,
    /// Run the benchmarks of zapmail-sdk-ext
    Bench(bench::Arguments),
    /// Compare clean builds with octocrab's
    BuildCost(build_cost::Arguments),
    /// Compare the document with the pages of the official documentation
    Drift(drift::Arguments),
    /// Write an operation into its group file, as its page documents it
    Adopt(adopt::Arguments),
    /// Report what changed in the document for users of the crates, and the required version step
    Diff(diff::Arguments),
    /// Print the generated client, or one operation's builder with its types
    Expand(expand::Arguments),
    /// Simulate the client against the sandbox; a seed determines time, faults, crashes and cancellations
    Simulate(simulate::Arguments),
    /// Write all texts that the programs can print to docs/messages.txt
    Messages,
    /// Write the public API of the published crates as text, or compare it with the checked-in files
    Api(api::Arguments),
    /// Run the checks and tests of the packages that a change touches
    Quick(quick::Arguments),
    /// Check that the crates compile with the supported combinations of features
    Features,
    /// Pack the published crates, check the contents of the packages, and use them in a program outside the workspace
    Package,
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
    match &arguments.verb {
        Verb::Regen => regen::run(&arguments.openapi),
        Verb::Check => {
            let is_own = arguments.openapi == openapi_folder();
            check::run(&arguments.openapi, is_own.then(workspace_folder).as_deref())
        }
        Verb::Bench(bench) => bench::run(&workspace_folder(), bench),
        Verb::BuildCost(cost) => build_cost::run(&workspace_folder(), cost),
        Verb::Drift(drift) => drift::run(&arguments.openapi, drift),
        Verb::Adopt(adopt) => adopt::run(&arguments.openapi, adopt),
        Verb::Diff(diff) => diff::run(&arguments.openapi, diff),
        Verb::Expand(expand) => expand::run(&arguments.openapi, expand),
        Verb::Api(api) => api::run(&workspace_folder(), api),
        Verb::Simulate(simulation) => simulate::run(&workspace_folder(), simulation),
        Verb::Messages => messages::run(&workspace_folder()),
        Verb::Quick(quick) => quick::run(&workspace_folder(), quick),
        Verb::Features => features::run(&workspace_folder()),
        Verb::Package => package::run(&workspace_folder()),
    }
}

/// The workspace in which xtask was built.
fn workspace_folder() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// The folder `openapi` of the workspace.
fn openapi_folder() -> PathBuf {
    workspace_folder().join("openapi")
}
