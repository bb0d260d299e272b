//! Help of every verb.

use crate::run;

const VERBS: [&str; 9] = ["regen", "check", "coverage", "drift", "adopt", "diff", "expand", "features", "package"];

#[test]
fn every_verb_and_flag_is_explained() {
    let (code, help, _) = run(&["--help"]);
    assert_eq!(code, 0);
    for verb in VERBS {
        assert!(help.lines().any(|line| line.trim_start().starts_with(&format!("{verb} "))), "{verb} in\n{help}");
        let (code, help, _) = run(&[verb, "--help"]);
        assert_eq!(code, 0);
        for line in help.lines().filter(|line| line.trim_start().starts_with("--")) {
            let described = line.trim().split_once("  ").is_some_and(|(_, words)| !words.trim().is_empty());
            assert!(described || help.contains(&format!("{line}\n          ")), "{verb}: {line}");
        }
    }
    for verb in ["drift", "adopt", "diff", "expand"] {
        assert!(run(&[verb, "--help"]).1.contains("Examples:"), "{verb}");
    }
}

#[test]
fn a_mistyped_verb_suggests_the_right_one() {
    let (code, _, errors) = run(&["drfit"]);
    assert_eq!(code, 2);
    assert!(errors.contains("drift"), "{errors}");
}
