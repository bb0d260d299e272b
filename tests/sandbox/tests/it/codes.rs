//! Authenticator codes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use totp_rs::{Builder, Secret};

use crate::api::{Api, UNKNOWN};

/// Returns the code that an authenticator app shows for a seed.
fn authenticator_code(seed: &str, time: SystemTime) -> String {
    let totp = Builder::new().with_secret(Secret::try_from_base32(seed).unwrap()).build().unwrap();
    totp.generate(time.duration_since(UNIX_EPOCH).unwrap().as_secs()).to_string()
}

/// Returns the code and its remaining lifetime in seconds.
async fn fetch_code(api: &Api, query: &str) -> (String, u64) {
    let data = api.get(&format!("/v2/mailboxes/authenticator-code?{query}")).await.data();
    (data["otp"].as_str().unwrap().to_owned(), data["expiresIn"].as_u64().unwrap())
}

async fn refused(api: &Api, query: &str, status: u16) -> String {
    api.get(&format!("/v2/mailboxes/authenticator-code?{query}")).await.refused(status)
}

#[tokio::test(start_paused = true)]
async fn code_changes_every_30_seconds_and_matches_seed() {
    let api = Api::start().await;
    let mailbox = api.domain(0).await["mailboxes"][0].take();
    let query = format!("mailboxId={}", mailbox["id"].as_str().unwrap());
    let mut codes = Vec::new();
    for _ in 0..20 {
        let (first, remaining) = fetch_code(&api, &query).await;
        assert_eq!(remaining, 30);
        assert_eq!(first.len(), 6);
        assert_eq!(first, authenticator_code(mailbox["secret"].as_str().unwrap(), api.sandbox.now()));
        tokio::time::advance(Duration::from_millis(29_500)).await;
        assert_eq!(fetch_code(&api, &query).await, (first.clone(), 1));
        codes.push(first);
        tokio::time::advance(Duration::from_millis(500)).await;
    }
    codes.dedup();
    assert_eq!(codes.len(), 20);
}

#[tokio::test(start_paused = true)]
async fn remaining_seconds_are_rounded_up() {
    let api = Api::start().await;
    let query = format!("mailboxId={}", api.domain(0).await["mailboxes"][0]["id"].as_str().unwrap());
    for (milliseconds, remaining) in [(1, 30), (998, 30), (1, 29), (500, 29), (28_000, 1), (499, 1), (1, 30)] {
        tokio::time::advance(Duration::from_millis(milliseconds)).await;
        assert_eq!(fetch_code(&api, &query).await.1, remaining);
    }
}

#[tokio::test(start_paused = true)]
async fn microsoft_admin_has_codes() {
    let api = Api::start().await;
    let domain = api.domain(3).await;
    let (code, _) = fetch_code(&api, &format!("domainId={}", domain["id"].as_str().unwrap())).await;
    assert_eq!(code, authenticator_code(domain["adminDetails"]["secret"].as_str().unwrap(), api.sandbox.now()));
}

#[tokio::test]
async fn google_domain_and_mailbox_without_seed_are_refused() {
    let api = Api::start().await;
    let google = api.domain(0).await;
    let message = refused(&api, &format!("domainId={}", google["id"].as_str().unwrap()), 400).await;
    assert_eq!(message, "Domain id only for MS");
    let microsoft = api.domain(3).await;
    let without_seed = microsoft["mailboxes"][0]["id"].as_str().unwrap();
    assert_eq!(refused(&api, &format!("mailboxId={without_seed}"), 400).await, "2FA Not set");
}

#[tokio::test]
async fn unknown_or_missing_id_is_refused() {
    let api = Api::start().await;
    assert_eq!(refused(&api, &format!("mailboxId={UNKNOWN}"), 404).await, "Mailbox not found");
    assert_eq!(refused(&api, &format!("domainId={UNKNOWN}"), 404).await, "Domain not found");
    assert_eq!(refused(&api, "", 400).await, "mailboxId or domainId is required");
}

#[tokio::test(start_paused = true)]
async fn code_follows_configured_start_time() {
    let start = UNIX_EPOCH + Duration::from_secs(1_800_000_017);
    let api = Api::start_with(|builder| builder.starting_at(start)).await;
    assert_eq!(api.sandbox.now(), start);
    let mailbox = api.domain(0).await["mailboxes"][0].take();
    let (code, remaining) = fetch_code(&api, &format!("mailboxId={}", mailbox["id"].as_str().unwrap())).await;
    assert_eq!((code, remaining), (authenticator_code(mailbox["secret"].as_str().unwrap(), start), 13));
}
