//! Ids: every identifier names the kind of thing that it identifies.

use serde_json::Value;

use super::places::{self, Parameter, Place};
use super::schemas::is_identifier;
use super::secrets::values_of_map;
use crate::document::Document;
use crate::finding::Finding;
use crate::suggest;

/// Kinds of ids, one per identifier of a thing: two ids of one kind are interchangeable, unless the kind is `unknown`.
pub const KINDS: [&str; 34] = [
    "billing-record",              // Billing details of a workspace.
    "connection-request",          // Request to connect a domain.
    "dns-provider-credentials",    // Stored credentials of a DNS provider.
    "dns-provider-record",         // DNS record, as the DNS provider identifies it.
    "dns-record",                  // DNS record, as the service identifies it.
    "dns-shield-subscription",     // DNS Shield subscription, as the operations that take one identify it.
    "dns-shield-subscription-row", // DNS Shield subscription, as list_dns_shield_subscriptions identifies it.
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
    "unknown",                     // It is not known what the id identifies.
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
    for place in places::all(document) {
        let messages = messages(document, &place);
        findings.extend(messages.into_iter().map(|message| Finding::new(place.file, place.path.as_str(), message)));
    }
    for Parameter { file, path, value } in places::parameters(document) {
        if value.get(KIND).is_some() {
            findings.push(Finding::new(file, path, format!("the parameter has `{KIND}`; move it into its `schema`")));
        }
    }
    findings
}

const KIND: &str = "x-zapmail-id";
const KEY_KIND: &str = "x-zapmail-key-id";

fn messages(document: &Document, place: &Place<'_>) -> Vec<String> {
    let mut messages = Vec::new();
    match place.schema.get(KIND) {
        Some(kind) => {
            messages.extend(wrong_kind(KIND, kind));
            if !is_plain(place.schema) {
                messages.push(format!(
                    "`{KIND}` belongs on a string or an integer; remove it, or move it to the items of the list or to \
                     the component behind the reference"
                ));
            }
        }
        None if place.name.is_some_and(names_id) => {
            let described = document.resolve(place.schema);
            if is_plain(described) && described.get(KIND).is_none() {
                messages.push(format!(
                    "has the name of an id; add `{KIND}: <kind>` beside its type, with one of {}; a kind that is missing \
                     here belongs in xtask/src/rules/ids.rs",
                    KINDS.join(", ")
                ));
            }
        }
        None => {}
    }
    if let Some(kind) = place.schema.get(KEY_KIND) {
        messages.extend(wrong_kind(KEY_KIND, kind));
        if values_of_map(place.schema).is_none() {
            messages.push(format!("`{KEY_KIND}` belongs on a map, whose keys are the ids; remove it"));
        }
    }
    messages
}

/// Whether a property or parameter of this name identifies something, or lists such ids.
fn names_id(name: &str) -> bool {
    let one = name.strip_suffix('s').unwrap_or(name);
    is_identifier(one) || ["-id", "Key", "_key", "-key"].iter().any(|end| one.ends_with(end))
}

/// Whether an id can be of this schema: free text or an integer, and not a credential.
fn is_plain(schema: &Value) -> bool {
    let is_scalar = schema["type"] == "string" || schema["type"] == "integer";
    is_scalar && schema.get("enum").is_none() && schema["format"] != "password"
}

fn wrong_kind(key: &str, kind: &Value) -> Option<String> {
    let Some(kind) = kind.as_str() else {
        return Some(format!("{key} is {kind}, which is not a text; name a kind, for example domain"));
    };
    if !is_kebab_case(kind) {
        return Some(format!("{key} is `{kind}`, which is not in kebab-case; write it like connection-request"));
    }
    (!KINDS.contains(&kind)).then(|| {
        let near = suggest::did_you_mean(kind, KINDS);
        format!("{key} is `{kind}`, which is not a known kind{near}; correct it, or add it to xtask/src/rules/ids.rs")
    })
}

fn is_kebab_case(kind: &str) -> bool {
    kind.split('-').all(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase()))
}
