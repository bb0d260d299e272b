use serde_json::{Value, json};

use super::{each_is_found, none_is_found, operation, schema};
use crate::rules::secrets::broken;

#[test]
fn what_sounds_like_a_credential_is_classified() {
    let parts = ["sounds like a credential", "`format: password`", "`x-zapmail-secret: false`"];
    for name in ["password", "appPassword", "secret", "recoveryEmail"] {
        let format = schema("Mailbox", &format!("/properties/{name}/format"));
        each_is_found(broken, [(format, None, format!("groups/mailbox.yaml: Mailbox.{name}").as_str(), &parts[..])]);
    }
    for name in ["otpCode", "accessToken", "apiKey", "API_KEY", "loginSeed", "smtpCredentials", "keyPassphrase"] {
        let property = schema("Mailbox", &format!("/properties/{name}"));
        let place = format!("groups/mailbox.yaml: Mailbox.{name}");
        each_is_found(
            broken,
            [
                (property.clone(), Some(json!({"type": "string"})), place.as_str(), &parts[..]),
                // What nobody has described may hold anything.
                (property, Some(json!({"description": "Not seen."})), &place, &parts),
            ],
        );
    }
}

#[test]
fn lists_and_references_hide_no_credential() {
    let parts = ["sounds like a credential", "the items of a list", "the component behind a reference"];
    let numeric = || json!({"$ref": "#/components/schemas/Numeric"});
    let hidden = [
        json!({"type": "array", "items": {"type": "string"}}),
        json!({"type": "array", "items": {"type": "array", "items": {}}}),
        json!({"type": "object", "additionalProperties": {"type": "string"}}),
        numeric(),
        json!({"type": "array", "items": numeric()}),
        json!({"$ref": "#/components/schemas/UntypedBody"}),
    ];
    for value in hidden {
        let row = (schema("Mailbox", "/properties/otps"), Some(value), "groups/mailbox.yaml: Mailbox.otps", &parts[..]);
        each_is_found(broken, [row]);
    }
    // A circle is no way out.
    let circle = json!({"type": "array", "items": {"$ref": "#/components/schemas/Mailbox/properties/otps"}});
    each_is_found(
        broken,
        [(schema("Mailbox", "/properties/otps"), Some(circle), "groups/mailbox.yaml: Mailbox.otps", &parts[..])],
    );
}

#[test]
fn a_parameter_that_sounds_like_a_credential_is_classified() {
    let token = |schema: Value| Some(json!({"name": "resetToken", "in": "query", "schema": schema}));
    let own = || operation("get_authenticator_code", "/parameters/0");
    let shared = || "/components/parameters/Page".to_owned();
    let place = "groups/mailbox.yaml: get_authenticator_code";
    let parts = &["parameter resetToken", "classify its schema"][..];
    let text = || json!({"type": "string"});
    let list = || json!({"type": "array", "items": {"type": "string"}});
    each_is_found(
        broken,
        [
            (own(), token(text()), place, parts),
            (own(), token(list()), place, parts),
            (shared(), token(text()), "api.yaml: Page", parts),
        ],
    );
}

#[test]
fn what_is_classified_or_holds_none_is_left_alone() {
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
