//! Lists, while rows come and go.

use std::collections::BTreeSet;

use zapmail_sdk_ext::builder::{ListDomains, ListMailboxes};
use zapmail_sdk_ext::types::Mailbox;
use zapmail_sdk_ext::{Items, Page, PageRequest, Paged, Request, Result};

use crate::canaries;
use crate::plan::List;
use crate::process::Actor;
use crate::records::Row;

/// Ends with the reading, also if its future is dropped.
struct Watch<'a> {
    actor: &'a Actor,
    reading: usize,
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.actor.world().records().readings[self.reading].is_open = false;
    }
}

/// What a client read of a list.
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
                // One shows what all do.
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
    judge(actor, reading, &read);
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

/// Compares what was read with what was there.
fn judge(actor: &Actor, reading: usize, read: &Read) {
    let world = actor.world();
    let reading = world.records().readings[reading].clone();
    let ids: BTreeSet<_> = read.ids.iter().collect();
    let mut seen = Vec::new();
    if ids.len() < read.ids.len() {
        seen.push("a row was yielded twice".to_owned());
    }
    let ever: BTreeSet<_> = reading.ever.iter().map(|row| &row.id).collect();
    if let Some(id) = ids.iter().find(|id| !ever.contains(**id)) {
        seen.push(format!("the row {id} was never there"));
    }
    let missed: BTreeSet<_> =
        reading.throughout.iter().filter(|row| !ids.contains(&row.id)).map(|Row { page_row, .. }| page_row).collect();
    // Counters do not show that one has come and another has gone, and a list that always changes is read three times.
    let (added, removed) = (reading.added, reading.removed);
    let is_shown = (added == 0 || removed == 0) && added + removed < 3;
    if read.outcome.is_ok() && !missed.is_empty() && is_shown {
        let (missed, there) = (missed.len(), reading.throughout.len());
        seen.push(format!("{missed} of {there} rows are missing; {added} came and {removed} went"));
    }
    for seen in seen {
        world.violated("a list yields what was there", format!("{}: {seen}", actor.action.id));
    }
}
