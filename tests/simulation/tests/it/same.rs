//! Determinism: a seed always produces the same simulation.

use zapmail_simulation::plan::Plan;
use zapmail_simulation::simulate;

#[test]
fn same_seed_produces_the_same_simulation() {
    for seed in 0..40 {
        let [one, other] = [simulate(&Plan::of(seed), true), simulate(&Plan::of(seed), true)].map(Result::unwrap);
        let differs = one.trace.iter().zip(&other.trace).find(|(one, other)| one != other);
        assert_eq!((differs, one.trace.len()), (None, other.trace.len()), "seed {seed}");
        assert!(one.trace.len() > 1, "seed {seed}");
    }
}
