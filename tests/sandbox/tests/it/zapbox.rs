//! Zapbox.

use reqwest::Method;
use serde_json::{Value, json};

use crate::api::{Api, Reply};

const ACCOUNTS: &str = "/v2/onebox/connected-accounts";

/// Returns the body of a success in Zapbox's envelope.
fn ok(reply: Reply) -> Value {
    let body = reply.ok();
    assert_eq!(body["success"], true);
    assert!(body.get("status").is_none() && body.get("message").is_none());
    body
}

async fn post(api: &Api, operation: &str, body: Value) -> Reply {
    api.post(&format!("/v2/onebox/{operation}"), body).await
}

async fn mails(api: &Api, query: &str) -> Vec<Value> {
    ok(api.get(&format!("/v2/onebox/top-emails?{query}")).await)["data"].as_array().unwrap().clone()
}

/// Returns the address of the first connected account, which has emails.
async fn account(api: &Api) -> String {
    ok(api.get(ACCOUNTS).await)["data"][0]["emailAccount"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn connected_accounts_are_paginated() {
    let api = Api::start().await;
    let first = ok(api.get(&format!("{ACCOUNTS}?limit=40")).await);
    assert_eq!(first["data"].as_array().unwrap().len(), 40);
    assert_eq!(first["pagination"], json!({"page": 1, "limit": 40, "total": 45, "totalPages": 2, "hasNextPage": true}));
    let second = ok(api.get(&format!("{ACCOUNTS}?limit=40&page=2")).await);
    assert_eq!(second["data"].as_array().unwrap().len(), 5);
    assert_eq!(second["pagination"]["hasNextPage"], false);
    let all = [first, second].iter().flat_map(|page| page["data"].as_array().unwrap().clone()).collect::<Vec<_>>();
    assert_eq!(all.iter().filter(|row| row["status"] == "disconnected").count(), 1);
    assert_eq!(ok(api.get(ACCOUNTS).await)["pagination"]["limit"], 50);
    for query in ["limit=101", "page=0", "page=-1", "limit=ten"] {
        api.get(&format!("{ACCOUNTS}?{query}")).await.refused(400);
    }
}

#[tokio::test]
async fn requests_without_consent_are_refused() {
    let api = Api::start().await;
    let account = account(&api).await;
    api.sandbox.set_zapbox_consent(false);
    for path in [ACCOUNTS, "/v2/onebox/top-emails", "/v2/onebox/search-emails", "/v2/onebox/thread-emails?threadId=a"] {
        assert!(api.get(path).await.refused(403).contains("consent"));
    }
    let label = json!({"account": account, "labelName": "Hot", "color": "#16a766"});
    post(&api, "create-new-label", label.clone()).await.refused(403);
    api.sandbox.set_zapbox_consent(true);
    ok(post(&api, "create-new-label", label).await);
}

#[tokio::test]
async fn invalid_requests_are_refused_with_400() {
    let api = Api::start().await;
    assert_eq!(api.get("/v2/onebox/thread-emails").await.refused(400), "threadId is required");
    assert_eq!(post(&api, "delete-label", json!({"labelName": "Hot"})).await.refused(400), "account is required");
    api.send(api.request(Method::POST, "/v2/onebox/send-email").body("{")).await.refused(400);
    api.get("/v2/onebox/top-emails?cursor=first").await.refused(400);
}

#[tokio::test]
async fn emails_are_listed_newest_first_by_cursor() {
    let api = Api::start().await;
    let all = mails(&api, "").await;
    assert_eq!(all.len(), 9);
    let dates: Vec<_> = mails(&api, &format!("account={}", account(&api).await)).await;
    let dates: Vec<_> = dates.iter().map(|mail| mail["date"].as_str().unwrap()).collect();
    assert!(dates.len() == 3 && dates.is_sorted_by(|newer, older| newer > older), "{dates:?}");

    let (mut listed, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = ok(api.get(&format!("/v2/onebox/top-emails?limit=4{cursor}")).await);
        listed.extend(page["data"].as_array().unwrap().clone());
        assert_eq!(page["pagination"]["hasNextPage"], !page["pagination"]["nextCursor"].is_null());
        match &page["pagination"]["nextCursor"] {
            Value::Null => break,
            next => cursor = format!("&cursor={next}"),
        }
    }
    assert_eq!(listed, all);
}

#[tokio::test]
async fn emails_are_filtered() {
    let api = Api::start().await;
    let account = account(&api).await;
    let warm_up = mails(&api, "includeWarmUp=true").await;
    assert_eq!(warm_up.iter().filter(|mail| mail["isWarmUp"] == true).count(), 3);
    for (query, count) in [("folder=INBOX", 2), ("folder=sent", 1), ("folder=Interested", 1), ("folder=Spam", 0)] {
        assert_eq!(mails(&api, &format!("account={account}&{query}")).await.len(), count, "{query}");
    }
    let unknown = api.get("/v2/onebox/top-emails?account=nobody@acme-001.example.com").await;
    assert_eq!(unknown.refused(404), "Account not found");
    let north = api.in_workspace(1);
    assert!(mails(&north, "").await.iter().all(|mail| mail["account"] != account.as_str()));
    north.get(&format!("/v2/onebox/top-emails?account={account}")).await.refused(404);
}

#[tokio::test]
async fn sent_email_is_in_its_thread() {
    let api = Api::start().await;
    let account = account(&api).await;
    let original = mails(&api, &format!("account={account}&folder=Interested")).await.remove(0);
    let mail = json!({
        "account": account, "to": "lee@customer.example.com", "subject": "Re: Your website", "body": "I will.",
        "messageId": original["messageId"], "threadId": original["threadId"],
    });
    let sent = ok(post(&api, "send-email", mail.clone()).await)["data"].clone();
    let path = format!("/v2/onebox/thread-emails?threadId={}", original["threadId"].as_str().unwrap());
    let thread = ok(api.get(&path).await)["data"].clone();
    assert_eq!(thread.as_array().unwrap().len(), 3);
    assert_eq!((&thread[2]["messageId"], &thread[2]["body"]), (&sent["messageId"], &json!("I will.")));
    assert_eq!(ok(api.get(&format!("{path}&limit=2")).await)["data"].as_array().unwrap().len(), 2);
    assert_eq!(mails(&api, "folder=SENT").await[0]["messageId"], sent["messageId"]);

    let new = json!({"account": account, "to": "sam@customer.example.com", "subject": "Hello", "body": "Hello Sam."});
    ok(post(&api, "send-email", new).await);
    assert_ne!(mails(&api, "folder=SENT").await[0]["threadId"], original["threadId"]);
    for (part, wrong, status) in [
        ("account", "nobody@acme-001.example.com", 404),
        ("to", "lee", 400),
        ("messageId", "message_999", 404),
        ("threadId", "thread_999", 404),
    ] {
        let mut mail = mail.clone();
        mail[part] = wrong.into();
        post(&api, "send-email", mail).await.refused(status);
    }
    assert_eq!(api.get("/v2/onebox/thread-emails?threadId=thread_999").await.refused(404), "Thread not found");
}

#[tokio::test]
async fn search_covers_all_fields() {
    let api = Api::start().await;
    let search = async |query: &str| {
        ok(api.get(&format!("/v2/onebox/search-emails?{query}")).await)["data"].as_array().unwrap().clone()
    };
    assert_eq!(search("query=ORDER").await.len(), 3);
    assert_eq!(search("q=website&limit=4").await.len(), 4);
    assert_eq!(search("anything=nowhere").await.len(), 0);
    api.get("/v2/onebox/search-emails?limit=101").await.refused(400);
}

#[tokio::test]
async fn attachment_is_downloaded_as_file() {
    let api = Api::start().await;
    let account = account(&api).await;
    let all = mails(&api, &format!("account={account}")).await;
    let mail = all.iter().find(|mail| mail["attachments"][0].is_object()).unwrap();
    let file = &mail["attachments"][0];
    let request = json!({
        "account": account, "messageId": mail["messageId"], "attachmentId": file["attachmentId"],
        "filename": file["filename"], "provider": "google",
    });
    let reply = post(&api, "download-attachment", request.clone()).await;
    assert_eq!((reply.status, &reply.headers["content-type"]), (200, &"application/octet-stream".parse().unwrap()));
    assert!(reply.body.as_str().unwrap().starts_with("%PDF"));
    for (field, resource) in [("account", "Account"), ("messageId", "Message"), ("attachmentId", "Attachment")] {
        let mut request = request.clone();
        request[field] = "unknown".into();
        assert_eq!(post(&api, "download-attachment", request).await.refused(404), format!("{resource} not found"));
    }
}

#[tokio::test]
async fn labels_can_be_created_renamed_and_deleted() {
    let api = Api::start().await;
    let account = account(&api).await;
    let label = |name: &str| json!({"account": account, "labelName": name, "color": "#16a766"});
    ok(post(&api, "create-new-label", label("Later")).await);
    let taken = "A label with this name already exists";
    assert_eq!(post(&api, "create-new-label", label("Later")).await.refused(409), taken);
    post(&api, "create-new-label", label(" ")).await.refused(400);

    let rename = |old: &str, new: &str| json!({"account": account, "oldLabelName": old, "newLabelName": new, "color": "#ff0000"});
    assert_eq!(post(&api, "rename-label", rename("Interested", "Later")).await.refused(409), taken);
    ok(post(&api, "rename-label", rename("Interested", "Hot lead")).await);
    assert_eq!(mails(&api, &format!("account={account}&folder=Hot lead")).await.len(), 1);
    assert_eq!(mails(&api, &format!("account={account}&folder=Interested")).await.len(), 0);
    assert_eq!(post(&api, "rename-label", rename("Interested", "Cold")).await.refused(404), "Label not found");

    ok(post(&api, "delete-label", label("Hot lead")).await);
    assert_eq!(mails(&api, &format!("account={account}&folder=Hot lead")).await.len(), 0);
    assert_eq!(post(&api, "delete-label", label("Hot lead")).await.refused(404), "Label not found");
}
