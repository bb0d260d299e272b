//! The nearest name to one that does not exist.

/// An end of a message: `; did you mean list_mailboxes?`, or nothing where no name is near.
pub fn did_you_mean<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> String {
    nearest(wrong, names).map(|name| format!("; did you mean {name}?")).unwrap_or_default()
}

/// The name that is most like the wrong one. The words of a name may come in another order.
fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    let likeness = |name: &str| {
        strsim::jaro_winkler(&wrong, name).max(strsim::normalized_levenshtein(&ordered(&wrong), &ordered(name)))
    };
    let scored = names.into_iter().map(|name| (likeness(name), name));
    let best = scored.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (best.0 > 0.7).then_some(best.1)
}

/// The words of a name in the order of the alphabet.
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
    fn the_nearest_name_is_suggested() {
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
    fn nothing_is_suggested_where_nothing_is_near() {
        assert_eq!(did_you_mean("zzz", NAMES), "");
        assert_eq!(did_you_mean("", NAMES), "");
        assert_eq!(did_you_mean("get_user", []), "");
    }
}
