//! The results, as rows of JSON.

use std::env;
use std::fs;

use serde::Serialize;

/// One result.
#[derive(Serialize)]
pub struct Row {
    /// What was measured.
    pub group: &'static str,
    /// The method that was used.
    pub name: &'static str,
    pub value: f64,
    pub unit: &'static str,
    /// The row of the group that this one is compared with; `None` in that row itself.
    pub against: Option<&'static str>,
}

#[derive(Default)]
pub struct Report(Vec<Row>);

impl Report {
    pub fn add(&mut self, row: Row) {
        self.0.push(row);
    }

    pub fn write(self) {
        let json = serde_json::to_string_pretty(&self.0).unwrap();
        match env::var_os("ZAPMAIL_BENCH_REPORT") {
            Some(file) => fs::write(file, json).unwrap(),
            None => println!("{json}"),
        }
    }
}
