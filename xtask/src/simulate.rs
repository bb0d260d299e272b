//! `cargo xtask simulate`: runs simulations, or checks with mutations that the simulations find bugs.

mod mutation_run;
mod mutations;

use std::ffi::OsString;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::cargo;

#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  cargo xtask simulate -- --help                               the options of the simulation
  cargo xtask simulate --seeds 1000 --from 0                   the defaults
  cargo xtask simulate --from SEED --seeds 1 --shrink          repeat a failure, with the smallest plan that fails
  cargo xtask simulate --mutations=provisioning --seeds 300    only mutations whose names contain `provisioning`")]
pub struct Arguments {
    /// Apply each mutation to a copy of the client, and fail unless the seeds find all of them; writes
    /// target/mutations.md. With a text, apply only mutations whose names contain it. Comes before the other options
    #[arg(long, value_name = "PART", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    mutations: Option<String>,
    /// Options of the simulation
    #[arg(value_name = "OPTION", trailing_var_arg = true, allow_hyphen_values = true)]
    options: Vec<OsString>,
}

pub fn run(workspace: &Path, arguments: &Arguments) -> Result<ExitCode> {
    if let Some(part) = &arguments.mutations {
        return mutation_run::run(workspace, part, &arguments.options);
    }
    // In the caller's folder, which the names of files are relative to.
    let status = cargo::command(Path::new("."))
        .args(["run", "--release", "--quiet", "--package", "zapmail-simulation", "--manifest-path"])
        .arg(workspace.join("Cargo.toml"))
        .arg("--")
        .args(&arguments.options)
        .status()
        .context("cannot run cargo")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::{Arguments, Verb};

    #[test]
    fn options_are_passed_to_the_simulation() {
        for (arguments, mutations, options) in [
            ("--seeds 3 --shrink --save a.json", None, "--seeds 3 --shrink --save a.json"),
            ("--mutations --seeds 3", Some(""), "--seeds 3"),
            ("--mutations=part --from 1", Some("part"), "--from 1"),
            ("-- --help", None, "--help"),
        ] {
            let program = ["xtask", "simulate"].into_iter().chain(arguments.split(' '));
            let Verb::Simulate(parsed) = Arguments::parse_from(program).verb else { panic!("{arguments}") };
            let passed = parsed.options.join(" ".as_ref());
            assert_eq!((parsed.mutations.as_deref(), passed.to_str()), (mutations, Some(options)), "{arguments}");
        }
    }
}
