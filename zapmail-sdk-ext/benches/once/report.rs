//! What was found, as rows of JSON.

use std::env;
use std::fs;

use serde::Serialize;

/// One number.
#[derive(Serialize)]
pub struct Row {
    /// What was measured.
    pub group: &'static str,
    /// Which way.
    pub name: &'static str,
    pub value: f64,
    pub unit: &'static str,
    /// The row of the group that this is set against, which has none itself.
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
