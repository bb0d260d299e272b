//! The names of commands: `list_mailboxes` of the group `mailbox` is `mailboxes list`.

use heck::ToKebabCase;
use zapmail_openapi::document::Operation;

/// The groups of the document whose command has another name.
const GROUPS: [(&str, &str); 3] =
    [("export", "exports"), ("mailbox", "mailboxes"), ("placement-test", "placement-tests")];

/// Words of operations that have a shorter one.
const WORDS: [(&str, &str); 1] = [("purchase", "buy")];

/// Of an operation that is called like its group.
const RUN: &str = "run";

/// Returns the name of a group's command.
pub fn group(group: &str) -> String {
    let other = GROUPS.iter().find(|(known, _)| *known == group).map(|(_, name)| *name);
    other.unwrap_or(group).to_owned()
}

/// Returns the name of an operation's command within its group: its id without what the group says already.
pub fn command(operation: &Operation<'_>) -> String {
    let group = operation.group().to_kebab_case();
    let known: Vec<_> = group.split('-').map(singular).collect();
    let whole = known.concat();
    let words: Vec<_> = operation.id.split('_').collect();
    let mut kept = Vec::new();
    let mut position = 0;
    while position < words.len() {
        let here = &words[position..];
        // `zap_site` in the group `zapsites`
        let pair = here.iter().take(2).map(|word| singular(word)).collect::<String>();
        if here.len() > 1 && pair == whole {
            position += 2;
        } else {
            if !known.contains(&singular(here[0])) {
                kept.push(WORDS.iter().find(|(long, _)| *long == here[0]).map_or(here[0], |(_, short)| *short));
            }
            position += 1;
        }
    }
    if kept.is_empty() { RUN.to_owned() } else { kept.join("-") }
}

fn singular(word: &str) -> String {
    let cut = |end: &str| word.strip_suffix(end);
    cut("xes").map(|stem| format!("{stem}x")).unwrap_or_else(|| cut("s").unwrap_or(word).to_owned())
}

#[cfg(test)]
mod tests {
    use super::{command, group};
    use crate::catalog::document;

    #[test]
    fn group_is_not_repeated() {
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
