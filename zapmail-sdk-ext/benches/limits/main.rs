//! The rate limits in real time, against a service that counts requests strictly on arrival: how many are rejected, and
//! how much of the limits is used.
//!
//! Every scenario has its own service, thread and client. All scenarios run at the same time, for about two minutes.
//! The results are printed as a Markdown table, which `cargo xtask bench limits` writes to docs/performance.md.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a bench fails by panicking")]

mod demand;
mod expiry;
#[path = "../../src/testing/redis_process.rs"]
mod redis_process;
mod service;
mod several;

use std::thread;
use std::time::Duration;

use demand::Demand;
use service::{Counted, Network, Service};

/// Long enough to reach the per-minute limit three times.
const TIME: Duration = Duration::from_secs(130);

/// The goal of most scenarios, in percent of the limits.
const MIN_UTILIZATION: f64 = 95.0;

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
        ("three of four responses after 3 s", Network { work_ms: 3000, ..Network::default() }, Demand::tasks(64)),
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
    println!("| scenario | accepted | rejected (429) | of the limits used | goal |");
    println!("| --- | ---: | ---: | ---: | --- |");
    let scenarios = scenarios.into_iter().map(|(name, network, demand)| {
        thread::spawn(move || {
            let service = Service::start(network);
            demand.run(&service.url(), time);
            row(name, Some(service.counted()), time, MIN_UTILIZATION)
        })
    });
    let several = [thread::spawn(move || several::four_processes(time)), thread::spawn(move || several::restart(time))];
    let running: Vec<_> = scenarios.chain(several).collect();
    running.into_iter().for_each(|row| println!("{}", row.join().unwrap()));
    // Runs alone, since it measures processor time.
    println!("{}", expiry::measure());
}

/// A row of the table. `least` is the minimum utilization of the limits, in percent.
fn row(name: &str, counted: Option<Counted>, time: Duration, least: f64) -> String {
    let Some(Counted { accepted, rejected }) = counted else { return format!("| {name} | | | not measured | |") };
    // 200 in each full minute, and 5 in each second of the remaining time, up to 200.
    let seconds = u32::try_from(time.as_secs()).unwrap();
    let allowed = seconds / 60 * 200 + (seconds % 60 * 5).min(200);
    let used = 100.0 * f64::from(accepted) / f64::from(allowed);
    let verdict = verdict(rejected == 0 && used >= least);
    let goal = if least > 0.0 { format!("none rejected, at least {least} %") } else { "none rejected".to_owned() };
    format!("| {name} | {accepted} of {allowed} | {rejected} | {used:.1} % | {goal}: {verdict} |")
}

fn verdict(is_met: bool) -> &'static str {
    if is_met { "met" } else { "**not met**" }
}
