//! Shrinking: makes a plan smaller while it still violates the same invariant.

use crate::plan::{ENOUGH, Fate, Plan, Weather, Work};
use crate::simulate;

/// Returns the smallest plan found that violates the same invariant.
///
/// # Errors
///
/// If a simulation cannot run.
pub fn shrink(plan: Plan, invariant: &str) -> anyhow::Result<Plan> {
    shrink_while(plan, |plan| {
        let report = simulate(plan, false)?;
        Ok(report.violations.iter().any(|violation| violation.invariant == invariant))
    })
}

/// Returns the smallest plan found for which `fails` returns true.
///
/// # Errors
///
/// The error of `fails`.
pub fn shrink_while(plan: Plan, mut fails: impl FnMut(&Plan) -> anyhow::Result<bool>) -> anyhow::Result<Plan> {
    let mut smallest = plan;
    loop {
        let mut has_shrunk = false;
        for smaller in smaller(&smallest) {
            if fails(&smaller)? {
                smallest = smaller;
                has_shrunk = true;
                break;
            }
        }
        if !has_shrunk {
            return Ok(smallest);
        }
    }
}

/// Smaller plans, starting with the largest reductions.
fn smaller(plan: &Plan) -> Vec<Plan> {
    let mut plans = Vec::new();
    let mut without = |change: &dyn Fn(&mut Plan)| {
        let mut smaller = plan.clone();
        change(&mut smaller);
        if format!("{smaller:?}") != format!("{plan:?}") {
            plans.push(smaller);
        }
    };
    let count = plan.actions.len();
    for size in [count / 2, count / 4, 2, 1] {
        for start in (0..count).step_by(size.max(1)) {
            without(&|plan| _ = plan.actions.drain(start..(start + size).min(count)));
        }
    }
    for number in 0..plan.turns.len() {
        without(&|plan| _ = plan.turns.remove(number));
    }
    let calms: [fn(&mut Weather); 10] = [
        |weather| weather.refused = 0,
        |weather| weather.lost_before = 0,
        |weather| weather.lost_after = 0,
        |weather| weather.silent = 0,
        |weather| weather.torn = 0,
        |weather| weather.garbled = 0,
        |weather| weather.failed_before = 0,
        |weather| weather.failed_after = 0,
        |weather| weather.too_many = 0,
        |weather| (weather.connects, weather.works) = (0, 0),
    ];
    for calm in calms {
        without(&|plan| calm(&mut plan.weather));
    }
    without(&|plan| plan.wallet_cents = ENOUGH);
    for (number, provision) in plan.provisions.iter().enumerate() {
        for domain in (0..provision.domains.len()).filter(|_| provision.domains.len() > 1) {
            without(&|plan| _ = plan.provisions[number].domains.remove(domain));
        }
        for domain in 0..provision.domains.len() {
            without(&|plan| plan.provisions[number].domains[domain].mailboxes = 1);
        }
        without(&|plan| plan.provisions[number].has_settings = false);
        without(&|plan| plan.provisions[number].exports = false);
    }
    for number in 0..count {
        without(&|plan| plan.actions[number].fate = Fate::Awaited);
        without(&|plan| {
            if let Work::ReadUser { times } | Work::CheckDomains { times } = &mut plan.actions[number].work {
                *times = times.div_ceil(2);
            }
        });
    }
    plans
}
