//! The operations that have state, a module a group. An operation without a handler answers with the document's example.

mod billing;
mod dns;
mod dns_shield;
mod domains;
mod export;
mod global;
mod high_reputation_domains;
mod mailbox;
mod placement_test;
mod prewarmed_domains;
mod quick_setup;
mod subscriptions;
mod users;
mod wallet;
mod webhooks;
mod workspaces;
mod zapbox;
mod zapsites;

use crate::envelope::Answer;
use crate::request::Request;
use crate::state::State;

/// Carries out an operation.
pub(crate) type Handler = fn(&mut State, &Request) -> Answer;

/// Operations and what carries them out.
type Table = &'static [(&'static str, Handler)];

const GROUPS: &[Table] = &[
    users::HANDLERS,
    workspaces::HANDLERS,
    billing::HANDLERS,
    mailbox::HANDLERS,
    wallet::HANDLERS,
    domains::HANDLERS,
    dns::HANDLERS,
    subscriptions::HANDLERS,
    export::HANDLERS,
    webhooks::HANDLERS,
    zapbox::HANDLERS,
    dns_shield::HANDLERS,
    placement_test::HANDLERS,
    prewarmed_domains::HANDLERS,
    high_reputation_domains::HANDLERS,
    quick_setup::HANDLERS,
    zapsites::HANDLERS,
    global::HANDLERS,
];

/// What carries out an operation, if it has state.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    GROUPS.iter().copied().flatten().find(|(id, _)| *id == operation).map(|(_, handler)| *handler)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::GROUPS;

    #[test]
    fn every_handler_carries_out_an_operation_of_the_document() {
        for (id, _) in GROUPS.iter().copied().flatten() {
            assert!(zapmail_openapi::DOCUMENT.contains(&format!("\"operationId\": \"{id}\"")), "{id}");
        }
    }

    /// `cargo xtask coverage` counts by this list, since it cannot ask the code.
    #[test]
    fn the_list_of_operations_with_state_is_true() {
        let list = concat!(env!("CARGO_MANIFEST_DIR"), "/../../openapi/stateful.txt");
        // The packed crate stands alone: what else is in the workspace tells whether there has to be a list.
        if !std::fs::exists(concat!(env!("CARGO_MANIFEST_DIR"), "/../../xtask/Cargo.toml")).unwrap() {
            return;
        }
        let listed = std::fs::read_to_string(list).unwrap();
        let kept: BTreeSet<_> = GROUPS.iter().copied().flatten().map(|(id, _)| *id).collect();
        let expected = kept.into_iter().collect::<Vec<_>>().join("\n") + "\n";
        assert_eq!(
            listed, expected,
            "openapi/stateful.txt is not what the handlers are; correct it, then `cargo xtask regen`"
        );
    }
}
