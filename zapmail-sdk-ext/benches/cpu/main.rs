//! The processor time of a call and its parts, measured by criterion.
//!
//! criterion accepts a custom clock and stores its numbers in files, which `cargo xtask bench` reads. The clock is the
//! processor time of this thread: wall time depends on other programs on the machine, and includes the service's work.
//! All clients run in one thread.
//!
//! `cargo xtask bench` runs this several times, so that compared rows are measured in turns.

#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]

mod clock;
mod one_call;
mod parts;
#[path = "../support/mod.rs"]
mod support;

use std::time::Duration;

use criterion::Criterion;

use clock::ThreadTime;

fn main() {
    let mut criterion = Criterion::default()
        .with_measurement(ThreadTime)
        .sample_size(20)
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(800))
        .configure_from_args();
    one_call::bench(&mut criterion);
    parts::bench(&mut criterion);
    criterion.final_summary();
}
