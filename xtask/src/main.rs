//! `cargo xtask`: regenerates and checks everything that is generated in this workspace. One file a verb.

mod adopt;
mod api;
mod bench;
mod build_cost;
mod cargo;
mod check;
mod coverage;
mod diff;
mod document;
mod drift;
mod expand;
mod features;
mod files;
mod finding;
#[cfg(test)]
mod fixture;
mod generated;
mod index;
mod measured;
mod package;
mod regen;
mod rules;
mod schema;
mod simulate;
mod suggest;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Regenerates and checks everything that is generated in this workspace.
#[derive(Parser)]
// Lines are not wrapped: the feature of clap that wraps them belongs to another program of the workspace.
#[command(name = "cargo xtask", bin_name = "cargo xtask", term_width = 0)]
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
    /// Run the benches of zapmail-sdk-ext; write target/bench.md and target/bench.json
    Bench(bench::Arguments),
    /// Measure clean builds beside octocrab's; write target/build-cost.md and target/build-cost.json
    BuildCost(build_cost::Arguments),
    /// Compare the document with the pages of the official documentation
    Drift(drift::Arguments),
    /// Write what an operation's page says into its group file
    Adopt(adopt::Arguments),
    /// Tell what changed in the document for users of the crates, and the version step it demands
    Diff(diff::Arguments),
    /// Print the generated client, or one operation's builder with its types
    Expand(expand::Arguments),
    /// Simulate the client over the sandbox's service: a seed decides time, faults, crashes and cancellations
    Simulate(simulate::Arguments),
    /// Write the public API of the published crates as text, or compare it
    Api(api::Arguments),
    /// Check that the crates compile with each combination of features that makes sense
    Features,
    /// Pack the published crates, check what is in the packages, and use them in a program outside the workspace
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
        Verb::Check => check::run(&arguments.openapi),
        Verb::Coverage => coverage::run(&arguments.openapi),
        Verb::Bench(bench) => bench::run(&workspace_folder(), bench),
        Verb::BuildCost(cost) => build_cost::run(&workspace_folder(), cost),
        Verb::Drift(drift) => drift::run(&arguments.openapi, drift),
        Verb::Adopt(adopt) => adopt::run(&arguments.openapi, adopt),
        Verb::Diff(diff) => diff::run(&arguments.openapi, diff),
        Verb::Expand(expand) => expand::run(&arguments.openapi, expand),
        Verb::Api(api) => api::run(&workspace_folder(), api),
        Verb::Simulate(simulation) => simulate::run(&workspace_folder(), simulation),
        Verb::Features => features::run(&workspace_folder()),
        Verb::Package => package::run(&workspace_folder()),
    }
}

/// The workspace that xtask was built in.
fn workspace_folder() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// Its folder `openapi`.
fn openapi_folder() -> PathBuf {
    workspace_folder().join("openapi")
}
