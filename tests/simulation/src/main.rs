//! A program that runs simulations. `cargo xtask simulate` builds and runs it.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use clap::Parser;
use zapmail_simulation::invariants::INVARIANTS;
use zapmail_simulation::plan::Plan;
use zapmail_simulation::shrink::shrink;
use zapmail_simulation::simulate;

/// Runs simulations of many seeds, and reports failures.
#[derive(Parser)]
#[command(name = "zapmail-simulation")]
struct Arguments {
    /// Number of seeds
    #[arg(long, default_value_t = 1000)]
    seeds: u64,
    /// First seed
    #[arg(long, default_value_t = 0)]
    from: u64,
    /// Shrink the plan of the first failing seed, and print its trace
    #[arg(long)]
    shrink: bool,
    /// Print the trace of the first seed, even if it passes
    #[arg(long)]
    trace: bool,
    /// Continue after a failure, and list all failures
    #[arg(long)]
    all: bool,
    /// File for the plan of the first failing seed; `tests/simulation/found` has plans that failed in the past
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

/// The interval of progress reports.
const REPORT_INTERVAL: Duration = Duration::from_secs(30);

fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    if arguments.trace {
        let report = simulate(&Plan::of(arguments.from), true)?;
        report.trace.iter().for_each(|line| println!("{line}"));
    }
    let failed = run(&arguments);
    for (seed, what) in &failed {
        println!("seed {seed}: {what}");
    }
    let Some((seed, _)) = failed.first() else {
        println!("{} seeds from {}: no failures", arguments.seeds, arguments.from);
        return Ok(ExitCode::SUCCESS);
    };
    explain(*seed, &arguments)?;
    Ok(ExitCode::FAILURE)
}

/// Runs all seeds on all CPUs. Returns the failing seeds with their failures, in ascending order.
fn run(arguments: &Arguments) -> Vec<(u64, String)> {
    let runs = Runs {
        from: arguments.from,
        end: arguments.from.saturating_add(arguments.seeds),
        all: arguments.all,
        next: AtomicU64::new(arguments.from),
        requests: AtomicU64::new(0),
        failed: Mutex::default(),
        started_at: Instant::now(),
    };
    thread::scope(|scope| {
        for worker in 0..thread::available_parallelism().map_or(1, usize::from) {
            let runs = &runs;
            scope.spawn(move || runs.work(worker == 0));
        }
    });
    let seconds = runs.started_at.elapsed().as_secs_f64();
    eprintln!("{} requests in {seconds:.0} s", runs.requests.load(Ordering::Relaxed));
    let mut failed = runs.failed.into_inner().unwrap_or_default();
    failed.sort();
    failed
}

/// The state of a run of many seeds, shared by threads.
struct Runs {
    from: u64,
    end: u64,
    all: bool,
    next: AtomicU64,
    requests: AtomicU64,
    failed: Mutex<Vec<(u64, String)>>,
    started_at: Instant,
}

impl Runs {
    /// Simulates seeds until none is left.
    fn work(&self, reports: bool) {
        let mut reported_at = Instant::now();
        loop {
            // Checked before a seed is taken, so that the lowest failing seed is always simulated.
            if !self.all && self.failed.lock().is_ok_and(|failed| !failed.is_empty()) {
                return;
            }
            let seed = self.next.fetch_add(1, Ordering::Relaxed);
            if seed >= self.end {
                return;
            }
            if let (Some(what), Ok(mut failed)) = (self.failure(seed), self.failed.lock()) {
                failed.push((seed, what));
            }
            if reports && reported_at.elapsed() > REPORT_INTERVAL {
                reported_at = Instant::now();
                let done = seed - self.from;
                eprintln!("{done} seeds, {:.0} per second", done as f64 / self.started_at.elapsed().as_secs_f64());
            }
        }
    }

    /// Simulates a seed, and returns its failure, if any.
    fn failure(&self, seed: u64) -> Option<String> {
        match simulate(&Plan::of(seed), false) {
            Ok(report) => {
                self.requests.fetch_add(report.requests as u64, Ordering::Relaxed);
                report.violations.first().map(|first| format!("{}: {}", first.invariant, first.details))
            }
            Err(error) => Some(format!("{error:#}")),
        }
    }
}

/// Prints the trace of a failing seed, and the command that reproduces it.
fn explain(seed: u64, arguments: &Arguments) -> anyhow::Result<()> {
    let mut plan = Plan::of(seed);
    let report = simulate(&plan, false)?;
    if let Some(first) = report.violations.first().filter(|_| arguments.shrink) {
        plan = shrink(plan, first.invariant)?;
    }
    if let Some(file) = &arguments.save {
        fs::write(file, serde_json::to_string_pretty(&plan)? + "\n")?;
    }
    let report = simulate(&plan, true)?;
    println!("\n{plan:#?}\n");
    report.trace.iter().for_each(|line| println!("{line}"));
    for violation in &report.violations {
        let invariant = INVARIANTS.iter().find(|invariant| invariant.name == violation.invariant);
        println!("\n{}: {}", violation.invariant, violation.details);
        invariant.iter().for_each(|invariant| println!("  {}", invariant.statement));
    }
    println!("\nreproduce with: cargo xtask simulate --from {seed} --seeds 1 --shrink");
    Ok(())
}
