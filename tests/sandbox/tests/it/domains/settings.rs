//! Settings of domains: forwarding, mail, DMARC, records and trusted apps.

use std::time::Duration;

use serde_json::json;

use super::nth;
use crate::api::{Api, UNKNOWN};

#[tokio::test]
async fn setting_is_shown_immediately_and_in_force_later() {
    let api = Api::start().await;
    let id = nth(&api, 0).await["id"].take();
    for (path, body, part, added) in [
        ("/v2/domains/dmarc", json!({"email": "dmarc@acme.example"}), "dmarcEmail", "dmarcEmailAddedToReseller"),
        (
            "/v2/domains/forwarding",
            json!({"forwardTo": "https://acme.example"}),
            "forwardTo",
            "forwardToAddedOnReseller",
        ),
        (
            "/v2/domains/email-forwarding",
            json!({"email": "in@acme.example"}),
            "forwardingEmail",
            "forwardingEmailAdded",
        ),
        ("/v2/domains/catch-all", json!({"email": "all@acme.example"}), "catchAllEmail", "catchAllEmailAdded"),
    ] {
        let before = nth(&api, 0).await;
        assert_eq!((&before[part], &before[added]), (&json!(null), &json!(false)));
        let mut request = body.clone();
        request["domainIds"] = json!([id]);
        api.post(path, request).await.data();
        let value = body.as_object().unwrap().values().next().unwrap();
        let set = nth(&api, 0).await;
        assert_eq!((&set[part], &set[added]), (value, &json!(false)), "{path}");
        api.sandbox.advance(Duration::from_secs(60));
        assert_eq!(nth(&api, 0).await[added], true, "{path}");
        assert_eq!(nth(&api, 1).await[part], json!(null), "{path}");
    }
    assert_eq!(api.post("/v2/domains/remove-forwarding", json!({"domainId": id})).await.data(), json!(null));
    for path in ["/v2/domains/email-forwarding", "/v2/domains/catch-all"] {
        api.delete_with(path, json!({"domainIds": [id]})).await.ok();
    }
    let row = nth(&api, 0).await;
    for part in ["forwardTo", "forwardingEmail", "catchAllEmail"] {
        assert_eq!(row[part], json!(null), "{part}");
    }
    assert_eq!(row["dmarcEmail"], "dmarc@acme.example");
}

#[tokio::test]
async fn empty_target_removes_forwarding_of_several_domains() {
    let api = Api::start().await;
    let ids = json!([nth(&api, 0).await["id"], nth(&api, 1).await["id"]]);
    for (forward_to, expected) in [("acme.example", json!("acme.example")), ("", json!(null))] {
        api.post("/v2/domains/forwarding", json!({"domainIds": ids, "forwardTo": forward_to})).await.ok();
        for position in [0, 1] {
            assert_eq!(nth(&api, position).await["forwardTo"], expected);
        }
    }
}

#[tokio::test]
async fn filters_widen_selection() {
    let api = Api::start().await;
    let id = nth(&api, 15).await["id"].take();
    let body = json!({"email": "all@acme.example", "domainIds": [id], "contains": "acme-00", "status": ["ACTIVE"], "tagIds": []});
    api.post("/v2/domains/catch-all", body).await.ok();
    let domains = api.get("/v2/domains?limit=16").await.data()["domains"].take();
    let set: Vec<_> = domains.as_array().unwrap().iter().map(|row| row["catchAllEmail"].is_string()).collect();
    let expected: Vec<_> = (0..16).map(|nth| nth < 9 || nth == 15).collect();
    assert_eq!(set, expected);
    let body = json!({"domainIds": [], "contains": "acme", "status": ["EXPIRED"]});
    api.delete_with("/v2/domains/catch-all", body).await.ok();
    assert!(nth(&api, 0).await["catchAllEmail"].is_string());
}

#[tokio::test]
async fn invalid_settings_are_refused() {
    let api = Api::start().await;
    let id = nth(&api, 0).await["id"].take();
    for path in ["/v2/domains/dmarc", "/v2/domains/email-forwarding", "/v2/domains/catch-all"] {
        assert_eq!(api.post(path, json!({"domainIds": [id]})).await.refused(422), "email is required");
        api.post(path, json!({"domainIds": [id], "email": "nobody"})).await.refused(422);
        let unknown = json!({"domainIds": [id, UNKNOWN], "email": "a@acme.example"});
        assert_eq!(api.post(path, unknown).await.refused(404), "Domain not found");
    }
    api.post("/v2/domains/forwarding", json!({"domainIds": [id], "forwardTo": "nowhere"})).await.refused(422);
    api.post("/v2/domains/remove-forwarding", json!({"domainId": UNKNOWN})).await.refused(404);
    let row = nth(&api, 0).await;
    assert!(row["dmarcEmail"].is_null() && row["catchAllEmail"].is_null() && row["forwardTo"].is_null());
}

#[tokio::test]
async fn record_check_reflects_zone() {
    let api = Api::start().await;
    let domain = nth(&api, 0).await;
    let id = domain["id"].as_str().unwrap();
    let check = || async { api.post("/v2/domains/dns/check", json!({"domainIds": [id]})).await.data() };
    let complete = json!([{
        "id": id, "domain": domain["domain"],
        "spfRecord": true, "dkimRecords": true, "dmarcRecords": true, "mxRecords": true,
    }]);
    assert_eq!(check().await, complete);
    let records = api.get(&format!("/v2/dns?id={id}")).await.data()["domainDnsRecords"].take();
    let mx = records.as_array().unwrap().iter().find(|record| record["type"] == "MX").unwrap();
    api.delete(&format!("/v2/dns?id={}&assignedDomainId={id}", mx["id"].as_str().unwrap())).await.ok();
    assert_eq!(check().await[0]["mxRecords"], false);
    assert_eq!(api.post("/v2/domains/dns/check", json!({})).await.data().as_array().unwrap().len(), 16);
    api.post("/v2/domains/dns/check", json!({"domainIds": [UNKNOWN]})).await.refused(404);
}

#[tokio::test]
async fn only_google_domains_accept_client_id() {
    let api = Api::start().await;
    let (google, microsoft) = (nth(&api, 0).await["id"].take(), nth(&api, 3).await["id"].take());
    let body =
        |ids: &[&serde_json::Value]| json!({"domainIds": ids, "clientId": "123.apps.example.com", "app": "Sequencer"});
    let reply = api.post("/v2/domains/add-client-id", body(&[&google])).await;
    assert_eq!(reply.body["message"], "Client ID will be added soon");
    assert!(api.post("/v2/domains/add-client-id", body(&[&google, &microsoft])).await.refused(400).contains("Google"));
    api.post("/v2/domains/add-client-id", body(&[&UNKNOWN.into()])).await.refused(404);
}
