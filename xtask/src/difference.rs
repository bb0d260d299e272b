//! One difference between two descriptions of the API, and its severity for programs that use the crates.

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use Severity::{Addition, Breaking, Neutral};

/// The severity of a difference; the most severe comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A program that works today might no longer compile, might fail, or might lose data.
    Breaking,
    /// There is a feature that programs could not use before.
    Addition,
    /// Programs are not affected.
    Neutral,
}

/// One difference. A deviation refers to it by `at` and `change`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    pub severity: Severity,
    /// The location: `query limit`, `response.data.status`, `Mailbox.status`.
    pub at: String,
    /// The change: `type: text -> integer`.
    pub change: String,
}

impl Severity {
    pub fn name(self) -> &'static str {
        match self {
            Breaking => "breaking",
            Addition => "addition",
            Neutral => "neutral",
        }
    }

    /// The color on a terminal.
    pub fn style(self) -> Style {
        match self {
            Breaking => AnsiColor::Red.on_default().bold(),
            Addition => AnsiColor::Green.on_default(),
            Neutral => Style::new().dimmed(),
        }
    }
}

impl Difference {
    /// The line of a report, with colors.
    pub fn line(&self) -> String {
        let Self { severity, at, change } = self;
        let style = severity.style();
        format!("{style}{:<8}{style:#}  {at}: {change}", severity.name())
    }
}

/// The number of differences of each severity: `breaking 1, addition 3, neutral 0`.
pub fn counts<'a>(differences: impl Iterator<Item = &'a Difference> + Clone) -> String {
    let counts = [Breaking, Addition, Neutral].map(|severity| {
        let count = differences.clone().filter(|difference| difference.severity == severity).count();
        format!("{} {count}", severity.name())
    });
    counts.join(", ")
}
