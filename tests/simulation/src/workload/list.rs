//! Lists that are read while rows are added and removed.

use std::collections::BTreeSet;

use zapmail_sdk_ext::builder::{ListDomains, ListMailboxes};
use zapmail_sdk_ext::types::Mailbox;
use zapmail_sdk_ext::{Items, Page, PageRequest, Paged, Request, Result};

use crate::canaries;
use crate::plan::List;
use crate::process::Actor;
use crate::records::Row;

/// A guard that ends the record of a list when the reading ends or its future is dropped.
struct Watch<'a> {
    actor: &'a Actor,
    reading: usize,
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.actor.world().records().readings[self.reading].is_open = false;
    }
}

/// The rows that a client read, and the outcome.
struct Read {
    ids: Vec<String>,
    outcome: Result<()>,
}

pub(super) async fn read(actor: &Actor, list: List, limit: u32, read_ahead: usize) {
    let (zapmail, call) = actor.call();
    let world = actor.world();
    let reading = world.watch(actor.process.account, actor.workspace(), list);
    let watch = Watch { actor, reading };
    let (read, operation) = match list {
        List::Mailboxes => {
            let items = zapmail.list_mailboxes().limit(limit).items().read_ahead(read_ahead);
            let mut is_first = true;
            let id = |mailbox: &Mailbox| {
                // Checking one mailbox is enough.
                if std::mem::take(&mut is_first) {
                    canaries::check(world, "a mailbox", &format!("{mailbox:?}"));
                }
                mailbox.id.to_string()
            };
            (all(items, id).await, ListMailboxes::OPERATION)
        }
        List::Domains => {
            let items = zapmail.list_domains().limit(limit).items().read_ahead(read_ahead);
            (all(items, |domain| domain.id.to_string()).await, ListDomains::OPERATION)
        }
    };
    drop(watch);
    actor.claim(call, operation, None, &read.outcome);
    check(actor, reading, &read);
}

async fn all<R: PageRequest>(mut items: Items<R>, mut id: impl FnMut(&<R::Data as Page>::Item) -> String) -> Read {
    let mut ids = Vec::new();
    loop {
        match items.next().await {
            Ok(Some(item)) => ids.push(id(&item)),
            Ok(None) => return Read { ids, outcome: Ok(()) },
            Err(error) => return Read { ids, outcome: Err(error) },
        }
    }
}

/// Compares the rows that were read with the actual rows.
fn check(actor: &Actor, reading: usize, read: &Read) {
    let world = actor.world();
    let reading = world.records().readings[reading].clone();
    let ids: BTreeSet<_> = read.ids.iter().collect();
    let mut differences = Vec::new();
    if ids.len() < read.ids.len() {
        differences.push("a row was yielded twice".to_owned());
    }
    let ever: BTreeSet<_> = reading.ever.iter().map(|row| &row.id).collect();
    if let Some(id) = ids.iter().find(|id| !ever.contains(**id)) {
        differences.push(format!("the row {id} never existed"));
    }
    let missed: BTreeSet<_> =
        reading.throughout.iter().filter(|row| !ids.contains(&row.id)).map(|Row { page_row, .. }| page_row).collect();
    // The counters of a list do not reveal that one row was added and another removed, and a list that keeps changing
    // is read only three times.
    let (added, removed) = (reading.added, reading.removed);
    let is_detectable = (added == 0 || removed == 0) && added + removed < 3;
    if read.outcome.is_ok() && !missed.is_empty() && is_detectable {
        let (missed, total) = (missed.len(), reading.throughout.len());
        differences
            .push(format!("{missed} of {total} rows are missing; {added} were added and {removed} were removed"));
    }
    for difference in differences {
        actor.violated("a list yields the existing rows", &difference);
    }
}
