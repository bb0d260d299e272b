//! Command names: the operation `list_mailboxes` in the group `mailbox` becomes `mailboxes list`.

use heck::ToKebabCase;
use zapmail_openapi::document::Operation;

use crate::document::document;

/// Groups whose command name differs from the name in the document.
const GROUPS: [(&str, &str); 3] =
    [("export", "exports"), ("mailbox", "mailboxes"), ("placement-test", "placement-tests")];

/// Words in operation ids, with the shorter words that command names use.
const SHORTER_WORDS: [(&str, &str); 1] = [("purchase", "buy")];

/// The command name of an operation whose id is the name of its group.
const RUN: &str = "run";

/// Returns the command name of a group.
pub fn group(group: &str) -> String {
    let renamed = GROUPS.iter().find(|(known, _)| *known == group).map(|(_, name)| *name);
    renamed.unwrap_or(group).to_owned()
}

/// Returns the command name of an operation within its group: its id without the words of the group's name.
pub fn command(operation: &Operation<'_>) -> String {
    let group = operation.group().to_kebab_case();
    let group_words: Vec<_> = group.split('-').map(singular).collect();
    let joined_group = group_words.concat();
    let words: Vec<_> = operation.id.split('_').collect();
    let mut kept = Vec::new();
    let mut position = 0;
    while position < words.len() {
        let rest = &words[position..];
        // Two words can match a one-word group: `zap_site` in `zapsites`.
        let pair = rest.iter().take(2).map(|word| singular(word)).collect::<String>();
        if rest.len() > 1 && pair == joined_group {
            position += 2;
        } else {
            if !group_words.contains(&singular(rest[0])) {
                kept.push(SHORTER_WORDS.iter().find(|(long, _)| *long == rest[0]).map_or(rest[0], |(_, short)| *short));
            }
            position += 1;
        }
    }
    if kept.is_empty() { RUN.to_owned() } else { kept.join("-") }
}

/// Returns the command line of an operation by id, such as `domains list` for `list_domains`.
pub fn command_of(id: &str) -> Option<String> {
    let operation = document()?.operation(id)?;
    Some(format!("{} {}", group(operation.group()), command(&operation)))
}

fn singular(word: &str) -> String {
    let stem = |suffix: &str| word.strip_suffix(suffix);
    stem("xes").map(|stem| format!("{stem}x")).unwrap_or_else(|| stem("s").unwrap_or(word).to_owned())
}

#[cfg(test)]
mod tests {
    use super::{command, group};
    use crate::document::document;

    #[test]
    fn command_names_omit_the_group() {
        let rows = [
            ("list_mailboxes", "mailboxes list"),
            ("get_authenticator_code", "mailboxes get-authenticator-code"),
            ("retry_failed_mailboxes", "mailboxes retry-failed"),
            ("purchase_domains", "domains buy"),
            ("list_domain_tags", "domains list-tags"),
            ("check_domain_availability", "domains check-availability"),
            ("purchase_addon_mailboxes", "wallet buy-addon-mailboxes"),
            ("export_mailboxes", "exports mailboxes"),
            ("list_dns_records", "dns list-records"),
            ("list_dns_shield_domains", "dns-shield list-domains"),
            ("get_zap_site", "zapsites get"),
            ("quick_setup", "quick-setup run"),
            ("get_quick_setup_progress", "quick-setup get-progress"),
            ("purchase_placement_test", "placement-tests buy"),
            ("list_high_reputation_domains", "high-reputation-domains list"),
            ("list_webhook_endpoints", "webhooks list-endpoints"),
            ("get_user", "users get"),
        ];
        for (id, expected) in rows {
            let operation = document().unwrap().operation(id).unwrap();
            assert_eq!(format!("{} {}", group(operation.group()), command(&operation)), expected);
        }
    }
}
