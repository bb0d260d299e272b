//! Mailboxes: lists, details and changes.

use std::time::Duration;

use serde_json::{Value, json};
use zapmail_sandbox::Shapes;

use crate::api::{Api, UNKNOWN, assert_fields};

#[tokio::test]
async fn list_has_pages_of_domains_and_always_a_next_page() {
    let api = Api::start().await;
    let first = api.get("/v2/mailboxes/list").await.data();
    assert_eq!(first["domains"].as_array().unwrap().len(), 10);
    let last = api.get("/v2/mailboxes/list?page=2&limit=10").await.data();
    assert_eq!(last["domains"].as_array().unwrap().len(), 6);
    let beyond = api.get("/v2/mailboxes/list?page=3").await.data();
    assert_eq!(beyond["domains"], json!([]));
    for (page, data) in [(1, first), (2, last), (3, beyond)] {
        let expected = json!({
            "currentPage": page, "nextPage": page + 1, "totalPages": 2, "totalSearchedCount": 16,
            "purchasedMailboxes": 58, "totalAssignedMailboxes": 48, "totalActiveMailboxes": 44,
            "availableMailboxes": 10, "scheduledMailboxes": 0,
        });
        assert_fields(&data, expected);
    }
}

#[tokio::test]
async fn page_and_limit_must_be_positive_integers() {
    let api = Api::start().await;
    for query in ["page=0", "page=-1", "page=two", "page=", "page=1.5", "limit=0", "limit=-5", "limit=all"] {
        let path = format!("/v2/mailboxes/list?{query}");
        assert_eq!(api.get(&path).await.refused(400), "Invalid pagination parameters", "{query}");
    }
    let beyond = api.get("/v2/mailboxes/list?page=4294967295&limit=4294967295").await.data();
    assert_fields(&beyond, json!({"domains": [], "totalPages": 1}));
}

#[tokio::test]
async fn row_has_all_mailboxes_of_domain_if_one_matches() {
    let api = Api::start().await;
    let by_domain = api.get("/v2/mailboxes/list?contains=acme-01").await.data();
    assert_eq!(by_domain["totalSearchedCount"], 7);
    let address = api.domain(2).await["mailboxes"][1]["email"].as_str().unwrap().to_owned();
    let by_address = api.get(&format!("/v2/mailboxes/list?contains={address}")).await.data();
    assert_eq!(by_address["totalSearchedCount"], 1);
    assert_eq!(by_address["domains"][0]["mailboxes"].as_array().unwrap().len(), 3);
    let upper_case = format!("/v2/mailboxes/list?contains={}", address.to_uppercase());
    assert_eq!(api.get(&upper_case).await.data(), by_address);
    let nothing = api.get("/v2/mailboxes/list?contains=nobody").await.data();
    assert_fields(&nothing, json!({"totalPages": 0, "nextPage": 2}));
}

#[tokio::test]
async fn every_fourth_domain_is_microsoft_with_admin() {
    let api = Api::start().await;
    let domains = api.get("/v2/mailboxes/list?limit=100").await.data()["domains"].take();
    for (nth, domain) in domains.as_array().unwrap().iter().enumerate() {
        let is_microsoft = nth % 4 == 3;
        assert_eq!(domain["serviceProvider"], if is_microsoft { "MICROSOFT" } else { "GOOGLE" });
        assert_eq!(domain["adminDetails"]["secret"].is_string(), is_microsoft);
        for mailbox in domain["mailboxes"].as_array().unwrap() {
            let is_active = mailbox["status"] == "ACTIVE";
            assert_eq!(mailbox["password"].is_string(), is_active);
            assert_eq!(mailbox["secret"].is_string(), is_active && !is_microsoft);
            assert_eq!(mailbox["appPassword"].is_string(), is_active && !is_microsoft);
        }
    }
}

#[tokio::test]
async fn addresses_and_seeds_are_unique() {
    let api = Api::start_with(|builder| builder.domains(300).mailboxes_per_domain(20)).await;
    let data = api.get("/v2/mailboxes/list?limit=1000").await.data();
    let mut addresses = std::collections::HashSet::new();
    let mut seeds = std::collections::HashSet::new();
    for domain in data["domains"].as_array().unwrap() {
        for mailbox in domain["mailboxes"].as_array().unwrap() {
            assert!(addresses.insert(mailbox["email"].as_str().unwrap()));
            assert!(mailbox["secret"].as_str().is_none_or(|seed| seed.len() == 32 && seeds.insert(seed)));
        }
    }
    assert_eq!(addresses.len(), 200 * 20);
}

#[tokio::test]
async fn details_have_fewer_fields_than_list() {
    let api = Api::start().await;
    let listed = api.domain(0).await["mailboxes"][0].take();
    let path = format!("/v2/mailboxes?id={}", listed["id"].as_str().unwrap());
    let details = api.get(&path).await.data()["mailbox"].take();
    for (field, value) in details.as_object().unwrap() {
        assert_eq!(*value, listed[field], "{field}");
    }
    assert!(details.get("email").is_none() && listed["email"].is_string());
}

#[tokio::test]
async fn details_require_known_id() {
    let api = Api::start().await;
    for unknown in [UNKNOWN, "dana.reed", ""] {
        assert_eq!(api.get(&format!("/v2/mailboxes?id={unknown}")).await.refused(404), "Mailbox not found");
    }
    api.get("/v2/mailboxes").await.refused(500);
}

#[tokio::test(start_paused = true)]
async fn retried_mailbox_becomes_active() {
    let api = Api::start().await;
    let (domain, failed) = failed(&api).await;
    let path = format!("/v2/mailboxes?id={}", failed["id"].as_str().unwrap());
    tokio::time::advance(Duration::from_secs(1000)).await;
    assert_eq!(api.get(&path).await.data()["mailbox"]["status"], "FAILED");
    api.put("/v2/mailboxes/retry-failed", json!({"domainIds": [domain["id"]]})).await.ok();
    assert_eq!(api.get(&path).await.data()["mailbox"]["status"], "IN_PROGRESS");
    tokio::time::advance(Duration::from_secs(120)).await;
    assert_eq!(api.get(&path).await.data()["mailbox"]["status"], "ACTIVE");
    let unknown = json!({"domainIds": [failed["id"]]});
    assert_eq!(api.put("/v2/mailboxes/retry-failed", unknown).await.refused(404), "Domain not found");
}

/// Returns the only failed mailbox, with its domain.
async fn failed(api: &Api) -> (Value, Value) {
    let domains = api.get("/v2/mailboxes/list?limit=100").await.data()["domains"].take();
    let rows = domains.as_array().unwrap().iter().flat_map(|domain| {
        domain["mailboxes"].as_array().unwrap().iter().map(move |mailbox| (domain.clone(), mailbox.clone()))
    });
    let mut failed = rows.filter(|(_, mailbox)| mailbox["status"] == "FAILED");
    let found = failed.next().unwrap();
    assert!(failed.next().is_none());
    found
}

#[tokio::test]
async fn update_changes_mailbox() {
    let api = Api::start().await;
    let mailbox = api.domain(0).await["mailboxes"][0].take();
    let picture = "https://example.com/face.png";
    let change =
        json!({"mailboxId": mailbox["id"], "firstName": "Noa", "username": "noa.reed", "profilePicture": picture});
    let results = api.put("/v2/mailboxes", json!({"mailboxData": [change]})).await.data();
    assert_eq!(results[0]["mailboxId"], mailbox["id"]);
    assert_eq!(results[0]["failureDetails"], json!([]));
    assert!(results[0]["profileUrl"].as_str().unwrap().starts_with("https://"));

    let changed = api.domain(0).await["mailboxes"][0].take();
    let expected = json!({
        "email": "noa.reed@acme-001.example.com", "firstName": "Noa", "lastName": mailbox["lastName"],
        "profilePicture": results[0]["profileUrl"],
    });
    assert_fields(&changed, expected);

    let change = json!({"mailboxId": mailbox["id"], "removeProfilePicture": true, "profilePicture": ""});
    let results = api.put("/v2/mailboxes", json!({"mailboxData": [change]})).await.data();
    assert_eq!(results[0]["profileUrl"], "");
    assert_eq!(api.domain(0).await["mailboxes"][0]["profilePicture"], json!(null));
}

#[tokio::test]
async fn update_with_domain_id_changes_all_its_mailboxes() {
    let api = Api::start().await;
    let domain = api.domain(1).await;
    let change = json!({"domainId": domain["id"], "lastName": "North"});
    let results = api.put("/v2/mailboxes", json!({"mailboxData": [change]})).await.data();
    assert_eq!(results.as_array().unwrap().len(), 3);
    let changed = api.domain(1).await;
    assert!(changed["mailboxes"].as_array().unwrap().iter().all(|mailbox| mailbox["lastName"] == "North"));
}

#[tokio::test]
async fn each_update_reports_its_own_failures() {
    let api = Api::start().await;
    let domain = api.domain(0).await;
    let (mailbox, other) = (&domain["mailboxes"][0], &domain["mailboxes"][1]);
    let body = json!({"mailboxData": [
        {"mailboxId": UNKNOWN, "firstName": "Noa"},
        {"mailboxId": mailbox["id"], "username": other["username"]},
        {"mailboxId": other["id"], "firstName": "Noa"},
        {"userId": UNKNOWN, "firstName": "Noa"},
    ]});
    let results = api.put("/v2/mailboxes", body).await.data();
    assert_fields(&results[0], json!({"mailboxId": UNKNOWN, "failureDetails": ["Mailbox not found"]}));
    assert_eq!(results[1]["failureDetails"].as_array().unwrap().len(), 1);
    assert_eq!(results[2]["failureDetails"], json!([]));
    assert_eq!(results[3]["failureDetails"].as_array().unwrap().len(), 1);
    assert_eq!(api.domain(0).await["mailboxes"][1]["firstName"], "Noa");
}

#[tokio::test]
async fn invalid_update_refuses_whole_request() {
    let api = Api::start().await;
    let mailbox = api.domain(0).await["mailboxes"][0].take();
    for (change, field) in [
        (json!({"firstName": "Noa"}), "mailboxId"),
        (json!({"mailboxId": mailbox["id"], "username": "noa..reed"}), "username"),
        (json!({"mailboxId": mailbox["id"], "profilePicture": "face.png"}), "profilePicture"),
    ] {
        let valid = json!({"mailboxId": mailbox["id"], "firstName": "Noa"});
        let message = api.put("/v2/mailboxes", json!({"mailboxData": [valid, change]})).await.refused(422);
        assert!(message.contains(field), "{message}");
    }
    assert_eq!(
        api.put("/v2/mailboxes", json!({"mailboxData": []})).await.refused(422),
        "mailboxData has less than 1 item"
    );
    assert_eq!(api.domain(0).await["mailboxes"][0]["firstName"], mailbox["firstName"]);
}

#[tokio::test]
async fn custom_oauth_starts_jobs_with_unique_ids() {
    let api = Api::start().await;
    let domain = api.domain(0).await;
    let (id, mailbox) = (domain["id"].as_str().unwrap(), &domain["mailboxes"][0]["id"]);
    let body = |link: &str, mailbox: &Value| {
        let mailboxes = json!({id: [{"mailboxId": mailbox, "oauthLink": link}]});
        json!({"google": {"appName": "Sequencer", "clientId": "app", "mailboxesPerDomain": mailboxes}})
    };
    let path = "/v2/mailboxes/custom-oauth";
    let first = api.post(path, body("https://accounts.example.com/consent", mailbox)).await.data()["exportId"].take();
    let second = api.post(path, body("https://accounts.example.com/consent", mailbox)).await.data()["exportId"].take();
    assert!(first.is_i64() && first != second);
    assert_eq!(api.post(path, body("consent", mailbox)).await.refused(422), "oauthLink is not a valid URL");
    let elsewhere = api.domain(1).await["mailboxes"][0]["id"].take();
    let refused = api.post(path, body("https://accounts.example.com/consent", &elsewhere)).await;
    assert_eq!(refused.refused(400), "Mailboxes not found");
    api.post(path, json!({})).await.refused(422);
    assert_eq!(api.post(path, json!({"other": {}})).await.refused(422), "google or microsoft is required");
}

#[tokio::test]
async fn documented_unknown_mailbox_is_error_inside_200() {
    let api = Api::start_with(|builder| builder.shapes(Shapes::Documented)).await;
    let reply = api.get(&format!("/v2/mailboxes?id={UNKNOWN}")).await;
    assert_eq!(reply.status, 200);
    assert_fields(&reply.body, json!({"status": 404, "message": "Mailbox not found"}));
}
