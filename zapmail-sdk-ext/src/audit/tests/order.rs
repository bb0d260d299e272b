//! Tests that the order of rows does not depend on which response arrives first.

use std::sync::atomic::{AtomicU64, Ordering};

use zapmail_sandbox::Quota;

use super::*;

/// Returns a client whose requests take between 0 and 9 seconds, in a pattern that depends on the seed.
fn shuffled(sandbox: &Sandbox, seed: u64) -> Zapmail {
    let state = AtomicU64::new(seed);
    delayed(sandbox, move |_| {
        let next = state.load(Ordering::Relaxed).wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state.store(next, Ordering::Relaxed);
        (Duration::from_secs((next >> 33) % 10), None)
    })
}

#[tokio::test(start_paused = true)]
async fn runs_with_different_timing_return_the_same_rows() {
    let audit = async |seed: u64| {
        // The delays can make requests of several clients arrive at the same time, so the sandbox has no limits.
        let sandbox = Sandbox::builder().domains(60).mailboxes_per_domain(2).quota(Quota::unlimited()).build().unwrap();
        // Finish all pending mailboxes before the audit, so that none changes while it runs.
        sandbox.advance(DAY);
        let accounts = ["d", "b", "a", "c"].map(|name| (name, shuffled(&sandbox, seed + name.len() as u64)));
        run(&sandbox, Audit::of(accounts).exported(["somebody@else.example"])).await
    };
    let first = audit(1).await;
    assert_eq!(first.failures, []);
    let accounts: Vec<_> = first.domains.chunks(60).map(|rows| rows[0].account.as_str()).collect();
    assert_eq!(accounts, ["d", "b", "a", "c"]);
    assert!(first.domains.chunks(60).all(|rows| rows.is_sorted_by_key(|row| (&row.account, &row.name))));
    assert!(first.findings.len() > 4 * 120);
    for seed in 2..6 {
        assert_eq!(audit(seed).await, first, "{seed}");
    }
}
