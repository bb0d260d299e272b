//! The words of the library, as the command line says them.

use crate::catalog;

/// What messages of the library call by a name of their own, and what it is on the command line.
const WORDS: [(&str, &str); 10] = [
    ("`at_most`", "--at-most"),
    ("`at_least`", "--valid-for"),
    ("call `dry_run`", "pass --dry-run"),
    ("`api_key` (or ZAPMAIL_API_KEY)", "the API key"),
    ("`api_key` (ZAPMAIL_API_KEY)", "the API key"),
    ("use `zapmail.workspace(id)` for another one", "name another one with --workspace"),
    ("call `verify` with a client of that service", "name a profile of that service with --profile"),
    ("`journal.verify(&zapmail, \"", "`zapmail purchases verify \""),
    ("\")`", "\"`"),
    ("`journal.resolve(..)`", "`zapmail purchases settle`"),
];

/// Returns a message of the library with the words of the command line: operations are named by their commands.
pub fn of_command_line(message: &str) -> String {
    let message = WORDS.iter().fold(message.to_owned(), |message, (library, here)| message.replace(library, here));
    let is_identifier = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let mut rest = message.as_str();
    let mut said = String::with_capacity(rest.len());
    while !rest.is_empty() {
        let end = rest.find(|character| !is_identifier(character)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        said.push_str(&catalog::command_of(word).unwrap_or_else(|| word.to_owned()));
        let next = after.find(is_identifier).unwrap_or(after.len());
        said.push_str(&after[..next]);
        rest = &after[next..];
    }
    said
}

#[cfg(test)]
mod tests {
    use super::of_command_line;

    #[test]
    fn operations_are_named_by_their_commands() {
        for (library, here) in [
            ("get_user: 401: no", "users get: 401: no"),
            ("verify with `list_domains`", "verify with `domains list`"),
            ("add it with add_wallet_balance", "add it with wallet add-balance"),
            ("the tag my_list_domains_tag", "the tag my_list_domains_tag"),
            ("raise `at_most`, or", "raise --at-most, or"),
            ("é get_users ü", "é get_users ü"),
            (
                r#"check with `journal.verify(&zapmail, "order-1")`, then settle it with `journal.resolve(..)`"#,
                r#"check with `zapmail purchases verify "order-1"`, then settle it with `zapmail purchases settle`"#,
            ),
            ("", ""),
        ] {
            assert_eq!(of_command_line(library), here);
        }
    }
}
