use serde_json::json;

use super::{each_is_found, none_is_found, operation};
use crate::rules::responses::broken;

const USERS: &str = "groups/users.yaml: get_user";

#[test]
fn operation_has_one_success_schema_and_the_shared_error() {
    let user = |below: &str| operation("get_user", below);
    let other = json!({
        "description": "Accepted.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Acknowledgement"}}},
    });
    each_is_found(
        broken,
        [
            (user("/responses/200"), None, USERS, &["no success response", "add '200'"][..]),
            (user("/responses/202"), Some(other), USERS, &["different schemas", "use one schema"]),
            (user("/responses/4XX"), None, USERS, &["response 4XX must be #/components/responses/Error"]),
            (user("/responses/5XX"), Some(json!({"description": "Own."})), USERS, &["response 5XX must be"]),
            (
                user("/responses/default"),
                Some(json!({})),
                USERS,
                &["response default cannot be generated", "4XX and 5XX"],
            ),
            (user("/responses/404"), Some(json!({})), USERS, &["response 404 cannot be generated"]),
        ],
    );
}

#[test]
fn body_and_responses_have_one_media_type() {
    let text = || Some(json!({"schema": {"type": "string"}}));
    let wallet = "groups/wallet.yaml: add_wallet_balance";
    each_is_found(
        broken,
        [
            (
                operation("get_user", "/responses/200/content/text~1plain"),
                text(),
                USERS,
                &["response 200", "application/json or application/octet-stream", "no other media type"][..],
            ),
            (operation("get_user", "/responses/200/content"), None, USERS, &["response 200 must have a schema"]),
            (
                operation("add_wallet_balance", "/requestBody/content/multipart~1form-data"),
                text(),
                wallet,
                &["requestBody", "application/json", "no other media type"],
            ),
            (
                operation("add_wallet_balance", "/requestBody/content/application~1json/schema"),
                None,
                wallet,
                &["requestBody must have a schema"],
            ),
        ],
    );
}

#[test]
fn several_success_responses_can_share_a_schema() {
    let document = crate::fixture::document();
    let response = document.value().pointer(&operation("get_user", "/responses/200")).unwrap();
    none_is_found(broken, [(operation("get_user", "/responses/207"), Some(response.clone()))]);
}
