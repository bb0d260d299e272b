//! Help of every verb.

use crate::run;

#[test]
fn every_verb_and_flag_is_explained() {
    let (code, help, _) = run(&["--help"]);
    assert_eq!(code, 0);
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let commands = commands.lines().take_while(|line| !line.is_empty()).map(str::trim_start);
    // That one is clap's.
    let commands: Vec<_> = commands.filter(|line| !line.starts_with("help ")).collect();
    assert!(commands.len() > 10, "{help}");
    for command in commands {
        let (verb, words) = command.split_once(' ').unwrap_or((command, ""));
        assert!(!words.trim().is_empty(), "{verb} in\n{help}");
        let (code, help, _) = run(&[verb, "--help"]);
        assert_eq!(code, 0, "{verb}");
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
