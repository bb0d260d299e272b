//! Checks that the sandbox reads every documented part of a request, or that the README lists the part as ignored.
//!
//! Whether a handler reads a part is derived from its source: from the parameters that it names, and the fields of the
//! structs that it deserializes.

mod documented;
mod ignored;
mod source;

use std::collections::BTreeSet;

use crate::api::document;
use documented::parts;
use ignored::ignored;
use source::Sources;

/// Operations that store their whole body, or a record in it, as it was sent.
const STORED_AS_SENT: [(&str, &str); 3] =
    [("create_billing_details", ""), ("update_billing_details", ""), ("create_workspace", "billingDetails.")];

fn is_stored(operation: &str, part: &str) -> bool {
    STORED_AS_SENT.iter().any(|(id, prefix)| *id == operation && part.starts_with(prefix))
}

#[test]
fn documented_parts_of_requests_are_read_or_listed_as_ignored() {
    let (sources, ignored) = (Sources::read(), ignored(include_str!("../../README.md")));
    let mut unlisted = Vec::new();
    let mut confirmed = BTreeSet::new();
    for operation in document().operations() {
        // Without a handler, the response is the document's example.
        let Some(handler) = sources.handler(operation.id) else { continue };
        for part in parts(document(), &operation) {
            let listed = ignored.iter().filter(|(id, name)| (id == operation.id || id == "*") && *name == part.name);
            let listed: Vec<_> = listed.cloned().collect();
            let is_read = handler.reads(&part) || part.is_body() && is_stored(operation.id, &part.name);
            if !is_read && listed.is_empty() {
                unlisted.push(format!("{} {}", operation.id, part.name));
            }
            if !is_read {
                confirmed.extend(listed);
            }
        }
    }
    assert!(unlisted.is_empty(), "ignored by the sandbox, but missing in the README's table: {unlisted:#?}");
    let stale: Vec<_> = ignored.difference(&confirmed).collect();
    assert!(stale.is_empty(), "listed in the README as ignored, but read or not documented: {stale:#?}");
}

#[test]
fn source_of_handler_shows_what_it_reads() {
    let sources = Sources::read();
    let reads = |operation: &str, name: &str| {
        let documented = document().operation(operation).unwrap();
        let part = parts(document(), &documented).into_iter().find(|part| part.name == name).unwrap();
        sources.handler(operation).unwrap().reads(&part)
    };
    for (operation, name) in [
        ("list_mailboxes", "contains"),
        ("list_mailboxes", "page"),
        ("list_emails", "account"),
        ("enable_catch_all", "tagIds"),
        ("enable_catch_all", "email"),
        ("update_mailboxes", "mailboxData.username"),
        ("update_webhook_endpoint", "id"),
        ("get_user", "x-workspace-key"),
    ] {
        assert!(reads(operation, name), "{operation} {name}");
    }
    for (operation, name) in
        [("update_dns_record", "zoneId"), ("start_custom_oauth", "google.clientId"), ("get_user", "x-service-provider")]
    {
        assert!(!reads(operation, name), "{operation} {name}");
    }
}
