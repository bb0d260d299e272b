//! Runs the commands in the tour of the README.

use crate::run::zapmail;

/// Returns the commands of the tour, which start with `$`, each with the output lines that the README shows.
fn steps(readme: &str) -> Vec<(&str, Vec<&str>)> {
    let tour =
        readme.split("## Tour").nth(1).unwrap().split("```console\n").nth(1).unwrap().split("```").next().unwrap();
    let mut steps: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in tour.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push((command, Vec::new())),
            (None, Some((_, output))) if !line.is_empty() => output.push(line),
            _ => {}
        }
    }
    steps
}

#[test]
fn tour_prints_the_documented_output() {
    let steps = steps(include_str!("../../README.md"));
    assert!(steps.len() >= 8, "{steps:?}");
    for (command, expected) in steps {
        let line = command.strip_prefix("zapmail ").unwrap();
        let expects_failure = line.ends_with("# refused");
        let outcome = zapmail().args(words(line.trim_end_matches("# refused"))).run();
        assert_eq!(outcome.code, i32::from(expects_failure), "{command}: {outcome:?}");
        let printed = if expects_failure { &outcome.stderr } else { &outcome.stdout };
        let printed: Vec<_> = printed.lines().map(words).collect();
        for line in expected.iter().filter(|line| **line != "...") {
            assert!(printed.contains(&words(line)), "{command} does not print {line}: {outcome:?}");
        }
    }
}

/// Splits a line into words. Text in single quotes is one word.
fn words(line: &str) -> Vec<String> {
    let parts = line.split('\'').enumerate();
    parts
        .flat_map(|(position, part)| match position % 2 {
            0 => part.split_whitespace().map(str::to_owned).collect(),
            _ => vec![part.to_owned()],
        })
        .collect()
}
