//! Tables of measurements: values, ratios and goals.

use std::fmt::Write;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// One measurement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The subject of the measurement.
    pub group: String,
    /// The measured variant.
    pub name: String,
    pub value: f64,
    pub unit: String,
    /// The variant that serves as the baseline.
    #[serde(default)]
    pub against: Option<String>,
    /// The ratio to the baseline.
    #[serde(default)]
    pub ratio: Option<f64>,
    /// The maximum ratio that meets the goal.
    #[serde(default)]
    pub goal: Option<f64>,
}

/// The rows as a Markdown table, which marks unmet goals.
pub fn markdown(rows: &[Row]) -> String {
    let mut table = String::from("| what | which way | value | ratio | goal |\n| --- | --- | ---: | ---: | --- |\n");
    for Row { group, name, value, unit, ratio, goal, .. } in rows {
        let ratio_text = ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
        let goal = match (ratio, goal) {
            (Some(ratio), Some(goal)) if ratio <= goal => format!("at most {goal:.2}: met"),
            (_, Some(goal)) => format!("at most {goal:.2}: **not met**"),
            _ => String::new(),
        };
        // Writing to a string does not fail.
        _ = writeln!(table, "| {group} | {name} | {} | {ratio_text} | {goal} |", readable(*value, unit));
    }
    table
}

/// The rows as JSON.
pub fn json(rows: &[Row]) -> Result<String> {
    serde_json::to_string_pretty(rows).context("cannot write the measurements as JSON")
}

/// The median (the upper one for an even count); `None` without numbers.
pub fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied()
}

fn readable(value: f64, unit: &str) -> String {
    let text = match unit {
        "ns" if value >= 1e6 => format!("{:.2} ms", value / 1e6),
        "ns" if value >= 1e3 => format!("{:.2} µs", value / 1e3),
        "ns" => format!("{value:.0} ns"),
        "bytes" if value >= 1e6 => format!("{:.2} MB", value / 1e6),
        "bytes" => format!("{:.1} kB", value / 1e3),
        "" => format!("{value:.0}"),
        _ => format!("{value:.2} {unit}"),
    };
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Row, markdown, median};

    fn row(ratio: f64) -> Row {
        let [group, name] = ["one call", "raw"].map(str::to_owned);
        let against = Some("by hand".to_owned());
        Row { group, name, value: 20_500.0, unit: "ns".to_owned(), against, ratio: Some(ratio), goal: Some(1.05) }
    }

    #[test]
    fn unmet_goal_is_marked() {
        let table = markdown(&[row(1.04), row(1.06)]);
        assert!(table.contains("| one call | raw | 20.50 µs | 1.04 | at most 1.05: met |"), "{table}");
        assert!(table.contains("| 1.06 | at most 1.05: **not met** |"), "{table}");
    }

    #[test]
    fn median_is_the_middle_number() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(Vec::new()), None);
    }
}
