//! Tests of the help of every command.

use crate::{run, workspace};

#[test]
fn every_command_and_flag_is_explained() {
    let (code, help, _) = run(&["--help"]);
    assert_eq!(code, 0);
    let (_, commands) = help.split_once("Commands:\n").unwrap();
    let commands = commands.lines().take_while(|line| !line.is_empty()).map(str::trim_start);
    // `help` is added by clap.
    let lines: Vec<_> = commands.filter(|line| !line.starts_with("help ")).collect();
    assert!(lines.len() > 10, "{help}");
    let contributing = std::fs::read_to_string(workspace().join("CONTRIBUTING.md")).unwrap();
    for line in lines {
        let (command, words) = line.split_once(' ').unwrap_or((line, ""));
        assert!(!words.trim().is_empty(), "{command} in\n{help}");
        let is_documented = [format!("| `cargo xtask {command}"), format!(", `{command}")];
        assert!(is_documented.iter().any(|text| contributing.contains(text)), "CONTRIBUTING.md has no {command}");
        let (code, help, _) = run(&[command, "--help"]);
        assert_eq!(code, 0, "{command}");
        for line in help.lines().filter(|line| line.trim_start().starts_with("--")) {
            let described = line.trim().split_once("  ").is_some_and(|(_, words)| !words.trim().is_empty());
            // A line in brackets, such as `[default: 3]`, is not an explanation.
            let below = help.split_once(&format!("{line}\n          "));
            let is_explained = below.is_some_and(|(_, below)| !below.starts_with('['));
            assert!(described || is_explained, "{command}: {line}");
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
