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
    /// Requests that it refused: 429.
    pub refused: usize,
    /// Requests that its limits would have allowed in that time; of several processes, also.
    pub allowed: usize,
    /// The time of the processor for 10,000 waiters, in times of that for 1,000.
    pub ratio: Option<f64>,
}

impl Row {
    /// The use of the documented limits.
    pub fn used(name: &str, counted: Counted, time: Duration) -> Self {
        let seconds = usize::try_from(time.as_secs()).unwrap();
        // 200 in each whole minute, and 5 in each second of the last one.
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
