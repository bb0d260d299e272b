use serde_json::json;

use super::{each_is_found, none_is_found, operation};
use crate::rules::answers::broken;

const USERS: &str = "groups/users.yaml: get_user";

#[test]
fn one_success_schema_and_the_one_error() {
    let user = |below: &str| operation("get_user", below);
    let other = json!({
        "description": "Accepted.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Acknowledgement"}}},
    });
    each_is_found(
        broken,
        [
            (user("/responses/200"), None, USERS, &["no success answer", "add '200'"][..]),
            (user("/responses/202"), Some(other), USERS, &["different schemas", "let them share one"]),
            (user("/responses/4XX"), None, USERS, &["answer 4XX has to be #/components/responses/Error"]),
            (user("/responses/5XX"), Some(json!({"description": "Own."})), USERS, &["answer 5XX has to be"]),
            (
                user("/responses/default"),
                Some(json!({})),
                USERS,
                &["answer default cannot be generated", "4XX and 5XX"],
            ),
            (user("/responses/404"), Some(json!({})), USERS, &["answer 404 cannot be generated"]),
        ],
    );
}

#[test]
fn one_media_type() {
    let text = || Some(json!({"schema": {"type": "string"}}));
    let wallet = "groups/wallet.yaml: add_wallet_balance";
    each_is_found(
        broken,
        [
            (
                operation("get_user", "/responses/200/content/text~1plain"),
                text(),
                USERS,
                &["answer 200", "application/json or application/octet-stream", "no other media type"][..],
            ),
            (operation("get_user", "/responses/200/content"), None, USERS, &["answer 200 has to have a schema"]),
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
                &["requestBody has to have a schema"],
            ),
        ],
    );
}

#[test]
fn several_success_answers_may_share_a_schema() {
    let document = crate::fixture::document();
    let answer = document.value().pointer(&operation("get_user", "/responses/200")).unwrap();
    none_is_found(broken, [(operation("get_user", "/responses/207"), Some(answer.clone()))]);
}
