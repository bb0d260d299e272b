//! Tests of the help of every command.

use crate::run;

#[test]
fn every_command_and_flag_is_explained() {
    let (code, help, _) = run(&["--help"]);
    assert_eq!(code, 0);
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let commands = commands.lines().take_while(|line| !line.is_empty()).map(str::trim_start);
    // `help` is added by clap.
    let lines: Vec<_> = commands.filter(|line| !line.starts_with("help ")).collect();
    assert!(lines.len() > 10, "{help}");
    for line in lines {
        let (command, words) = line.split_once(' ').unwrap_or((line, ""));
        assert!(!words.trim().is_empty(), "{command} in\n{help}");
        let (code, help, _) = run(&[command, "--help"]);
        assert_eq!(code, 0, "{command}");
        for line in help.lines().filter(|line| line.trim_start().starts_with("--")) {
            let described = line.trim().split_once("  ").is_some_and(|(_, words)| !words.trim().is_empty());
            assert!(described || help.contains(&format!("{line}\n          ")), "{command}: {line}");
        }
    }
    for command in ["drift", "adopt", "diff", "expand"] {
        assert!(run(&[command, "--help"]).1.contains("Examples:"), "{command}");
    }
}

#[test]
fn misspelled_command_suggests_a_similar_one() {
    let (code, _, errors) = run(&["drfit"]);
    assert_eq!(code, 2);
    assert!(errors.contains("drift"), "{errors}");
}
