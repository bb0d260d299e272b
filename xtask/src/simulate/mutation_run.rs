//! A mutation run: applies one mutation at a time to a copy of the workspace, and simulates until a seed fails.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use super::mutations::{MUTATIONS, Mutation};
use crate::{cargo, files};

/// The result of a mutation.
struct Outcome {
    mutation: &'static Mutation,
    /// The seed that found it, and the failure.
    found: Option<(u64, String)>,
}

pub fn run(workspace: &Path, part: &str, options: &[OsString]) -> Result<ExitCode> {
    let mutations: Vec<_> = MUTATIONS.iter().filter(|mutation| mutation.name.contains(part)).collect();
    if mutations.is_empty() {
        bail!("no name of a mutation contains `{part}`; see xtask/src/simulate/mutations.rs");
    }
    let folder = workspace.join("target/mutations");
    let copy = folder.join("workspace");
    copy_sources(workspace, &copy)?;
    let mutation_run = MutationRun { copy, target: folder.join("target"), options };
    if let Some((seed, what)) = mutation_run.simulate()? {
        bail!("seed {seed} fails without a mutation; correct the client first: {what}");
    }
    let mut outcomes = Vec::new();
    for mutation in mutations {
        let found = mutation_run.run(mutation)?;
        match &found {
            Some((seed, what)) => eprintln!("{}: seed {seed}, {what}", mutation.name),
            None => eprintln!("{}: NOT FOUND", mutation.name),
        }
        outcomes.push(Outcome { mutation, found });
    }
    let table = table(&outcomes);
    files::replace(&workspace.join("target/mutations.md"), &table)?;
    print!("{table}");
    let all = outcomes.iter().all(|outcome| outcome.found.is_some());
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A copy of the workspace for mutations, and the options of the simulation, such as its seeds.
struct MutationRun<'a> {
    copy: PathBuf,
    target: PathBuf,
    options: &'a [OsString],
}

impl MutationRun<'_> {
    /// Applies a mutation, simulates, and reverts it.
    fn run(&self, mutation: &Mutation) -> Result<Option<(u64, String)>> {
        let path = self.copy.join(mutation.file);
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let Some(mutated) = mutation.apply(&text) else {
            let Mutation { name, file, find, .. } = mutation;
            bail!("{name}: {file} does not contain `{find}` exactly once; adapt xtask/src/simulate/mutations.rs");
        };
        fs::write(&path, mutated)?;
        let found = self.simulate();
        fs::write(&path, text)?;
        found.with_context(|| mutation.name)
    }

    /// Returns the first failing seed and its failure.
    fn simulate(&self) -> Result<Option<(u64, String)>> {
        let build = cargo::command(&self.copy)
            .args(["build", "--quiet", "--package", "zapmail-simulation"])
            .env("CARGO_TARGET_DIR", &self.target)
            .env("RUSTFLAGS", "--cap-lints allow")
            .status()
            .context("cannot run cargo")?;
        if !build.success() {
            bail!("the mutated client does not compile; adapt xtask/src/simulate/mutations.rs");
        }
        let program = format!("zapmail-simulation{}", std::env::consts::EXE_SUFFIX);
        let output = Command::new(self.target.join("debug").join(program))
            .args(self.options)
            .output()
            .context("cannot run the simulation")?;
        let text = String::from_utf8_lossy(&output.stdout);
        let first = text.lines().find_map(|line| line.strip_prefix("seed "));
        match first.and_then(|line| line.split_once(": ")) {
            Some((seed, what)) => Ok(Some((seed.parse()?, what.to_owned()))),
            None if output.status.success() => Ok(None),
            None => bail!("the simulation failed without a report: {}", String::from_utf8_lossy(&output.stderr)),
        }
    }
}

/// Copies tracked files and untracked files that git does not ignore. Unchanged files keep their modification time, so
/// that cargo does not rebuild them.
fn copy_sources(workspace: &Path, copy: &Path) -> Result<()> {
    for name in files::sources(workspace)? {
        let name = Path::new(&name);
        let text = fs::read(workspace.join(name)).with_context(|| format!("cannot read {}", name.display()))?;
        let path = copy.join(name);
        if fs::read(&path).ok().as_ref() != Some(&text) {
            fs::create_dir_all(path.parent().unwrap_or(copy))?;
            fs::write(path, text)?;
        }
    }
    Ok(())
}

fn table(outcomes: &[Outcome]) -> String {
    let mut table = "| mutation | found by seed | failure |\n| --- | ---: | --- |\n".to_owned();
    for Outcome { mutation, found } in outcomes {
        let (seed, what) = match found {
            Some((seed, what)) => (seed.to_string(), what.split(": ").next().unwrap_or_default()),
            None => ("-".to_owned(), "NOT FOUND"),
        };
        table.push_str(&format!("| {} | {seed} | {what} |\n", mutation.name));
    }
    table
}
