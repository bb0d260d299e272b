//! A store of events in the memory of the process: bounded, with expiration.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::Instant;
use uuid::Uuid;
use zapmail_sdk::Result;

use super::{Seen, SeenEvents};
use crate::policy::later;

/// Default number of events: 15 MB at about 150 bytes per event.
const CAPACITY: usize = 100_000;

/// Remembers events in the memory of the process, for a single receiver.
///
/// After a restart, all events are new again: an event that is delivered again is handled again. To avoid that, use
/// `SeenInRedis` (feature `redis`) or a custom store.
///
/// ```
/// use zapmail_sdk_ext::webhooks::{SeenInMemory, WebhookVerifier};
///
/// let store = SeenInMemory::new().capacity(10_000);
/// let receiver = WebhookVerifier::new("not-a-real-secret")?.replay_protection(store);
/// # Ok::<(), zapmail_sdk_ext::Error>(())
/// ```
#[must_use = "pass the store to `WebhookVerifier::replay_protection`"]
pub struct SeenInMemory {
    capacity: usize,
    events: Mutex<Events>,
}

#[derive(Default)]
struct Events {
    by_id: HashMap<String, Entry>,
    handled: Expiries,
    claimed: Expiries,
    /// Sequence number of the next entry, which distinguishes entries that expire at the same time.
    next: u64,
}

/// Ids in the order in which they expire.
type Expiries = BTreeMap<(Instant, u64), String>;

struct Entry {
    expiry: (Instant, u64),
    /// `None` if the event was handled.
    claim: Option<Uuid>,
}

impl SeenInMemory {
    /// Creates a store for up to 100,000 events.
    pub fn new() -> Self {
        Self { capacity: CAPACITY, events: Mutex::default() }
    }

    /// Sets the maximum number of events, at least 1. A full store removes the event that expires next, handled events
    /// first.
    pub fn capacity(mut self, events: usize) -> Self {
        self.capacity = events.max(1);
        self
    }

    fn events(&self) -> MutexGuard<'_, Events> {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.forget_expired(Instant::now());
        events
    }
}

impl Events {
    fn forget_expired(&mut self, now: Instant) {
        for expiries in [&mut self.handled, &mut self.claimed] {
            while let Some(first) = expiries.first_entry().filter(|first| first.key().0 <= now) {
                self.by_id.remove(&first.remove());
            }
        }
    }

    /// Removes events while the store is full: handled events before those that are being handled.
    fn make_room(&mut self, capacity: usize) {
        while self.by_id.len() >= capacity {
            let Some((_, id)) = self.handled.pop_first().or_else(|| self.claimed.pop_first()) else { break };
            self.by_id.remove(&id);
        }
    }

    fn forget(&mut self, id: &str) {
        if let Some(entry) = self.by_id.remove(id) {
            self.expiries(entry.claim).remove(&entry.expiry);
        }
    }

    fn remember(&mut self, id: &str, claim: Option<Uuid>, expires_at: Instant) {
        let expiry = (expires_at, self.next);
        self.next += 1;
        self.expiries(claim).insert(expiry, id.to_owned());
        self.by_id.insert(id.to_owned(), Entry { expiry, claim });
    }

    fn expiries(&mut self, claim: Option<Uuid>) -> &mut Expiries {
        if claim.is_some() { &mut self.claimed } else { &mut self.handled }
    }
}

impl SeenEvents for SeenInMemory {
    fn claim<'a>(&'a self, id: &'a str, claim: Uuid, lasts: Duration) -> BoxFuture<'a, Result<Seen>> {
        async move {
            let mut events = self.events();
            Ok(match events.by_id.get(id) {
                Some(Entry { claim: Some(_), .. }) => Seen::InProgress,
                Some(Entry { claim: None, .. }) => Seen::Handled,
                None => {
                    events.make_room(self.capacity);
                    events.remember(id, Some(claim), later(Instant::now(), lasts));
                    Seen::New
                }
            })
        }
        .boxed()
    }

    fn confirm<'a>(&'a self, id: &'a str, keep_for: Duration) -> BoxFuture<'a, Result<()>> {
        async move {
            let mut events = self.events();
            events.forget(id);
            events.make_room(self.capacity);
            events.remember(id, None, later(Instant::now(), keep_for));
            Ok(())
        }
        .boxed()
    }

    fn release<'a>(&'a self, id: &'a str, claim: Uuid) -> BoxFuture<'a, Result<()>> {
        async move {
            let mut events = self.events();
            if events.by_id.get(id).is_some_and(|entry| entry.claim == Some(claim)) {
                events.forget(id);
            }
            Ok(())
        }
        .boxed()
    }
}

impl Default for SeenInMemory {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SeenInMemory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SeenInMemory({} of {})", self.events().by_id.len(), self.capacity)
    }
}
