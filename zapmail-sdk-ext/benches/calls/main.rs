//! The processor time of a call, the memory of a stream, and the time of a list under the rate limits, as a Markdown
//! table.
//!
//! The service has its own thread, so only the work of the client counts.

#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]

mod clients;
mod cpu;
mod listing;
mod service;
mod streaming;

fn main() {
    // `cargo test --benches` only checks that it runs.
    let quick = std::env::args().any(|argument| argument == "--test");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    println!("| what | which way | value | ratio | goal |\n| --- | --- | ---: | ---: | --- |");
    cpu::measure(&runtime, quick);
    streaming::measure(&runtime, quick);
    if !quick {
        listing::measure(&runtime);
    }
}

/// Prints a row of the table. `goal` is a value and its maximum.
fn row(what: &str, way: &str, value: &str, ratio: Option<f64>, goal: Option<(f64, f64)>) {
    let ratio = ratio.map(|ratio| format!("{ratio:.2}")).unwrap_or_default();
    let goal = goal.map(|(value, goal)| {
        let verdict = if value <= goal { "met" } else { "**not met**" };
        format!("at most {goal}: {verdict}")
    });
    println!("| {what} | {way} | {value} | {ratio} | {} |", goal.unwrap_or_default());
}
