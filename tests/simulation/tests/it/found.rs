//! Plans that once failed, in the folder `found`: each is named after what it found.

use std::fs;
use std::path::Path;

use zapmail_simulation::plan::Plan;

use crate::seeds::assert_holds;

#[test]
fn plans_that_once_failed_do_not_fail_again() {
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
