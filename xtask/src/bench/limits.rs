//! `cargo xtask bench limits`: measures the rate limiter against a strict service, for the table in docs/performance.md.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use serde::Deserialize;

use super::{build, measure};
use crate::files;

/// The page that contains the table.
const PAGE: &str = "docs/performance.md";
const BEGIN: &str = "<!-- begin: cargo xtask bench limits -->\n";
const END: &str = "<!-- end -->\n";

/// The minimum utilization of the limits, in percent.
const MIN_UTILIZATION: f64 = 95.0;

/// The maximum ratio of the times when there are ten times as many waiters.
const MAX_RATIO: f64 = 12.0;

/// One scenario, as written by the benchmark.
#[derive(Debug, Deserialize)]
struct Row {
    name: String,
    accepted: u32,
    refused: u32,
    allowed: u32,
    ratio: Option<f64>,
}

pub fn run(workspace: &Path) -> Result<ExitCode> {
    let report = workspace.join("target/limits.json");
    fs::create_dir_all(workspace.join("target")).context("cannot create the folder target")?;
    let program = build(workspace, "limits", &["redis"])?;
    eprintln!("measuring for about two minutes");
    measure(&program, "ZAPMAIL_BENCH_REPORT", &report)?;

    let report = fs::read_to_string(&report).with_context(|| format!("cannot read {}", report.display()))?;
    let rows: Vec<Row> = serde_json::from_str(&report).context("the benchmark `limits` wrote no valid rows")?;
    let table = markdown(&rows);
    print!("{table}");
    let page = workspace.join(PAGE);
    let text = fs::read_to_string(&page).with_context(|| format!("cannot read {PAGE}"))?;
    files::replace(&page, &with_table(&text, &table)?)?;
    Ok(ExitCode::SUCCESS)
}

fn markdown(rows: &[Row]) -> String {
    let mut table = String::from("| scenario | accepted | refused (429) | of the limits used | goal |\n");
    table.push_str("| --- | ---: | ---: | ---: | --- |\n");
    for Row { name, accepted, refused, allowed, ratio } in rows {
        // Writing to a string does not fail.
        _ = match ratio {
            Some(ratio) => {
                let verdict = verdict(*ratio <= MAX_RATIO);
                writeln!(table, "| {name} | | | {ratio:.1} times the time | at most {MAX_RATIO:.0} times: {verdict} |")
            }
            None if *accepted == 0 => writeln!(table, "| {name} | | | not measured | |"),
            None => {
                let used = 100.0 * f64::from(*accepted) / f64::from(*allowed);
                // A server that has lost its records makes all waiters wait for a whole window.
                let least = if name.contains("killed") { 0.0 } else { MIN_UTILIZATION };
                let verdict = verdict(*refused == 0 && used >= least);
                let goal = if least > 0.0 {
                    format!("none refused, at least {least:.0} %")
                } else {
                    "none refused".to_owned()
                };
                writeln!(table, "| {name} | {accepted} of {allowed} | {refused} | {used:.1} % | {goal}: {verdict} |")
            }
        };
    }
    table
}

fn verdict(is_met: bool) -> &'static str {
    if is_met { "met" } else { "**not met**" }
}

/// Replaces the table between the marks of the page.
fn with_table(page: &str, table: &str) -> Result<String> {
    let marks = || format!("{PAGE} has no lines `{}` and `{}`", BEGIN.trim_end(), END.trim_end());
    let (before, rest) = page.split_once(BEGIN).with_context(marks)?;
    let (_, after) = rest.split_once(END).with_context(marks)?;
    Ok(format!("{before}{BEGIN}{table}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::{BEGIN, END, Row, markdown, with_table};

    fn row(name: &str, accepted: u32, refused: u32, ratio: Option<f64>) -> Row {
        Row { name: name.to_owned(), accepted, refused, allowed: 450, ratio }
    }

    #[test]
    fn unmet_goals_are_marked() {
        let rows = [
            row("64 tasks", 440, 0, None),
            row("slow", 420, 0, None),
            row("early", 450, 1, None),
            row("Redis killed", 100, 0, None),
            row("no Redis", 0, 0, None),
            row("expiry", 0, 0, Some(12.1)),
        ];
        let table = markdown(&rows);
        let verdicts: Vec<_> =
            table.lines().skip(2).map(|line| line.rsplit(&[':', '|'][..]).nth(1).unwrap().trim()).collect();
        assert_eq!(verdicts, ["met", "**not met**", "**not met**", "met", "", "**not met**"], "{table}");
    }

    #[test]
    fn table_between_the_marks_is_replaced() {
        let page = format!("# Title\n\n{BEGIN}old\n{END}\nMore.\n");
        assert_eq!(with_table(&page, "new\n").unwrap(), page.replace("old", "new"));
        assert!(with_table("# Title\n", "new\n").unwrap_err().to_string().contains("<!-- end -->"));
    }
}
