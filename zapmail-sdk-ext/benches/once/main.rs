//! Benchmarks that run once: allocations, memory, and the time of a list under the rate limits.
//!
//! Allocations are counted, so one run is enough. All clients run in this thread, and only its allocations count; the
//! service has its own thread. The results are written as JSON to the file that `ZAPMAIL_BENCH_REPORT` names, which
//! `cargo xtask bench` sets, or printed.

#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]

mod allocations;
mod listing;
mod report;
mod streaming;
#[path = "../support/mod.rs"]
mod support;

use report::Report;

fn main() {
    // `cargo test --benches` only checks that it runs.
    let quick = std::env::args().any(|argument| argument == "--test");
    let mut report = Report::default();
    allocations::count(&mut report);
    streaming::measure(&mut report, quick);
    if !quick {
        listing::measure(&mut report);
    }
    report.write();
}

/// A runtime in this thread.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
