//! Webhooks: a delivery is accepted if and only if the service has signed it, and not too long ago.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;
use tokio::time::sleep;
use zapmail_sdk::clock;
use zapmail_sdk_ext::webhooks::{self, Rejected, WebhookVerifier};

use crate::canaries::{self, WEBHOOK_SECRET};
use crate::process::Actor;

pub(super) async fn receive(actor: &Actor, delay: Duration, is_forged: bool) {
    let world = actor.world();
    let account = &world.accounts[actor.process.account];
    let signed_at = account.now().as_secs();
    let body = json!({"id": format!("evt_{}", actor.action.id), "type": "mailbox.updated", "data": {}}).to_string();
    let header = format!("t={signed_at},v1={}", signature(signed_at, &body));
    let body = if is_forged { body.replace("evt_", "evt_x") } else { body };
    sleep(delay).await;
    let now = clock::system_time();
    // The secret is not blank.
    let Ok(verifier) = WebhookVerifier::new(WEBHOOK_SECRET) else { return };
    let verified = verifier.verify_signature(&header, body.as_bytes());
    canaries::check(world, "an event", &format!("{verified:?}"));
    let received_at = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (tolerance, signed_at) = (webhooks::TOLERANCE, Duration::from_secs(signed_at));
    let expected = match verified {
        Ok(_) => !is_forged && received_at.abs_diff(signed_at) <= tolerance,
        Err(Rejected::SignatureMismatch) => is_forged,
        Err(Rejected::TooOld) => !is_forged && received_at > signed_at + tolerance,
        Err(Rejected::InTheFuture) => !is_forged && signed_at > received_at + tolerance,
        Err(_) => false,
    };
    if !expected {
        let details = format!("{verified:?}, signed at {signed_at:?}, received at {received_at:?}");
        actor.violated("webhooks are verified correctly", &details);
    }
}

fn signature(time: u64, body: &str) -> String {
    let digest = hmac_sha256::HMAC::mac(format!("{time}.{body}"), WEBHOOK_SECRET);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
