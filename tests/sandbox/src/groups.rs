//! The operations that have state, a module a group. An operation without a handler answers with the document's example.

mod billing;
mod mailbox;
mod users;
mod wallet;
mod workspaces;

use crate::envelope::Answer;
use crate::request::Request;
use crate::state::State;

/// Carries out an operation.
pub(crate) type Handler = fn(&mut State, &Request) -> Answer;

/// Operations and what carries them out.
type Table = &'static [(&'static str, Handler)];

const GROUPS: [Table; 5] =
    [users::HANDLERS, workspaces::HANDLERS, billing::HANDLERS, mailbox::HANDLERS, wallet::HANDLERS];

/// What carries out an operation, if it has state.
pub(crate) fn handler(operation: &str) -> Option<Handler> {
    GROUPS.iter().copied().flatten().find(|(id, _)| *id == operation).map(|(_, handler)| *handler)
}

#[cfg(test)]
mod tests {
    use super::GROUPS;

    #[test]
    fn every_handler_carries_out_an_operation_of_the_document() {
        for (id, _) in GROUPS.iter().copied().flatten() {
            assert!(zapmail_openapi::DOCUMENT.contains(&format!("\"operationId\": \"{id}\"")), "{id}");
        }
    }
}
