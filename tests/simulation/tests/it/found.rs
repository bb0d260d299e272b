//! Regression tests with plans that failed in the past, in the folder `found`. Each is named after its bug.

use std::fs;
use std::path::Path;

use zapmail_simulation::plan::Plan;

use crate::seeds::assert_holds;

#[test]
fn plans_that_failed_in_the_past_pass() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("found");
    let mut plans = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let plan: Plan = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        assert_holds(&plan, &format!("cargo test -p zapmail-simulation ({})", path.display()));
        plans += 1;
    }
    assert!(plans > 0);
}
