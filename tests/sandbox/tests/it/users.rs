//! The account.

use serde_json::json;

use crate::api::{Api, assert_fields};

#[tokio::test]
async fn user_has_totals_of_account() {
    let api = Api::start().await;
    let user = api.get("/v2/users").await.data();
    assert_fields(&user, json!({"purchasedMailboxes": 72 + 20, "assignedMailboxes": 72, "walletBalance": 64.5}));

    let mailbox = api.domain(0).await["mailboxes"][0]["id"].take();
    let body = json!({"mailboxIds": [mailbox], "remove": true});
    api.post("/v2/mailboxes/remove-mailboxes-instantly", body).await.ok();
    api.post("/v2/wallet/buy-addon-mailboxes?quantity=2", json!({})).await.ok();
    let user = api.in_workspace(1).get("/v2/users").await.data();
    assert_fields(&user, json!({"purchasedMailboxes": 72 + 20 + 2, "assignedMailboxes": 71, "walletBalance": 58}));
}
