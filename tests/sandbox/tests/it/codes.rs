//! Authenticator codes.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use totp_rs::{Builder, Secret};
use zapmail_sandbox::Sandbox;

use crate::api::Api;

/// The code that an authenticator shows for a seed.
fn local(seed: &str, time: SystemTime) -> String {
    let totp = Builder::new().with_secret(Secret::try_from_base32(seed).unwrap()).build().unwrap();
    totp.generate(time.duration_since(UNIX_EPOCH).unwrap().as_secs()).to_string()
}

async fn ask(api: &Api, query: &str) -> (String, u64) {
    let data = api.get(&format!("/v2/mailboxes/authenticator-code?{query}")).await.data();
    (data["otp"].as_str().unwrap().to_owned(), data["expiresIn"].as_u64().unwrap())
}

async fn refused(api: &Api, query: &str, status: u16) -> String {
    api.get(&format!("/v2/mailboxes/authenticator-code?{query}")).await.refused(status)
}

#[tokio::test(start_paused = true)]
async fn a_code_changes_every_30_seconds_and_is_the_one_of_the_seed() {
    let api = Api::start().await;
    let mailbox = api.domain(0).await["mailboxes"][0].take();
    let query = format!("mailboxId={}", mailbox["id"].as_str().unwrap());
    let mut codes = Vec::new();
    for _ in 0..20 {
        let (first, left) = ask(&api, &query).await;
        assert_eq!(left, 30);
        assert_eq!(first.len(), 6);
        assert_eq!(first, local(mailbox["secret"].as_str().unwrap(), api.sandbox.now()));
        tokio::time::advance(Duration::from_millis(29_500)).await;
        assert_eq!(ask(&api, &query).await, (first.clone(), 1));
        codes.push(first);
        tokio::time::advance(Duration::from_millis(500)).await;
    }
    codes.dedup();
    assert_eq!(codes.len(), 20);
}

#[tokio::test(start_paused = true)]
async fn the_seconds_left_are_rounded_up() {
    let api = Api::start().await;
    let query = format!("mailboxId={}", api.domain(0).await["mailboxes"][0]["id"].as_str().unwrap());
    for (milliseconds, left) in [(1, 30), (998, 30), (1, 29), (500, 29), (28_000, 1), (499, 1), (1, 30)] {
        tokio::time::advance(Duration::from_millis(milliseconds)).await;
        assert_eq!(ask(&api, &query).await.1, left);
    }
}

#[tokio::test(start_paused = true)]
async fn the_admin_of_a_microsoft_domain_has_codes() {
    let api = Api::start().await;
    let domain = api.domain(3).await;
    let (code, _) = ask(&api, &format!("domainId={}", domain["id"].as_str().unwrap())).await;
    assert_eq!(code, local(domain["adminDetails"]["secret"].as_str().unwrap(), api.sandbox.now()));
}

#[tokio::test]
async fn both_documented_refusals() {
    let api = Api::start().await;
    let google = api.domain(0).await;
    let message = refused(&api, &format!("domainId={}", google["id"].as_str().unwrap()), 400).await;
    assert_eq!(message, "Domain id only for MS");
    let microsoft = api.domain(3).await;
    let without_seed = microsoft["mailboxes"][0]["id"].as_str().unwrap();
    assert_eq!(refused(&api, &format!("mailboxId={without_seed}"), 400).await, "2FA Not set");
}

#[tokio::test]
async fn something_known_has_to_be_named() {
    let api = Api::start().await;
    let unknown = "00000000-0000-4000-8000-000000000000";
    assert_eq!(refused(&api, &format!("mailboxId={unknown}"), 404).await, "Mailbox not found");
    assert_eq!(refused(&api, &format!("domainId={unknown}"), 404).await, "Domain not found");
    assert_eq!(refused(&api, "", 400).await, "mailboxId or domainId is required");
}

#[tokio::test(start_paused = true)]
async fn a_sandbox_can_start_at_any_time() {
    let start = UNIX_EPOCH + Duration::from_secs(1_800_000_017);
    let api = Api::of(Sandbox::builder().starting_at(start).start().await.unwrap());
    assert_eq!(api.sandbox.now(), start);
    let mailbox = api.domain(0).await["mailboxes"][0].take();
    let (code, left) = ask(&api, &format!("mailboxId={}", mailbox["id"].as_str().unwrap())).await;
    assert_eq!((code, left), (local(mailbox["secret"].as_str().unwrap(), start), 13));
}
