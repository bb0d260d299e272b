//! `cargo xtask simulate`: runs simulations, or checks with mutations that the simulations find bugs.

mod mutation_run;
mod mutations;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::cargo;

#[derive(clap::Args)]
pub struct Arguments {
    /// Number of seeds
    #[arg(long, value_name = "N", default_value_t = 1000)]
    seeds: u64,
    /// First seed
    #[arg(long, value_name = "SEED", default_value_t = 0)]
    from: u64,
    /// Shrink the plan of a failing seed, and print its trace
    #[arg(long)]
    shrink: bool,
    /// Print the trace of the first seed, even if it passes
    #[arg(long)]
    trace: bool,
    /// Continue after a failure, and list all failures
    #[arg(long)]
    all: bool,
    /// File for the plan of a failing seed; `tests/simulation/found` has plans that failed in the past
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Apply each mutation to a copy of the client, and fail unless the seeds find all of them; writes
    /// target/mutations.md. With a text, apply only mutations whose names contain it
    #[arg(long, value_name = "PART", num_args = 0..=1, default_missing_value = "")]
    mutations: Option<String>,
}

pub fn run(workspace: &Path, arguments: &Arguments) -> Result<ExitCode> {
    if let Some(part) = &arguments.mutations {
        return mutation_run::run(workspace, part, arguments.from, arguments.seeds);
    }
    let mut command = cargo::command(workspace);
    command.args(["run", "--release", "--quiet", "--package", "zapmail-simulation", "--"]);
    command.args(["--seeds", &arguments.seeds.to_string(), "--from", &arguments.from.to_string()]);
    for (flag, is_set) in [("--shrink", arguments.shrink), ("--trace", arguments.trace), ("--all", arguments.all)] {
        if is_set {
            command.arg(flag);
        }
    }
    if let Some(file) = &arguments.save {
        // Relative to the caller's folder, not to the workspace.
        command.arg("--save").arg(std::path::absolute(file)?);
    }
    let status = command.status().context("cannot run cargo")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
