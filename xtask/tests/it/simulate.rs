//! Tests of the arguments of `simulate`, without a simulation.

use crate::run;

#[test]
fn unknown_mutation_is_an_error() {
    let (code, printed, errors) = run(&["simulate", "--mutations=no such fault", "--seeds", "1"]);
    assert_eq!((code, printed.as_str()), (2, ""));
    assert!(errors.starts_with("error: no name of a mutation contains `no such fault`"), "{errors}");
}
