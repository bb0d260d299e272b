//! Translation of messages of the library into the terms of the command line.

use crate::names;

/// Terms in messages of the library, with their equivalents on the command line.
const TERMS: [(&str, &str); 22] = [
    ("`at_most`", "--at-most"),
    ("`at_least`", "--valid-for"),
    ("`once`", "--once"),
    ("call `dry_run`", "pass --dry-run"),
    ("allow it with `zapmail.allow_spending()`", "pass --spend to allow it"),
    ("`api_key` (or ZAPMAIL_API_KEY)", "the API key"),
    ("`api_key` (ZAPMAIL_API_KEY)", "the API key"),
    ("`base_url` (or ZAPMAIL_BASE_URL)", "the base URL"),
    ("`workspace` (or ZAPMAIL_WORKSPACE_KEY)", "ZAPMAIL_WORKSPACE_KEY"),
    ("check `workspace` (ZAPMAIL_WORKSPACE_KEY)", "check --workspace"),
    ("set `workspace` (ZAPMAIL_WORKSPACE_KEY)", "select a workspace with --workspace"),
    ("use `zapmail.workspace(id)` for another one", "select a different workspace with --workspace"),
    ("call `verify` with a client of that service", "select a profile of that service with --profile"),
    ("use a separate journal for each service", "use a different key, or a profile for each service"),
    ("raise `Timeouts::call`, or send fewer concurrent requests", "try again, or run fewer commands at once"),
    ("call again after `Error::retry_after`", "try again later"),
    ("call again later to get its outcome", "run the same command again later to get its outcome"),
    ("add one with `buy`, `connect` or `mailbox`", "add a row for each mailbox"),
    ("`journal.verify(&zapmail, \"", "`zapmail purchases verify \""),
    ("\")`", "\"`"),
    ("`journal.resolve(..)`", "`zapmail purchases settle`"),
    ("buy slots with `purchase_addon_mailboxes` first", "buy slots with `zapmail wallet buy-addon-mailboxes` first"),
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
        let command = word.contains('_').then(|| names::command_of(word)).flatten();
        translated.push_str(&command.unwrap_or_else(|| word.to_owned()));
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
            ("set `workspace` (ZAPMAIL_WORKSPACE_KEY)", "select a workspace with --workspace"),
            ("", ""),
        ] {
            assert_eq!(translate(library), cli);
        }
    }
}
