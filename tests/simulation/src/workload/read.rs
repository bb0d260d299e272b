//! Reads of the user, and availability checks. Many concurrent calls exhaust the windows of the rate limits.

use futures::future::join_all;
use zapmail_sdk_ext::Request;
use zapmail_sdk_ext::builder::{CheckDomainAvailability, GetUser};
use zapmail_sdk_ext::types::DomainAvailabilityQuery;

use crate::canaries;
use crate::process::Actor;

pub(super) async fn users(actor: &Actor, times: u32) {
    join_all((0..times).map(|_| user(actor))).await;
}

async fn user(actor: &Actor) {
    let (zapmail, call) = actor.call();
    let outcome = zapmail.get_user().send().await;
    if let Ok(user) = &outcome {
        canaries::check(actor.world(), "the user", &format!("{user:?}"));
    }
    actor.claim_single(call, GetUser::OPERATION, &outcome);
}

pub(super) async fn availability(actor: &Actor, times: u32) {
    let calls = (0..times).map(|_| async {
        let (zapmail, call) = actor.call();
        let query = DomainAvailabilityQuery::new(["simulated-offer.com"]);
        let outcome = zapmail.check_domain_availability().body(query).send().await;
        actor.claim_single(call, CheckDomainAvailability::OPERATION, &outcome);
    });
    join_all(calls).await;
}
