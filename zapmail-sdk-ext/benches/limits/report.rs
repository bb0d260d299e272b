//! The results, as rows of JSON.

use std::env;
use std::fs;
use std::time::Duration;

use serde::Serialize;

use crate::service::Counted;

/// One scenario.
#[derive(Serialize)]
pub struct Row {
    pub name: String,
    /// Requests that the service accepted.
    pub accepted: usize,
    /// Requests that the service refused with 429.
    pub refused: usize,
    /// Requests that the limits would have allowed in that time, to all processes together.
    pub allowed: usize,
    /// The processor time for 10,000 waiters, divided by the time for 1,000.
    pub ratio: Option<f64>,
}

impl Row {
    /// Creates a row that compares the requests with the documented limits.
    pub fn used(name: &str, counted: Counted, time: Duration) -> Self {
        let seconds = usize::try_from(time.as_secs()).unwrap();
        // 200 in each full minute, and 5 in each second of the remaining time, up to 200.
        let allowed = seconds / 60 * 200 + (seconds % 60 * 5).min(200);
        Self { name: name.to_owned(), accepted: counted.accepted, refused: counted.refused, allowed, ratio: None }
    }
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
