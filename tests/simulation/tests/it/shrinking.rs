//! Test of shrinking.

use zapmail_simulation::plan::{Fate, Plan};
use zapmail_simulation::shrink::shrink_while;
use zapmail_simulation::simulate;

#[test]
fn plan_shrinks_to_the_relevant_action() {
    let has_purchase = |plan: &Plan| -> anyhow::Result<bool> {
        let trace = simulate(plan, true)?.trace;
        Ok(trace.iter().any(|line| line.contains("purchase_addon_mailboxes ended: Done")))
    };
    let plan = (0..).map(Plan::of).find(|plan| plan.actions.len() > 10 && has_purchase(plan).unwrap()).unwrap();
    let smallest = shrink_while(plan, has_purchase).unwrap();
    assert_eq!((smallest.actions.len(), smallest.turns.len()), (1, 0));
    assert!(smallest.weather.is_calm());
    assert_eq!(smallest.actions[0].fate, Fate::Awaited);
}
