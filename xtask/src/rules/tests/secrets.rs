use serde_json::{Value, json};

use super::{each_is_found, none_is_found, operation, schema};
use crate::rules::secrets::broken;

#[test]
fn unclassified_property_is_found() {
    let parts = ["sounds like a credential", "`format: password`", "`x-zapmail-secret: false`"];
    for name in ["password", "appPassword", "secret", "recoveryEmail"] {
        let format = schema("Mailbox", &format!("/properties/{name}/format"));
        each_is_found(broken, [(format, None, format!("groups/mailbox.yaml: Mailbox.{name}").as_str(), &parts[..])]);
    }
    for name in ["otpCode", "accessToken", "apiKey", "API_KEY", "loginSeed", "smtpCredentials", "keyPassphrase"] {
        let property = schema("Mailbox", &format!("/properties/{name}"));
        let location = format!("groups/mailbox.yaml: Mailbox.{name}");
        each_is_found(
            broken,
            [
                (property.clone(), Some(json!({"type": "string"})), location.as_str(), &parts[..]),
                // An undescribed property can contain anything.
                (property, Some(json!({"description": "Not seen."})), &location, &parts),
            ],
        );
    }
}

#[test]
fn unclassified_list_or_reference_is_found() {
    let parts = ["sounds like a credential", "the items of a list", "the component behind a reference"];
    let number_or_text = || json!({"$ref": "#/components/schemas/NumberOrText"});
    let hidden = [
        json!({"type": "array", "items": {"type": "string"}}),
        json!({"type": "array", "items": {"type": "array", "items": {}}}),
        json!({"type": "object", "additionalProperties": {"type": "string"}}),
        number_or_text(),
        json!({"type": "array", "items": number_or_text()}),
        json!({"$ref": "#/components/schemas/UntypedBody"}),
    ];
    for value in hidden {
        let row = (schema("Mailbox", "/properties/otps"), Some(value), "groups/mailbox.yaml: Mailbox.otps", &parts[..]);
        each_is_found(broken, [row]);
    }
    // A circular reference does not count as classified.
    let circle = json!({"type": "array", "items": {"$ref": "#/components/schemas/Mailbox/properties/otps"}});
    each_is_found(
        broken,
        [(schema("Mailbox", "/properties/otps"), Some(circle), "groups/mailbox.yaml: Mailbox.otps", &parts[..])],
    );
}

#[test]
fn unclassified_parameter_is_found() {
    let token = |schema: Value| Some(json!({"name": "resetToken", "in": "query", "schema": schema}));
    let own = || operation("get_authenticator_code", "/parameters/0");
    let shared = || "/components/parameters/Page".to_owned();
    let location = "groups/mailbox.yaml: get_authenticator_code.resetToken";
    let parts = &["sounds like a credential"][..];
    let text = || json!({"type": "string"});
    let list = || json!({"type": "array", "items": {"type": "string"}});
    each_is_found(
        broken,
        [
            (own(), token(text()), location, parts),
            (own(), token(list()), location, parts),
            (shared(), token(text()), "api.yaml: Page", parts),
        ],
    );
}

#[test]
fn classified_properties_and_other_types_are_accepted() {
    let token = || schema("Mailbox", "/properties/token");
    let classified = [
        json!({"type": "string", "format": "password"}),
        json!({"type": "string", "x-zapmail-secret": false}),
        json!({"type": "boolean"}),
        json!({"$ref": "#/components/schemas/MailboxStatus"}),
        json!({"$ref": "#/components/schemas/AdminAccount"}),
        json!({"type": "array", "items": {"type": "string", "format": "password"}}),
        json!({"type": "array", "items": {"$ref": "#/components/schemas/AdminAccount"}}),
        json!({"type": "array", "x-zapmail-secret": false, "items": {"type": "string"}}),
    ];
    none_is_found(broken, classified.map(|schema| (token(), Some(schema))));
}
