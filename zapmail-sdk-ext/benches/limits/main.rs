//! The rate limits in real time, against a service that counts requests strictly on arrival: how many are refused, and
//! how much of the limits is used.
//!
//! Every scenario has its own service, thread and client. All scenarios run at the same time, for about two minutes.
//! The results are written as JSON to the file that `ZAPMAIL_BENCH_REPORT` names, which `cargo xtask bench limits`
//! sets, or printed.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a bench fails by panicking")]

mod demand;
mod expiry;
#[path = "../../src/testing/redis_process.rs"]
mod redis_process;
mod report;
mod service;
mod several;

use std::thread;
use std::time::Duration;

use demand::Demand;
use report::{Report, Row};
use service::{Network, Service};

/// Long enough to reach the per-minute limit three times.
const TIME: Duration = Duration::from_secs(130);

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    if let Some(at) = arguments.iter().position(|argument| argument == "--process") {
        return several::process(&arguments[at + 1..]);
    }
    // `cargo test --benches` only checks that it runs.
    let time = if arguments.iter().any(|argument| argument == "--test") { Duration::from_secs(2) } else { TIME };

    let scenarios: [(&str, Network, Demand); 6] = [
        ("64 tasks", Network::default(), Demand::tasks(64)),
        (
            "new connections of 0 to 300 ms",
            Network { connect_ms: 300, keep_alive: false, ..Network::default() },
            Demand::tasks(64),
        ),
        ("latency of 0 to 100 ms each way", Network { latency_ms: 100, ..Network::default() }, Demand::tasks(64)),
        (
            "responses after 3 s, but for every fourth",
            Network { work_ms: 3000, ..Network::default() },
            Demand::tasks(64),
        ),
        (
            "1,000 tasks on one thread, 6 ms of it per response",
            Network::default(),
            Demand { busy_ms: 6, ..Demand::tasks(1000) },
        ),
        (
            "canceled losers of a `select!`",
            Network { latency_ms: 20, ..Network::default() },
            Demand { races: true, ..Demand::tasks(64) },
        ),
    ];
    let mut report = Report::default();
    let running: Vec<_> = scenarios
        .into_iter()
        .map(|(name, network, demand)| {
            thread::spawn(move || {
                let service = Service::start(network);
                demand.run(&service.url(), time);
                Row::used(name, service.counted(), time)
            })
        })
        .chain([thread::spawn(move || several::four_processes(time)), thread::spawn(move || several::restart(time))])
        .collect();
    running.into_iter().for_each(|row| report.add(row.join().unwrap()));
    // Runs alone, since it measures processor time.
    expiry::measure(&mut report);
    report.write();
}
