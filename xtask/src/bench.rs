//! `cargo xtask bench`: runs the benchmarks of `zapmail-sdk-ext`, which print tables.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::{cargo, files};

/// The page that contains the table of the rate limits.
const PAGE: &str = "docs/performance.md";
const BEGIN: &str = "<!-- begin: cargo xtask bench limits -->\n";
const END: &str = "<!-- end -->\n";

#[derive(clap::Args)]
pub struct Arguments {
    /// What to measure; defaults to everything except the rate limits
    #[arg(value_enum)]
    subject: Option<Subject>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Subject {
    /// The rate limits, for about two minutes; writes docs/performance.md
    Limits,
}

pub fn run(workspace: &Path, arguments: &Arguments) -> Result<ExitCode> {
    let mut command = cargo::command(workspace);
    command.args(["bench", "--quiet", "--package", "zapmail-sdk-ext", "--bench"]);
    match arguments.subject {
        None => command.arg("calls"),
        Some(Subject::Limits) => command.args(["limits", "--features", "redis"]),
    };
    let table = cargo::output(&mut command)?;
    print!("{table}");
    if arguments.subject.is_some() {
        let page = workspace.join(PAGE);
        let text = fs::read_to_string(&page).with_context(|| format!("cannot read {PAGE}"))?;
        files::replace(&page, &with_table(&text, &table)?)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Replaces the table between the markers on the page.
fn with_table(page: &str, table: &str) -> Result<String> {
    let marks =
        || format!("{PAGE} has no lines `{}` and `{}`; add them around the table", BEGIN.trim_end(), END.trim_end());
    let (before, rest) = page.split_once(BEGIN).with_context(marks)?;
    let (_, after) = rest.split_once(END).with_context(marks)?;
    Ok(format!("{before}{BEGIN}{table}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::{BEGIN, END, with_table};

    #[test]
    fn table_between_the_markers_is_replaced() {
        let page = format!("# Title\n\n{BEGIN}old\n{END}\nMore.\n");
        assert_eq!(with_table(&page, "new\n").unwrap(), page.replace("old", "new"));
        assert!(with_table("# Title\n", "new\n").unwrap_err().to_string().contains("<!-- end -->"));
    }
}
