use serde_json::json;

use super::{BODY, each_is_found, operation, schema};
use crate::rules::examples::broken;

const USERS: &str = "groups/users.yaml: get_user";
const WALLET: &str = "groups/wallet.yaml: add_wallet_balance";
const MEMBER: &str = "groups/workspaces.yaml: update_workspace_member";

#[test]
fn bodies_and_responses_have_an_example() {
    let response = "/responses/200/content/application~1json/example";
    each_is_found(
        broken,
        [
            (operation("add_wallet_balance", BODY), None, WALLET, &["the body has no example", "invented values"][..]),
            (operation("get_user", response), None, USERS, &["response 200 has no example", "add one"]),
            (
                operation("list_workspaces", "/responses/200/content/application~1json/examples"),
                Some(json!({})),
                "groups/workspaces.yaml: list_workspaces",
                &["response 200 has no example"],
            ),
        ],
    );
}

#[test]
fn required_parameters_have_an_example() {
    // The first parameter is the workspace, the second is `memberId`.
    let example = || operation("update_workspace_member", "/parameters/1/example");
    each_is_found(
        broken,
        [
            (example(), None, MEMBER, &["parameter \"memberId\" is required and has no example", "add one"][..]),
            (example(), Some(json!(17)), MEMBER, &["example of \"memberId\"", "17"]),
        ],
    );
}

#[test]
fn example_matches_its_schema() {
    let response =
        |below: &str| operation("get_user", &format!("/responses/200/content/application~1json/example{below}"));
    let live = "/responses/200/content/application~1json/examples/live/value/data";
    each_is_found(
        broken,
        [
            (
                operation("add_wallet_balance", BODY),
                Some(json!({"amount": "50"})),
                WALLET,
                &["example of the body", "/amount"][..],
            ),
            (
                operation("add_wallet_balance", BODY),
                Some(json!({})),
                WALLET,
                &["example of the body", "amount", "required"],
            ),
            (
                response("/data/walletBalance"),
                Some(json!([])),
                USERS,
                &["example of response 200", "/data/walletBalance"],
            ),
            (
                operation("list_workspaces", live),
                Some(json!("none")),
                "groups/workspaces.yaml: list_workspaces",
                &["example of response 200", "/data"],
            ),
            (
                operation("update_workspace_member", &format!("{BODY}/role")),
                Some(json!("KING")),
                MEMBER,
                &["/role", "KING"],
            ),
        ],
    );
}

#[test]
fn invalid_schema_is_reported_as_such() {
    each_is_found(
        broken,
        [(schema("WalletTopUp", "/type"), Some(json!("objekt")), WALLET, &["the schema is invalid"][..])],
    );
}
