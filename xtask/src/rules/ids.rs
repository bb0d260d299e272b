//! Ids: every identifier declares the kind of resource that it identifies.

use heck::ToKebabCase as _;
use serde_json::Value;

use super::locations::{self, LocatedSchema, Parameter};
use super::schemas::is_identifier;
use super::secrets::values_of_map;
use crate::document::Document;
use crate::finding::Finding;
use crate::suggest;

/// Kinds of ids. Two ids of the same kind are interchangeable, unless the kind is `unknown`.
pub const KINDS: [&str; 34] = [
    "billing-record",              // Billing details of a workspace.
    "connection-request",          // Request to connect a domain.
    "dns-provider-credentials",    // Stored credentials of a DNS provider.
    "dns-provider-record",         // DNS record, as the DNS provider identifies it.
    "dns-record",                  // DNS record, as the service identifies it.
    "dns-shield-subscription",     // DNS Shield subscription, as a parameter of operations.
    "dns-shield-subscription-row", // DNS Shield subscription, as listed by list_dns_shield_subscriptions.
    "domain",                      // Domain of a workspace.
    "email-attachment",            // Attachment of a message in Zapbox.
    "email-message",               // Message in Zapbox.
    "email-thread",                // Thread of messages in Zapbox.
    "error",                       // Failed request, for the vendor's support.
    "export",                      // Export job, or consent job of custom OAuth.
    "export-account",              // Stored account of an app that mailboxes are exported to.
    "google-oauth-client",         // OAuth client of Google.
    "invoice",                     // Invoice of a purchase.
    "mailbox",                     // Mailbox on a domain of a workspace.
    "placement-order",             // Order of placement tests.
    "placement-plan",              // Plan for placement tests, by its lookup key.
    "placement-subscription",      // Placement test subscription, by its subscriptionId.
    "placement-subscription-row",  // Placement test subscription, by the id of its row.
    "plan",                        // Plan of a subscription, by its lookup key.
    "prewarmed-domain",            // Pre-warmed domain on offer.
    "subscription",                // Subscription at the payment provider (sub_...).
    "subscription-row",            // Subscription, by the id of its row.
    "tag",                         // Tag on domains.
    "unknown",                     // Id of an unknown kind of resource.
    "user",                        // Account that workspaces belong to.
    "webhook-endpoint",            // Endpoint that receives events.
    "workspace",                   // Workspace.
    "workspace-invitation",        // Invitation to a workspace.
    "workspace-member",            // Membership of a user in a workspace.
    "zap-site",                    // Zapsite.
    "zone",                        // DNS zone of a record.
];

pub fn broken(document: &Document) -> Vec<Finding> {
    let mut findings = Vec::new();
    for located in locations::all(document) {
        let messages = messages(document, &located);
        findings.extend(messages.into_iter().map(|message| Finding::new(located.file, located.path.as_str(), message)));
    }
    for Parameter { file, path, value } in locations::parameters(document) {
        if value.get(KIND).is_some() {
            findings.push(Finding::new(file, path, format!("the parameter has `{KIND}`; move it into its `schema`")));
        }
    }
    findings
}

const KIND: &str = "x-zapmail-id";
const KEY_KIND: &str = "x-zapmail-key-id";

fn messages(document: &Document, located: &LocatedSchema<'_>) -> Vec<String> {
    let mut messages = Vec::new();
    match located.schema.get(KIND) {
        Some(kind) => {
            messages.extend(wrong_kind(KIND, kind));
            if !is_plain(located.schema) {
                messages.push(format!(
                    "`{KIND}` belongs on a string or an integer; remove it, or move it to the items of the list or to \
                     the component behind the reference"
                ));
            }
        }
        None if located.name.is_some_and(names_id) => {
            let described = document.resolve(located.schema);
            if is_plain(described) && described.get(KIND).is_none() {
                messages.push(format!(
                    "is named like an id; add `{KIND}: <kind>` next to its type, with one of {}; add new kinds to \
                                         xtask/src/rules/ids.rs",
                    KINDS.join(", ")
                ));
            }
        }
        None => {}
    }
    if let Some(kind) = located.schema.get(KEY_KIND) {
        messages.extend(wrong_kind(KEY_KIND, kind));
        if values_of_map(located.schema).is_none() {
            messages.push(format!("`{KEY_KIND}` belongs on a map, whose keys are the ids; remove it"));
        }
    }
    messages
}

/// Whether a property or parameter of this name is an id or a list of ids.
fn names_id(name: &str) -> bool {
    let one = name.strip_suffix('s').unwrap_or(name);
    is_identifier(one) || ["-id", "Key", "_key", "-key"].iter().any(|end| one.ends_with(end))
}

/// Whether a schema can describe an id: free text or an integer, and not a credential.
fn is_plain(schema: &Value) -> bool {
    let is_scalar = schema["type"] == "string" || schema["type"] == "integer";
    is_scalar && schema.get("enum").is_none() && schema["format"] != "password"
}

fn wrong_kind(key: &str, kind: &Value) -> Option<String> {
    let Some(kind) = kind.as_str() else {
        return Some(format!("{key} is {kind}, which is not a text; specify a kind, for example domain"));
    };
    if kind.is_empty() || kind.to_kebab_case() != kind {
        return Some(format!("{key} is `{kind}`, which is not in kebab-case; write it as in connection-request"));
    }
    (!KINDS.contains(&kind)).then(|| {
        let near = suggest::did_you_mean(kind, KINDS);
        format!("{key} is `{kind}`, which is not a known kind{near}; correct it, or add it to xtask/src/rules/ids.rs")
    })
}
