//! Suggestions for misspelled names.

/// Returns the end of a message, `; did you mean list_mailboxes?`, or an empty text if no name is similar.
pub fn did_you_mean<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wrong, names).map(|name| format!("; did you mean {name}?")).unwrap_or_default()
}

/// The most similar name. The words of a name can be in a different order.
fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let similarity = |name: &str| {
        strsim::jaro_winkler(&wrong, name).max(strsim::normalized_levenshtein(&ordered(&wrong), &ordered(name)))
    };
    let scored = names.into_iter().map(|name| (similarity(name), name));
    let best = scored.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (best.0 > 0.7).then_some(best.1)
}

/// The words of a name in alphabetical order.
fn ordered(name: &str) -> String {
    let mut words: Vec<_> = name.split(['_', '-', ' ']).collect();
    words.sort_unstable();
    words.join("_")
}

#[cfg(test)]
mod tests {
    use super::did_you_mean;

    const NAMES: [&str; 4] = ["list_mailboxes", "get_mailbox", "assign_mailboxes", "get_user"];

    #[test]
    fn most_similar_name_is_suggested() {
        for (wrong, name) in [
            ("list_mailbox", "list_mailboxes"),
            ("mailboxes_list", "list_mailboxes"),
            ("get_users", "get_user"),
            ("Get-User", "get_user"),
        ] {
            assert_eq!(did_you_mean(wrong, NAMES), format!("; did you mean {name}?"), "{wrong}");
        }
    }

    #[test]
    fn nothing_is_suggested_without_a_similar_name() {
        assert_eq!(did_you_mean("zzz", NAMES), "");
        assert_eq!(did_you_mean("", NAMES), "");
        assert_eq!(did_you_mean("get_user", []), "");
    }
}
