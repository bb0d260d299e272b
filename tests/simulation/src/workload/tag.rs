//! Writes: a tag is created, found by its name, and deleted. Its name contains the call's id, so no other call creates
//! it.

use zapmail_sdk_ext::Request;
use zapmail_sdk_ext::builder::{CreateDomainTags, DeleteDomainTag, ListDomainTags};
use zapmail_sdk_ext::types::{DomainTagDeletion, NewDomainTag};

use crate::process::Actor;

pub(super) async fn create(actor: &Actor, deletes: bool) {
    let (zapmail, call) = actor.call();
    let name = format!("tag-{call}");
    let tag = NewDomainTag::new(&name, "#00ff00");
    let outcome = zapmail.create_domain_tags().body(vec![tag]).send().await;
    actor.claim_single(call, CreateDomainTags::OPERATION, &outcome);
    // A program can rely on the outcome immediately.
    let exists = || {
        let tags = actor.world().accounts[actor.process.account].tags(actor.workspace());
        tags.into_iter().any(|(_, other)| other == name)
    };
    if outcome.is_ok() && !exists() {
        actor.world().violated("reports are correct", format!("the tag {name} was created, but does not exist"));
    }
    if !deletes || outcome.is_err() {
        return;
    }
    let (zapmail, call) = actor.call();
    let listed = zapmail.list_domain_tags().send().await;
    actor.claim_single(call, ListDomainTags::OPERATION, &listed);
    let Ok(tags) = listed else { return };
    let Some(id) = tags.into_iter().find(|tag| tag.name.as_deref() == Some(&name)).and_then(|tag| tag.id) else {
        actor.world().violated("reports are correct", format!("the tag {name} is not listed"));
        return;
    };
    let (zapmail, call) = actor.call();
    let outcome = zapmail.delete_domain_tag().body(DomainTagDeletion::new(id)).send().await;
    actor.claim_single(call, DeleteDomainTag::OPERATION, &outcome);
    if outcome.is_ok() && exists() {
        actor.world().violated("reports are correct", format!("the tag {name} was deleted, but still exists"));
    }
}
