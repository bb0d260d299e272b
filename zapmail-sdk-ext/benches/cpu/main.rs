//! How much of a processor's time each part of a call takes, by criterion.
//!
//! criterion and not divan, because it takes a clock of one's own and leaves its numbers in files that `cargo xtask
//! bench` reads. The clock is the time that this thread was given: on a machine that others use too, the time on the
//! wall says little, and the service's share of a call is not the client's. All clients run in one thread.
//!
//! `cargo xtask bench` runs this several times over, so that what is compared is measured in turns.

#![allow(clippy::unwrap_used, reason = "a bench that cannot go on ends")]

mod clock;
mod one_call;
mod parts;
#[path = "../support/mod.rs"]
mod support;

/// The limiter by itself: the client does not show it to the outside.
#[allow(dead_code)]
#[path = "../../src/policy/limiter.rs"]
mod limiter;
#[allow(dead_code)]
#[path = "../../src/policy/quota.rs"]
mod quota;

/// What the quota needs of the client's errors.
mod error {
    #[derive(Debug)]
    pub struct Error;

    impl Error {
        pub fn config(_: impl Into<String>) -> Self {
            Self
        }
    }
}

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
