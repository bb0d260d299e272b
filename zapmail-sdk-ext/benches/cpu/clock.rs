//! The processor time of this thread, as a clock for criterion.

use std::time::Duration;

use criterion::measurement::{Measurement, ValueFormatter, WallTime};
use tokio::runtime::Runtime;

pub struct ThreadTime;

impl Measurement for ThreadTime {
    type Intermediate = cpu_time::ThreadTime;
    type Value = Duration;

    fn start(&self) -> Self::Intermediate {
        cpu_time::ThreadTime::now()
    }

    fn end(&self, start: Self::Intermediate) -> Duration {
        start.elapsed()
    }

    fn add(&self, one: &Duration, other: &Duration) -> Duration {
        *one + *other
    }

    fn zero(&self) -> Duration {
        Duration::ZERO
    }

    fn to_f64(&self, value: &Duration) -> f64 {
        WallTime.to_f64(value)
    }

    fn formatter(&self) -> &dyn ValueFormatter {
        // Both are durations.
        WallTime.formatter()
    }
}

/// A runtime in this thread.
pub fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

/// Returns the processor time that a future takes in this thread.
pub fn time(runtime: &Runtime, future: impl Future) -> Duration {
    let start = cpu_time::ThreadTime::now();
    runtime.block_on(future);
    start.elapsed()
}
