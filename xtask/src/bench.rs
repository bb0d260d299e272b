//! `cargo xtask bench`: runs the benches of `zapmail-sdk-ext`, and puts what they find into one table.
//!
//! What takes time is measured in rounds, each of which goes through everything once. A ratio is taken within a round
//! and its median over all of them, so that whoever else uses the machine meanwhile slows both sides of it.

mod limits;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::measured::{self, Row};
use crate::{cargo, files};

/// What every other way is set against.
const BY_HAND: &str = "by hand";

/// The goals: how the group's name begins, the way, and the largest ratio.
const GOALS: [(&str, &str, f64); 5] = [
    ("CPU: get_user", "zapmail-sdk-ext", 1.05),
    ("CPU: list_mailboxes", "zapmail-sdk-ext", 1.05),
    ("20 pages", "zapmail-sdk-ext, pages()", 1.05),
    ("streaming", "all 100,200", 1.2),
    ("streaming", "all 100,200, less the ids", 1.2),
];

#[derive(clap::Args)]
pub struct Arguments {
    /// What to measure; all but the rate limits if it is left out
    #[arg(value_enum)]
    subject: Option<Subject>,
    /// How often to measure what takes time
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
        fs::remove_dir_all(&criterion).context("cannot remove what an earlier run left")?;
    }
    fs::create_dir_all(&criterion).with_context(|| format!("cannot make {}", criterion.display()))?;

    // Once, so that no change of the code comes between two rounds.
    let [cpu, once] = [build(workspace, "cpu", &[])?, build(workspace, "once", &[])?];
    let mut rounds = Vec::new();
    for round in 1..=arguments.rounds.max(1) {
        eprintln!("round {round} of {}", arguments.rounds);
        measure(&cpu, "CRITERION_HOME", &criterion)?;
        rounds.push(estimates(&criterion)?);
    }
    eprintln!("what is measured once");
    measure(&once, "ZAPMAIL_BENCH_REPORT", &report)?;

    let mut rows = over_all(&rounds);
    let once = fs::read_to_string(&report).with_context(|| format!("cannot read {}", report.display()))?;
    rows.extend(with_ratios(serde_json::from_str(&once).context("the bench `once` wrote no rows")?));
    let without = set_goals(&mut rows);

    files::replace(&target.join("bench.md"), &measured::markdown(&rows))?;
    files::replace(&target.join("bench.json"), &measured::json(&rows)?)?;
    print!("{}", measured::markdown(&rows));
    // Told last, so that what took minutes is there all the same.
    if !without.is_empty() {
        bail!("nothing was measured for the goal of {}; see GOALS in xtask/src/bench.rs", without.join(", "));
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds a bench with further features, and returns its program.
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
        format!("the bench `{bench}` cannot be built; run `cargo bench -p zapmail-sdk-ext --bench {bench}`")
    })
}

/// Runs it, which leaves what it finds where the variable says.
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

/// Nanoseconds by group and way.
type Round = BTreeMap<(String, String), f64>;

/// What criterion has left in its folder.
fn estimates(folder: &Path) -> Result<Round> {
    let mut round = Round::new();
    for group in folders(folder)? {
        for way in folders(&group)? {
            let new = way.join("new");
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
    serde_json::from_str(&text).with_context(|| format!("{} is no JSON", file.display()))
}

/// The medians of all rounds, and of the ratios within each.
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

/// The rows with the ratio to the one that they name.
fn with_ratios(mut rows: Vec<Row>) -> Vec<Row> {
    let values: BTreeMap<_, _> = rows.iter().map(|row| ((row.group.clone(), row.name.clone()), row.value)).collect();
    for row in &mut rows {
        let against = row.against.clone().and_then(|name| values.get(&(row.group.clone(), name)));
        row.ratio = against.map(|against| row.value / against);
    }
    rows
}

/// Sets the goals, and returns those that have no row: a row that gets another name would lose its goal in silence.
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
    fn a_ratio_is_taken_within_a_round() {
        // The machine was twice as slow in the second one.
        let rows = over_all(&[round(10.0, 11.0), round(20.0, 22.0), round(10.0, 11.0)]);
        let found: Vec<_> = rows.iter().map(|row| (row.name.as_str(), row.value, row.ratio)).collect();
        assert_eq!(found, [("by hand", 10.0, None), ("zapmail-sdk-ext", 11.0, Some(1.1))]);
    }

    #[test]
    fn a_goal_without_a_row_is_told() {
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
