//! Translation of messages of the library into the terms of the command line.

use crate::names;

/// Terms in messages of the library, with their equivalents on the command line.
const TERMS: [(&str, &str); 10] = [
    ("`at_most`", "--at-most"),
    ("`at_least`", "--valid-for"),
    ("call `dry_run`", "pass --dry-run"),
    ("`api_key` (or ZAPMAIL_API_KEY)", "the API key"),
    ("`api_key` (ZAPMAIL_API_KEY)", "the API key"),
    ("use `zapmail.workspace(id)` for another one", "select a different workspace with --workspace"),
    ("call `verify` with a client of that service", "select a profile of that service with --profile"),
    ("`journal.verify(&zapmail, \"", "`zapmail purchases verify \""),
    ("\")`", "\"`"),
    ("`journal.resolve(..)`", "`zapmail purchases settle`"),
];

/// Returns a message of the library in the terms of the command line. Ids of operations are replaced by their commands.
pub fn translate(message: &str) -> String {
    let message = TERMS.iter().fold(message.to_owned(), |message, (library, cli)| message.replace(library, cli));
    let is_identifier = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let mut rest = message.as_str();
    let mut translated = String::with_capacity(rest.len());
    while !rest.is_empty() {
        let end = rest.find(|character| !is_identifier(character)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        translated.push_str(&names::command_of(word).unwrap_or_else(|| word.to_owned()));
        let next = after.find(is_identifier).unwrap_or(after.len());
        translated.push_str(&after[..next]);
        rest = &after[next..];
    }
    translated
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn messages_use_terms_of_the_command_line() {
        for (library, cli) in [
            ("get_user: 401: no", "users get: 401: no"),
            ("verify with `list_domains`", "verify with `domains list`"),
            ("add it with add_wallet_balance", "add it with wallet add-balance"),
            ("the tag my_list_domains_tag", "the tag my_list_domains_tag"),
            ("raise `at_most`, or", "raise --at-most, or"),
            ("é get_users ü", "é get_users ü"),
            (
                r#"check with `journal.verify(&zapmail, "order-1")`, then settle the purchase with `journal.resolve(..)`"#,
                r#"check with `zapmail purchases verify "order-1"`, then settle the purchase with `zapmail purchases settle`"#,
            ),
            ("", ""),
        ] {
            assert_eq!(translate(library), cli);
        }
    }
}
