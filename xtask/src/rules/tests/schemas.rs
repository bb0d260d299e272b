use serde_json::{Value, json};

use super::{each_is_found, none_is_found, operation, schema};
use crate::rules::schemas::broken;

const MAILBOX: &str = "groups/mailbox.yaml: Mailbox";

#[test]
fn objects_and_enums_have_a_name() {
    let property = || schema("Mailbox", "/properties/username");
    let username = "groups/mailbox.yaml: Mailbox.username";
    let list = json!({"type": "array", "items": {"type": "object"}});
    each_is_found(
        broken,
        [
            (property(), Some(json!({"type": "object"})), username, &["inline object", "named component"][..]),
            (property(), Some(json!({"properties": {}})), username, &["inline object"]),
            (property(), Some(json!({"type": "string", "enum": ["a"]})), username, &["inline enum", "component"]),
            (property(), Some(list), "groups/mailbox.yaml: Mailbox.username.items", &["inline object"]),
            (
                schema("Mailbox", "/additionalProperties"),
                Some(json!({"type": "object"})),
                "groups/mailbox.yaml: Mailbox.additionalProperties",
                &["inline object"],
            ),
        ],
    );
}

#[test]
fn parameters_are_scalars_or_named() {
    let parameter = |schema: Value| Some(json!({"name": "form", "in": "query", "schema": schema}));
    let inline = || operation("get_authenticator_code", "/parameters/0");
    let shared = || "/components/parameters/Page".to_owned();
    let choice = || json!({"type": "string", "enum": ["a"]});
    let form = "groups/mailbox.yaml: get_authenticator_code.form";
    each_is_found(
        broken,
        [
            (inline(), parameter(choice()), form, &["inline enum", "named component"][..]),
            (inline(), parameter(json!({"type": "object"})), form, &["inline object", "named component"]),
            (inline(), parameter(json!({"anyOf": []})), form, &["`anyOf`"]),
            (
                inline(),
                parameter(json!({"type": "array", "items": choice()})),
                "groups/mailbox.yaml: get_authenticator_code.form.items",
                &["inline enum", "named component"],
            ),
            (shared(), parameter(choice()), "api.yaml: Page", &["inline enum", "named component"]),
            (
                shared(),
                parameter(json!({"type": "array", "items": choice()})),
                "api.yaml: Page.items",
                &["inline enum"],
            ),
        ],
    );
}

#[test]
fn bodies_and_responses_are_references() {
    let json = "/content/application~1json/schema";
    let parts = ["a reference and nothing else", "move it into a component and refer to it"];
    let schemas = [
        json!({"type": "object"}),
        json!({"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        json!({"nullable": true}),
        json!({"type": "object", "additionalProperties": false}),
        json!({"$ref": "#/components/schemas/Acknowledgement", "description": "Lost."}),
    ];
    for schema in schemas {
        let rows = [
            (operation("add_wallet_balance", &format!("/requestBody{json}")), "groups/wallet.yaml: add_wallet_balance"),
            (operation("get_user", &format!("/responses/200{json}")), "groups/users.yaml: get_user"),
            (format!("/components/responses/Error{json}"), "api.yaml: Error"),
        ];
        each_is_found(broken, rows.map(|(pointer, location)| (pointer, Some(schema.clone()), location, &parts[..])));
    }
}

#[test]
fn ineffective_nullable_is_found() {
    let property = || schema("Mailbox", "/properties/username");
    let provider = || schema("ServiceProvider", "/enum");
    each_is_found(
        broken,
        [
            (
                property(),
                Some(json!({"nullable": true})),
                "groups/mailbox.yaml: Mailbox.username",
                &["`nullable` without `type`", "add the type"][..],
            ),
            (provider(), Some(json!(["GOOGLE"])), "api.yaml: ServiceProvider", &["must list null"]),
        ],
    );
}

#[test]
fn strict_response_is_found() {
    let required = || schema("Mailbox", "/required");
    each_is_found(
        broken,
        [
            (
                schema("Mailbox", "/additionalProperties"),
                Some(json!(false)),
                MAILBOX,
                &["`additionalProperties: false`", "remove it"][..],
            ),
            (required(), Some(json!(["id", "username"])), MAILBOX, &["`username` is required", "only identifiers are"]),
            // The suffix `id` in lower case does not indicate an identifier.
            (required(), Some(json!(["id", "paid"])), MAILBOX, &["`paid` is required", "only identifiers are"]),
            (required(), Some(json!(["id", "isValid"])), MAILBOX, &["`isValid` is required", "only identifiers are"]),
            // The rule also applies to a schema that requests use as well.
            (
                operation("get_user", "/responses/200/content/application~1json/schema/$ref"),
                Some(json!("#/components/schemas/WalletTopUp")),
                "groups/wallet.yaml: WalletTopUp",
                &["`amount` is required", "only identifiers are"],
            ),
        ],
    );
    // A schema that only requests use can be strict.
    none_is_found(broken, [(schema("WalletTopUp", "/additionalProperties"), Some(json!(false)))]);
}

#[test]
fn misspelled_extension_is_found() {
    let misspelled = schema("Mailbox", "/properties/username/x-zapmail-secrt");
    let parts = &["`x-zapmail-secrt` is not an extension of a schema", "x-zapmail-secret"][..];
    each_is_found(broken, [(misspelled, Some(json!(false)), "groups/mailbox.yaml: Mailbox.username", parts)]);
}

#[test]
fn schema_without_a_good_type_is_found() {
    let reference = json!({"$ref": "#/components/schemas/MailboxStatus", "description": "Lost."});
    each_is_found(
        broken,
        [
            (
                schema("Mailbox", "/properties/username"),
                Some(json!({"anyOf": [{"type": "string"}, {"type": "integer"}]})),
                "groups/mailbox.yaml: Mailbox.username",
                &["`anyOf`", "use oneOf with named components"][..],
            ),
            (
                schema("Mailbox", "/properties/username"),
                Some(json!({"type": "string", "format": "numeric"})),
                "groups/mailbox.yaml: Mailbox.username",
                &["`format: numeric` belongs in the component NumberOrText", "refer to it"],
            ),
            (
                schema("Mailbox", "/properties/status"),
                Some(reference),
                "groups/mailbox.yaml: Mailbox.status",
                &["`$ref` with siblings", "move them into the component"],
            ),
            (
                schema("Mailbox", "/required"),
                Some(json!(["id", "mailboxId"])),
                MAILBOX,
                &["`mailboxId` is required but not a property", "correct the name"],
            ),
        ],
    );
}
