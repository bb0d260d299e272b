//! Zapbox: the account owner's consent, the form of refusals, and the emails.

use reqwest::Method;
use serde_json::json;

use crate::api::Api;

#[tokio::test]
async fn requests_without_consent_are_refused() {
    let api = Api::start().await;
    let label = json!({"account": "dana.reed@acme-001.example.com", "labelName": "Hot", "color": "#16a766"});
    let paths = ["connected-accounts", "top-emails", "search-emails", "thread-emails?threadId=a"];
    for (given, status) in [(false, 403), (true, 200)] {
        api.sandbox.set_zapbox_consent(given);
        for path in paths {
            assert_eq!(api.get(&format!("/v2/onebox/{path}")).await.status, status, "{path}");
        }
        assert_eq!(api.post("/v2/onebox/create-new-label", label.clone()).await.status, status);
    }
}

#[tokio::test]
async fn invalid_requests_are_refused_with_400() {
    let api = Api::start().await;
    assert_eq!(api.get("/v2/onebox/thread-emails").await.refused(400), "threadId is required");
    let incomplete = json!({"labelName": "Hot"});
    assert_eq!(api.post("/v2/onebox/delete-label", incomplete).await.refused(400), "account is required");
    api.send(api.request(Method::POST, "/v2/onebox/send-email").body("{")).await.refused(400);
    api.get("/v2/onebox/top-emails?cursor=first").await.refused(400);
}

#[tokio::test]
async fn each_active_mailbox_has_an_email_with_an_attachment() {
    let api = Api::start().await;
    let account = api.domain(0).await["mailboxes"][0]["email"].take();
    let list = async |query: &str| api.get(&format!("/v2/onebox/top-emails?{query}")).await.ok()["data"].take();
    assert_eq!(list("limit=100").await.as_array().unwrap().len(), 44);
    assert_eq!(list("limit=2").await[0]["account"], account);
    let mails = list(&format!("account={}", account.as_str().unwrap())).await;
    assert_eq!(mails.as_array().unwrap().len(), 1);
    let file = &mails[0]["attachments"][0];
    let request = json!({
        "account": account, "messageId": mails[0]["messageId"], "attachmentId": file["attachmentId"],
        "filename": file["filename"], "provider": "google",
    });
    let reply = api.post("/v2/onebox/download-attachment", request).await;
    assert_eq!((reply.status, &reply.headers["content-type"]), (200, &"application/octet-stream".parse().unwrap()));
}
