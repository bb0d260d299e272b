//! Creation of mailboxes.

use std::time::Duration;

use serde_json::{Value, json};
use zapmail_sandbox::Shapes;

use crate::api::{Api, UNKNOWN, assignment};

async fn newest(api: &Api, position: usize) -> Value {
    api.domain(position).await["mailboxes"].as_array().unwrap().last().unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn new_mailbox_becomes_active_with_credentials() {
    let api = Api::start().await;
    let domain = api.domain(0).await;
    let reply = api.post("/v2/mailboxes", assignment(&domain, &["noa.vale"])).await;
    assert_eq!(reply.status, 202);
    assert_eq!(reply.data(), json!([newest(&api, 0).await["id"]]));
    assert_eq!(api.counter("availableMailboxes").await, 9);
    assert_eq!(api.counter("totalAssignedMailboxes").await, 49);

    for (seconds, status) in
        [(0, "IN_PROGRESS"), (59, "IN_PROGRESS"), (1, "CREATING_PASSWORD"), (59, "CREATING_PASSWORD"), (1, "ACTIVE")]
    {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        let mailbox = newest(&api, 0).await;
        assert_eq!(mailbox["status"], status);
        assert_eq!(mailbox["email"], "noa.vale@acme-001.example.com");
        for credential in ["password", "appPassword", "secret", "recoveryEmail"] {
            assert_eq!(mailbox[credential].is_string(), status == "ACTIVE", "{credential} while {status}");
        }
    }
}

#[tokio::test]
async fn advance_without_paused_clock_activates_mailbox() {
    let api = Api::start().await;
    api.post("/v2/mailboxes", assignment(&api.domain(0).await, &["noa.vale"])).await.ok();
    let id = newest(&api, 0).await["id"].as_str().unwrap().to_owned();
    let path = format!("/v2/mailboxes/authenticator-code?mailboxId={id}");
    assert_eq!(api.get(&path).await.refused(400), "2FA Not set");
    api.sandbox.advance(Duration::from_secs(120));
    assert_eq!(newest(&api, 0).await["status"], "ACTIVE");
    api.get(&path).await.data();
}

#[tokio::test]
async fn assignment_beyond_five_mailboxes_per_domain_is_refused() {
    let api = Api::start().await;
    let domain = api.domain(0).await;
    let six = api.post("/v2/mailboxes", assignment(&domain, &["a", "b", "c"])).await.refused(400);
    assert!(six.contains("max") && six.contains("mailboxes"), "{six}");
    assert_eq!(api.post("/v2/mailboxes", assignment(&domain, &["a", "b"])).await.status, 202);
    api.post("/v2/mailboxes", assignment(&domain, &["c"])).await.refused(400);
}

#[tokio::test]
async fn assignment_beyond_free_slots_creates_nothing() {
    let api = Api::start().await;
    let mut body = json!({});
    for position in [0, 1, 2, 4, 5, 6] {
        let assignments = assignment(&api.domain(position).await, &["a", "b"]);
        body.as_object_mut().unwrap().extend(assignments.as_object().unwrap().clone());
    }
    let message = api.post("/v2/mailboxes", body.clone()).await.refused(400);
    assert!(message.contains("enough"), "{message}");
    assert_eq!(api.counter("totalAssignedMailboxes").await, 48);
    api.post("/v2/wallet/buy-addon-mailboxes?quantity=2", json!({})).await.ok();
    assert_eq!(api.post("/v2/mailboxes", body).await.status, 202);
    assert_eq!(api.counter("totalAssignedMailboxes").await, 60);
    assert_eq!(api.counter("availableMailboxes").await, 0);
}

#[tokio::test]
async fn invalid_assignments_are_refused() {
    let api = Api::start().await;
    let domain = api.domain(0).await;
    for invalid in [".noa", "noa-", "noa..vale", "noa vale", "noa@vale", ""] {
        let message = api.post("/v2/mailboxes", assignment(&domain, &[invalid])).await.refused(422);
        assert!(message.contains("username"), "{message}");
    }
    let taken = domain["mailboxes"][0]["username"].as_str().unwrap();
    api.post("/v2/mailboxes", assignment(&domain, &[taken])).await.refused(400);
    api.post("/v2/mailboxes", assignment(&domain, &["noa", "noa"])).await.refused(400);

    let elsewhere = json!({"id": UNKNOWN, "domain": domain["domain"]});
    assert_eq!(api.post("/v2/mailboxes", assignment(&elsewhere, &["noa"])).await.refused(404), "Domain not found");
    let other_name = json!({"id": domain["id"], "domain": "other.example.com"});
    let message = api.post("/v2/mailboxes", assignment(&other_name, &["noa"])).await.refused(422);
    assert!(message.contains("domainName"), "{message}");

    api.post("/v2/mailboxes", json!({})).await.refused(422);
    api.post("/v2/mailboxes", assignment(&domain, &[])).await.refused(422);
    let id = domain["id"].as_str().unwrap();
    let message = api.post("/v2/mailboxes", json!({id: [{"firstName": "Noa"}]})).await.refused(422);
    assert_eq!(message, format!("{id}.0.lastName is required"));
    assert_eq!(api.counter("totalAssignedMailboxes").await, 48);
}

#[tokio::test]
async fn domain_id_in_two_spellings_is_refused() {
    let api = Api::start().await;
    let domain = api.domain(0).await;
    let mut body = assignment(&domain, &["a", "b"]);
    let upper_case = json!({"id": domain["id"].as_str().unwrap().to_uppercase(), "domain": domain["domain"]});
    body.as_object_mut().unwrap().extend(assignment(&upper_case, &["c"]).as_object().unwrap().clone());
    assert_eq!(body.as_object().unwrap().len(), 2);
    assert_eq!(api.post("/v2/mailboxes", body).await.refused(422), "the body contains a domain twice");
    assert_eq!(api.counter("totalAssignedMailboxes").await, 48);
}

#[tokio::test]
async fn microsoft_assignment_with_inactive_mailboxes_is_refused() {
    let api = Api::start().await;
    let domain = api.domain(3).await;
    assert_eq!(domain["serviceProvider"], "MICROSOFT");
    api.post("/v2/mailboxes", assignment(&domain, &["noa"])).await.ok();
    let message = api.post("/v2/mailboxes", assignment(&domain, &["noa.vale"])).await.refused(400);
    assert!(message.contains("not active yet"), "{message}");
    api.sandbox.advance(Duration::from_secs(120));
    api.post("/v2/mailboxes", assignment(&domain, &["noa.vale"])).await.ok();
}

#[tokio::test]
async fn domain_is_listed_after_its_first_mailbox() {
    let api = Api::start_with(|builder| builder.domains(3).mailboxes_per_domain(1)).await;
    let domain = api.domain(0).await;
    let body = json!({"mailboxIds": [domain["mailboxes"][0]["id"]], "remove": true});
    api.post("/v2/mailboxes/remove-mailboxes-instantly", body).await.ok();
    assert_eq!(api.counter("totalSearchedCount").await, 1);
    api.post("/v2/mailboxes", assignment(&domain, &["noa"])).await.ok();
    assert_eq!(api.counter("totalSearchedCount").await, 2);
}

#[tokio::test]
async fn new_mailbox_has_chosen_password() {
    let api = Api::start().await;
    let domain = api.domain(0).await;
    let mut body = assignment(&domain, &["noa", "noa.vale"]);
    body[domain["id"].as_str().unwrap()][0]["password"] = "chosen-by-a-test".into();
    api.post("/v2/mailboxes", body).await.ok();
    let passwords = async || {
        let mailboxes = api.domain(0).await["mailboxes"].take();
        mailboxes.as_array().unwrap()[3..].iter().map(|mailbox| mailbox["password"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(passwords().await, [json!(null), json!(null)]);
    api.sandbox.advance(Duration::from_secs(120));
    assert_eq!(passwords().await, ["chosen-by-a-test", "not-a-real-password"]);
}

#[tokio::test]
async fn assignment_returns_ids_of_new_mailboxes() {
    let api = Api::start().await;
    let (first, second) = (api.domain(0).await, api.domain(1).await);
    let mut body = assignment(&first, &["noa", "noa.vale"]);
    body.as_object_mut().unwrap().extend(assignment(&second, &["noa"]).as_object().unwrap().clone());
    let ids = api.post("/v2/mailboxes", body).await.data();
    let mut listed = Vec::new();
    for (position, new) in [(0, 2), (1, 1)] {
        let mailboxes = api.domain(position).await["mailboxes"].as_array().unwrap().clone();
        listed.extend(mailboxes[mailboxes.len() - new..].iter().map(|mailbox| mailbox["id"].clone()));
    }
    assert_eq!(ids, Value::from(listed));
}

#[tokio::test]
async fn documented_assignment_returns_null() {
    let api = Api::start_with(|builder| builder.shapes(Shapes::Documented)).await;
    let domain = api.domain(0).await;
    assert_eq!(api.post("/v2/mailboxes", assignment(&domain, &["noa"])).await.data(), json!(null));
}

#[tokio::test]
async fn scheduled_mailboxes_are_counted() {
    let api = Api::start().await;
    let domain = api.domain(0).await;
    api.post("/v2/mailboxes/schedule", assignment(&domain, &["noa", "noa.vale"])).await.ok();
    assert_eq!(api.counter("scheduledMailboxes").await, 2);
    api.post("/v2/mailboxes/schedule", assignment(&domain, &["noa-"])).await.refused(422);
    let other_name = json!({"id": domain["id"], "domain": "other.example.com"});
    let message = api.post("/v2/mailboxes/schedule", assignment(&other_name, &["noa"])).await.refused(422);
    assert!(message.contains("domainName"), "{message}");
    assert_eq!(api.counter("scheduledMailboxes").await, 2);
}
