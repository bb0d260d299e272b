use serde_json::json;

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
fn a_parameter_that_sounds_like_a_credential_is_classified() {
    let token = json!({"name": "resetToken", "in": "query", "schema": {"type": "string"}});
    each_is_found(
        broken,
        [(
            operation("get_authenticator_code", "/parameters/0"),
            Some(token),
            "groups/mailbox.yaml: get_authenticator_code",
            &["parameter resetToken", "classify its schema"][..],
        )],
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
    ];
    none_is_found(broken, classified.map(|schema| (token(), Some(schema))));
}
