//! What is not measured again and again: allocations, memory, and how long a list takes under the quota.
//!
//! Allocations are counted, so that once is enough. They are those of this thread, in which all clients run; the
//! service has a thread of its own. Writes what it finds as JSON to the file that `ZAPMAIL_BENCH_REPORT` names, which
//! `cargo xtask bench` sets, or prints it.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on ends")]

mod allocations;
mod listing;
mod report;
mod streaming;
#[path = "../support/mod.rs"]
mod support;

use report::Report;

fn main() {
    // `cargo test --benches` only wants to know whether it runs.
    let quick = std::env::args().any(|argument| argument == "--test");
    let mut report = Report::default();
    allocations::count(&mut report);
    streaming::measure(&mut report, quick);
    if !quick {
        listing::measure(&mut report);
    }
    report.write();
}

/// A runtime of this thread alone.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}
