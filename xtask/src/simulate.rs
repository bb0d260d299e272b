//! `cargo xtask simulate`: runs simulations of any seeds, or shows that they find what is broken on purpose.

mod mutations;
mod trial;

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
    /// Make the plan of a seed that fails smaller, and print what happens in it
    #[arg(long)]
    shrink: bool,
    /// Print what happens with the first seed, also if nothing fails
    #[arg(long)]
    trace: bool,
    /// Go on after a failure, and list them all
    #[arg(long)]
    all: bool,
    /// File for the plan of a seed that fails; `tests/simulation/found` has those that once failed
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Break the client in many ways, in a copy, and fail unless the seeds find each; writes target/mutations.md. With a text,
    /// only in those ways whose names contain it
    #[arg(long, value_name = "PART", num_args = 0..=1, default_missing_value = "")]
    mutations: Option<String>,
}

pub fn run(workspace: &Path, arguments: &Arguments) -> Result<ExitCode> {
    if let Some(part) = &arguments.mutations {
        return trial::run(workspace, part, arguments.from, arguments.seeds);
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
        // From where the caller is.
        command.arg("--save").arg(std::path::absolute(file)?);
    }
    let status = command.status().context("cannot run cargo")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
