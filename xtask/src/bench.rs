//! `cargo xtask bench`: runs the benchmarks of `zapmail-sdk-ext`, and combines the results into one table.
//!
//! Times are measured in rounds, each of which runs every benchmark once. Ratios are computed within a round, and the
//! median over all rounds is reported, to cancel out background load.

mod limits;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::measured::{self, Row};
use crate::{cargo, files};

/// The name of the baseline.
const BY_HAND: &str = "by hand";

/// The goals: the prefix of the group's name, the name of the row, and the maximum ratio.
const GOALS: [(&str, &str, f64); 5] = [
    ("CPU: get_user", "zapmail-sdk-ext", 1.05),
    ("CPU: list_mailboxes", "zapmail-sdk-ext", 1.05),
    ("20 pages", "zapmail-sdk-ext, pages()", 1.05),
    ("streaming", "all 100,200", 1.2),
    ("streaming", "all 100,200, less the ids", 1.2),
];

#[derive(clap::Args)]
pub struct Arguments {
    /// What to measure; defaults to everything except the rate limits
    #[arg(value_enum)]
    subject: Option<Subject>,
    /// Number of rounds for measurements of time
    #[arg(long, value_name = "N", default_value_t = 5)]
    rounds: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Subject {
    /// The rate limits, for about two minutes; writes docs/performance.md
    Limits,
}

pub fn run(workspace: &Path, arguments: &Arguments) -> Result<ExitCode> {
    if arguments.subject == Some(Subject::Limits) {
        return limits::run(workspace);
    }
    let target = workspace.join("target");
    let criterion = target.join("bench/criterion");
    let report = target.join("bench/once.json");
    if criterion.exists() {
        fs::remove_dir_all(&criterion).context("cannot remove the results of an earlier run")?;
    }
    fs::create_dir_all(&criterion).with_context(|| format!("cannot create {}", criterion.display()))?;

    // Built once, so that a change of the code between two rounds has no effect.
    let [cpu, once] = [build(workspace, "cpu", &[])?, build(workspace, "once", &[])?];
    let mut rounds = Vec::new();
    for round in 1..=arguments.rounds.max(1) {
        eprintln!("round {round} of {}", arguments.rounds);
        measure(&cpu, "CRITERION_HOME", &criterion)?;
        rounds.push(estimates(&criterion)?);
    }
    eprintln!("measurements without rounds");
    measure(&once, "ZAPMAIL_BENCH_REPORT", &report)?;

    let mut rows = over_all(&rounds);
    let once = fs::read_to_string(&report).with_context(|| format!("cannot read {}", report.display()))?;
    rows.extend(with_ratios(serde_json::from_str(&once).context("the benchmark `once` wrote no valid rows")?));
    let without = set_goals(&mut rows);

    files::replace(&target.join("bench.md"), &measured::markdown(&rows))?;
    files::replace(&target.join("bench.json"), &measured::json(&rows)?)?;
    print!("{}", measured::markdown(&rows));
    // Reported last, so that the results are written in any case.
    if !without.is_empty() {
        bail!("no measurement matches the goal of {}; update GOALS in xtask/src/bench.rs", without.join(", "));
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds a benchmark with additional features, and returns its executable.
fn build(workspace: &Path, bench: &str, features: &[&str]) -> Result<PathBuf> {
    let output = cargo::command(workspace)
        .args([
            "bench",
            "--quiet",
            "--no-run",
            "--message-format=json",
            "--package",
            "zapmail-sdk-ext",
            "--bench",
            bench,
            "--features",
            &features.join(","),
        ])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot run cargo")?;
    let messages = String::from_utf8_lossy(&output.stdout);
    let messages = messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut programs = messages.filter(|message| message["target"]["name"] == bench);
    let program = programs.find_map(|message| message["executable"].as_str().map(PathBuf::from));
    program.filter(|_| output.status.success()).with_context(|| {
        format!("the benchmark `{bench}` does not build; run `cargo bench -p zapmail-sdk-ext --bench {bench}`")
    })
}

/// Runs a benchmark, which writes its results to the file in the environment variable.
fn measure(program: &Path, variable: &str, file: &Path) -> Result<()> {
    let status = Command::new(program)
        .arg("--bench")
        .env(variable, file)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .with_context(|| format!("cannot run {}", program.display()))?;
    if !status.success() {
        bail!("{} failed; run it to see why", program.display());
    }
    Ok(())
}

/// The times of one round in nanoseconds, by group and name.
type Round = BTreeMap<(String, String), f64>;

/// Reads the results from criterion's folder.
fn estimates(folder: &Path) -> Result<Round> {
    let mut round = Round::new();
    for group in folders(folder)? {
        for benchmark in folders(&group)? {
            let new = benchmark.join("new");
            if !new.join("benchmark.json").exists() {
                continue;
            }
            let about = read(&new.join("benchmark.json"))?;
            let estimate = read(&new.join("estimates.json"))?;
            let name = |key: &str| about[key].as_str().unwrap_or_default().to_owned();
            let median = estimate["median"]["point_estimate"].as_f64();
            let median = median.with_context(|| format!("{} has no median", new.display()))?;
            round.insert((format!("CPU: {}", name("group_id")), name("function_id")), median);
        }
    }
    Ok(round)
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    Ok(entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect())
}

fn read(file: &Path) -> Result<Value> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is not valid JSON", file.display()))
}

/// The median time over all rounds, and the median of the ratios within each round.
fn over_all(rounds: &[Round]) -> Vec<Row> {
    let Some(first) = rounds.first() else { return Vec::new() };
    let mut rows = Vec::new();
    for (group, name) in first.keys() {
        let of = |round: &Round, name: &str| round.get(&(group.clone(), name.to_owned())).copied();
        let ratio = |round: &Round| Some(of(round, name)? / of(round, BY_HAND)?);
        let Some(value) = measured::median(rounds.iter().filter_map(|round| of(round, name)).collect()) else {
            continue;
        };
        let ratio = measured::median(rounds.iter().filter_map(ratio).collect()).filter(|_| name != BY_HAND);
        rows.push(Row {
            group: group.clone(),
            name: name.clone(),
            value,
            unit: "ns".to_owned(),
            against: ratio.map(|_| BY_HAND.to_owned()),
            ratio,
            goal: None,
        });
    }
    rows
}

/// Computes the ratio of each row to its baseline.
fn with_ratios(mut rows: Vec<Row>) -> Vec<Row> {
    let values: BTreeMap<_, _> = rows.iter().map(|row| ((row.group.clone(), row.name.clone()), row.value)).collect();
    for row in &mut rows {
        let against = row.against.clone().and_then(|name| values.get(&(row.group.clone(), name)));
        row.ratio = against.map(|against| row.value / against);
    }
    rows
}

/// Sets the goals, and returns the goals without a row: a renamed row must not lose its goal silently.
fn set_goals(rows: &mut [Row]) -> Vec<String> {
    let mut without = Vec::new();
    for (group, name, goal) in GOALS {
        let mut mine = rows.iter_mut().filter(|row| row.group.starts_with(group) && row.name == name).peekable();
        if mine.peek().is_none() {
            without.push(format!("`{group}`, `{name}`"));
        }
        mine.for_each(|row| row.goal = Some(goal));
    }
    without
}

#[cfg(test)]
mod tests {
    use super::{BY_HAND, GOALS, Round, over_all, set_goals};
    use crate::measured::Row;

    fn round(by_hand: f64, ext: f64) -> Round {
        let key = |name: &str| ("CPU: get_user".to_owned(), name.to_owned());
        Round::from([(key(BY_HAND), by_hand), (key("zapmail-sdk-ext"), ext)])
    }

    #[test]
    fn ratio_is_computed_within_a_round() {
        // The machine was twice as slow in the second round.
        let rows = over_all(&[round(10.0, 11.0), round(20.0, 22.0), round(10.0, 11.0)]);
        let found: Vec<_> = rows.iter().map(|row| (row.name.as_str(), row.value, row.ratio)).collect();
        assert_eq!(found, [("by hand", 10.0, None), ("zapmail-sdk-ext", 11.0, Some(1.1))]);
    }

    #[test]
    fn goal_without_a_row_is_returned() {
        let row = |(group, name, _): (&str, &str, f64)| Row {
            group: format!("{group}, 32 at a time"),
            name: name.to_owned(),
            value: 1.0,
            unit: "ns".to_owned(),
            against: None,
            ratio: None,
            goal: None,
        };
        let mut rows: Vec<_> = GOALS.map(row).into();
        assert!(set_goals(&mut rows).is_empty());
        assert!(rows.iter().zip(GOALS).all(|(row, (.., goal))| row.goal == Some(goal)), "{rows:?}");
        rows[2].name.push_str(", renamed");
        assert_eq!(set_goals(&mut rows), ["`20 pages`, `zapmail-sdk-ext, pages()`"]);
    }
}
