//! The handlers of the stateful operations, one module per group. An operation without a handler responds with the
//! document's example.

mod billing;
mod dns;
mod dns_shield;
mod domains;
mod export;
mod high_reputation_domains;
mod links;
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

use crate::envelope::HandlerResult;
use crate::request::Request;
use crate::state::State;

/// Handles a request for an operation.
pub(crate) type Handler = fn(&mut State, &Request) -> HandlerResult;

/// Operation ids with their handlers.
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
];

/// Returns the handler of an operation; `None` for a stateless one.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    GROUPS.iter().copied().flatten().find(|(id, _)| *id == operation).map(|(_, handler)| *handler)
}

#[cfg(test)]
mod tests {
    use super::GROUPS;

    #[test]
    fn handler_ids_are_documented_operations() {
        for (id, _) in GROUPS.iter().copied().flatten() {
            assert!(zapmail_openapi::DOCUMENT.contains(&format!("\"operationId\": \"{id}\"")), "{id}");
        }
    }
}
