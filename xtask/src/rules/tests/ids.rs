use serde_json::{Value, json};

use super::{each_is_found, none_is_found, operation, schema};
use crate::fixture;
use crate::rules::ids::{KINDS, broken};
use crate::rules::locations;

const MAILBOX_ID: &str = "groups/mailbox.yaml: Mailbox.id";

/// The pointer to the only parameter that get_mailbox defines itself, or below it.
fn mailbox_parameter(below: &str) -> String {
    let document = fixture::document();
    let parameters = &document.value()["paths"]["/v2/mailboxes"]["get"]["parameters"];
    let at = parameters.as_array().unwrap().iter().position(|parameter| parameter["name"] == "id").unwrap();
    operation("get_mailbox", &format!("/parameters/{at}{below}"))
}

#[test]
fn id_without_kind_is_found() {
    let parts = &["is named like an id", "add `x-zapmail-id: <kind>` next to its type", "connection-request"][..];
    let rows = [
        (schema("Mailbox", "/properties/id/x-zapmail-id"), MAILBOX_ID),
        (schema("DomainRemoval", "/properties/ids/items/x-zapmail-id"), "groups/domains.yaml: DomainRemoval.ids.items"),
        (schema("ExportStatus", "/properties/export_id/x-zapmail-id"), "groups/export.yaml: ExportStatus.export_id"),
        (mailbox_parameter("/schema/x-zapmail-id"), "groups/mailbox.yaml: get_mailbox.id"),
        ("/components/parameters/WorkspaceKey/schema/x-zapmail-id".to_owned(), "api.yaml: WorkspaceKey"),
        ("/components/parameters/WorkspaceId/schema/x-zapmail-id".to_owned(), "api.yaml: WorkspaceId"),
    ];
    each_is_found(broken, rows.map(|(pointer, location)| (pointer, None, location, parts)));
}

#[test]
fn names_and_types_of_ids_are_recognized() {
    let parts = &["is named like an id"][..];
    let string = || json!({"type": "string"});
    let list = || json!({"type": "array", "items": {"type": "string", "format": "uuid"}});
    let properties = [
        ("mailboxId", json!({"type": "string", "format": "uuid"}), ""),
        ("mailboxId", json!({"type": "integer", "format": "int64"}), ""),
        ("mailboxId", json!({"type": "string", "nullable": true}), ""),
        ("mailbox_id", string(), ""),
        ("mailbox-id", string(), ""),
        ("mailboxKey", string(), ""),
        ("mailbox_key", string(), ""),
        ("x-mailbox-key", string(), ""),
        ("mailboxIds", list(), ".items"),
        ("mailbox_ids", list(), ".items"),
        ("mailboxKeys", list(), ".items"),
        ("mailboxId", json!({"oneOf": [{"type": "integer"}, {"type": "string"}]}), ".oneOf"),
        // The component behind the reference must have the kind.
        ("mailboxId", json!({"$ref": "#/components/schemas/Mailbox/properties/username"}), ""),
    ];
    for (name, property, step) in properties {
        let pointer = schema("Mailbox", &format!("/properties/{name}"));
        let location = format!("groups/mailbox.yaml: Mailbox.{name}{step}");
        each_is_found(broken, [(pointer, Some(property), location.as_str(), parts)]);
    }
}

#[test]
fn wrong_kind_is_found() {
    let id = || schema("Mailbox", "/properties/id/x-zapmail-id");
    let map = || schema("MailboxAssignments", "/x-zapmail-key-id");
    let assignments = "groups/mailbox.yaml: MailboxAssignments";
    each_is_found(
        broken,
        [
            (
                id(),
                Some(json!("mailboxes")),
                MAILBOX_ID,
                &["`mailboxes`", "not a known kind", "did you mean mailbox?", "xtask/src/rules/ids.rs"][..],
            ),
            (id(), Some(json!("dnsRecord")), MAILBOX_ID, &["`dnsRecord`", "not in kebab-case"]),
            (id(), Some(json!("dns_record")), MAILBOX_ID, &["`dns_record`", "not in kebab-case"]),
            (id(), Some(json!("")), MAILBOX_ID, &["not in kebab-case"]),
            (id(), Some(json!(true)), MAILBOX_ID, &["true", "not a text", "specify a kind"]),
            (map(), Some(json!("mailboxes")), assignments, &["x-zapmail-key-id", "not a known kind"]),
            (map(), Some(json!("Domain")), assignments, &["x-zapmail-key-id", "not in kebab-case"]),
        ],
    );
}

#[test]
fn kind_on_a_schema_that_is_not_an_id_is_found() {
    let property = || schema("Mailbox", "/properties/nickname");
    let location = "groups/mailbox.yaml: Mailbox.nickname";
    let parts = &["belongs on a string or an integer", "remove it", "items of the list"][..];
    let wrong = [
        json!({"type": "boolean", "x-zapmail-id": "mailbox"}),
        json!({"type": "number", "x-zapmail-id": "mailbox"}),
        json!({"type": "array", "x-zapmail-id": "mailbox", "items": {"type": "string"}}),
        json!({"type": "object", "x-zapmail-id": "mailbox"}),
        json!({"type": "string", "x-zapmail-id": "mailbox", "enum": ["a"]}),
        json!({"type": "string", "format": "password", "x-zapmail-id": "mailbox"}),
        json!({"$ref": "#/components/schemas/Mailbox", "x-zapmail-id": "mailbox"}),
        json!({"x-zapmail-id": "mailbox"}),
    ];
    each_is_found(broken, wrong.map(|wrong| (property(), Some(wrong), location, parts)));
    let domain = || Some(json!("domain"));
    each_is_found(
        broken,
        [
            (schema("Mailbox", "/x-zapmail-id"), domain(), "groups/mailbox.yaml: Mailbox", parts),
            (
                mailbox_parameter("/x-zapmail-id"),
                domain(),
                "groups/mailbox.yaml: get_mailbox.id",
                &["the parameter has `x-zapmail-id`", "move it into its `schema`"],
            ),
            (
                "/components/parameters/WorkspaceKey/x-zapmail-id".to_owned(),
                domain(),
                "api.yaml: WorkspaceKey",
                &["move it into its `schema`"],
            ),
            (
                schema("User", "/x-zapmail-key-id"),
                domain(),
                "groups/users.yaml: User",
                &["`x-zapmail-key-id` belongs on a map", "remove it"],
            ),
            // An object that keeps unknown properties is not a map.
            (
                schema("PrewarmedPurchase", "/x-zapmail-key-id"),
                domain(),
                "groups/prewarmed-domains.yaml: PrewarmedPurchase",
                &["`x-zapmail-key-id` belongs on a map", "remove it"],
            ),
        ],
    );
}

#[test]
fn other_names_and_types_need_no_kind() {
    let properties = [
        ("paid", json!({"type": "string"})),
        ("isValid", json!({"type": "string"})),
        ("monkey", json!({"type": "string"})),
        ("status", json!({"type": "string"})),
        ("mailboxId", json!({"description": "Not seen."})),
        ("mailboxId", json!({"type": "boolean"})),
        ("mailboxId", json!({"$ref": "#/components/schemas/MailboxStatus"})),
        ("mailboxId", json!({"$ref": "#/components/schemas/Mailbox/properties/id"})),
        ("mailboxIds", json!({"type": "array", "items": {}})),
        ("mailboxIds", json!({"type": "object", "additionalProperties": {"type": "string"}})),
        ("signingKey", json!({"type": "string", "format": "password"})),
        // Properties with other names can also be ids.
        ("reference", json!({"type": "string", "x-zapmail-id": "mailbox"})),
    ];
    let row = |(name, property): (&str, Value)| (schema("Mailbox", &format!("/properties/{name}")), Some(property));
    none_is_found(broken, properties.map(row));
}

#[test]
fn known_kinds_are_sorted_and_used() {
    assert!(KINDS.is_sorted_by(|one, next| one < next), "{KINDS:?}");
    let document = fixture::document();
    let all_located = locations::all(&document);
    let used: Vec<_> = all_located.iter().filter_map(|located| located.schema["x-zapmail-id"].as_str()).collect();
    let unused: Vec<_> = KINDS.into_iter().filter(|kind| !used.contains(kind)).collect();
    assert_eq!(unused, [""; 0], "kinds without an id");
}
