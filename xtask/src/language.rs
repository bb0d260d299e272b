//! Part of `cargo xtask check`: finds unidiomatic phrases in comments, literals and Markdown.
//!
//! It finds only a few common slips, so a text that passes can still be bad.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use anyhow::{Context, Result};
use regex::Regex;

use crate::files;

/// Patterns of phrases, each with its remedy. The group `fine` matches idiomatic phrases that contain the same words;
/// they are not reported.
const PHRASES: [(&str, &str); 10] = [
    (r"\bso (?:many|long|late|often)\b", "name the number or the time"),
    (r"(?<fine>\bthere is no\b|\bis no (?:longer|more|less)\b)|\bis no [a-z]+", "write `is not a`"),
    (r"\bwhoever\b", "name the subject"),
    (r"\bgo(?:es)? along\b", "write `is sent with`, or cut it"),
    (r"\btold\b", "write `reports`, `returns` or `is called with`"),
    (r"\blook-ups?\b", "write `lookup`"),
    (r"\btime-outs?\b", "write `timeout`"),
    (r"\bbelongs? into\b", "write `belongs in`"),
    (r"(?<fine>\bfor good (?:reasons?|measure)\b)|\bfor good\b", "write `permanently`"),
    (r"\bin the dark\b", "write `ambiguous`"),
];

static PATTERNS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let patterns = PHRASES.iter().map(|(phrase, _)| Regex::new(&format!("(?i){phrase}")));
    patterns.filter_map(Result::ok).collect()
});

/// The extensions of the files that are checked.
const KINDS: [&str; 9] = ["lua", "md", "py", "rs", "sh", "toml", "ts", "yaml", "yml"];

/// Files that are not checked: texts written by others, and the patterns themselves.
const FOREIGN: [&str; 2] = ["xtask/tests/pages/", "xtask/src/language.rs"];

/// Returns the slips in all files of the workspace, as text with file and line.
///
/// # Errors
///
/// If git does not list the files, or a file cannot be read.
pub fn findings(workspace: &Path) -> Result<Vec<String>> {
    let mut slips = Vec::new();
    for file in files::sources(workspace)?.iter().filter(|file| is_checked(file)) {
        let text = fs::read_to_string(workspace.join(file)).with_context(|| format!("cannot read {file}"))?;
        slips.extend(slips_in(&text).into_iter().map(|(line, slip)| format!("{file}:{line}: {slip}")));
    }
    Ok(slips)
}

fn is_checked(file: &str) -> bool {
    let kind = file.rsplit_once('.').map(|(_, kind)| kind);
    kind.is_some_and(|kind| KINDS.contains(&kind)) && !FOREIGN.iter().any(|foreign| file.starts_with(foreign))
}

/// The slips in a text, with their lines.
fn slips_in(text: &str) -> Vec<(usize, String)> {
    let (text, starts) = joined(text);
    let mut slips = Vec::new();
    for (pattern, (_, instead)) in PATTERNS.iter().zip(PHRASES) {
        for found in pattern.captures_iter(&text).filter(|found| found.name("fine").is_none()) {
            let Some(phrase) = found.get(0) else { continue };
            let line = starts.partition_point(|start| *start <= phrase.start());
            slips.push((line, format!("\"{}\": {instead}", phrase.as_str())));
        }
    }
    slips.sort();
    slips
}

/// Joins all lines without their comment markers, because a phrase can span two lines. Also returns the positions at
/// which the lines start.
fn joined(text: &str) -> (String, Vec<usize>) {
    let (mut joined, mut starts) = (String::new(), Vec::new());
    for line in text.lines() {
        starts.push(joined.len());
        joined.push_str(line.trim().trim_start_matches(['/', '!', '#', '-', '>', '*']).trim());
        joined.push(' ');
    }
    (joined, starts)
}

#[cfg(test)]
mod tests {
    use super::{PATTERNS, PHRASES, is_checked, slips_in};

    #[test]
    fn all_patterns_are_valid() {
        assert_eq!(PATTERNS.len(), PHRASES.len());
    }

    #[test]
    fn slip_is_found_with_its_line() {
        for (text, line, phrase) in [
            ("fn f() {}\n// Waits so long.", 2, "so long"),
            ("/// The text is no\n/// URL.", 1, "is no URL"),
            ("a\n\nb\nThe caller is told that.", 4, "told"),
            ("x = \"Whoever has it\"", 1, "Whoever"),
            ("The header goes along.", 1, "goes along"),
            ("a time-out", 1, "time-out"),
        ] {
            let [(found, slip)] = slips_in(text).try_into().unwrap();
            assert_eq!(found, line, "{text}");
            assert!(slip.starts_with(&format!("\"{phrase}\": ")), "{slip}");
        }
    }

    #[test]
    fn idiomatic_phrase_is_not_reported() {
        for text in [
            "There is no key, and it is no longer valid.",
            "for good reasons",
            "so that many rows fit",
            "The retold story",
            "A lookup, a timeout",
        ] {
            assert_eq!(slips_in(text), [], "{text}");
        }
    }

    #[test]
    fn foreign_and_generated_files_are_not_checked() {
        assert!(is_checked("xtask/src/main.rs") && is_checked("README.md") && is_checked("openapi/groups/dns.yaml"));
        assert!(
            !is_checked("xtask/tests/pages/wallet.md")
                && !is_checked("Cargo.lock")
                && !is_checked("openapi/zapmail.json")
        );
    }
}
