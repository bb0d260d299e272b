//! The seeds that every test run simulates. `cargo xtask simulate` runs other seeds.

use zapmail_simulation::plan::Plan;
use zapmail_simulation::simulate;

/// Panics with the plan, the trace, the violations, and the command that reproduces them.
pub fn assert_holds(plan: &Plan, command: &str) {
    let report = simulate(plan, false).unwrap();
    if report.violations.is_empty() {
        return;
    }
    let trace = simulate(plan, true).unwrap().trace.join("\n");
    panic!("{plan:#?}\n{trace}\n{:#?}\nreproduce with: {command}", report.violations);
}

/// Called by several tests, so that they run in parallel.
fn assert_seeds_hold(seeds: std::ops::Range<u64>) {
    for seed in seeds {
        assert_holds(&Plan::of(seed), &format!("cargo xtask simulate --from {seed} --seeds 1 --shrink"));
    }
}

#[test]
fn invariants_hold_for_the_first_seeds() {
    assert_seeds_hold(0..100);
}

#[test]
fn invariants_hold_for_the_second_seeds() {
    assert_seeds_hold(100..200);
}

#[test]
fn invariants_hold_for_the_third_seeds() {
    assert_seeds_hold(200..300);
}

#[test]
fn invariants_hold_for_the_fourth_seeds() {
    assert_seeds_hold(300..400);
}
