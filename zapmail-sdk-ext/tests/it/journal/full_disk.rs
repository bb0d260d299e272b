//! A store whose writes fail, as on a full disk: either nothing is bought, or the program learns what was bought.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use serde_json::Value;
use zapmail_sdk_ext::journal::{Claim, EntryState, JournalEntry, JournalStore};
use zapmail_sdk_ext::{Error, ErrorKind, Journal, Result};

use crate::clients::{Kind, client, ok};
use crate::server::Server;

/// A journal in memory whose nth write fails, and all writes after it.
#[derive(Debug)]
struct Full {
    entry: Mutex<Option<JournalEntry>>,
    writes: AtomicUsize,
    fails_from: usize,
}

impl Full {
    fn change(&self, entry: Option<&JournalEntry>) -> Result<()> {
        if self.writes.fetch_add(1, Ordering::Relaxed) >= self.fails_from {
            return Err(Error::new(ErrorKind::Journal, "no space left on device"));
        }
        *self.entry.lock().unwrap() = entry.cloned();
        Ok(())
    }

    fn now(&self) -> Option<Claim> {
        self.entry.lock().unwrap().clone().map(|entry| Claim { entry, is_running: false })
    }
}

impl JournalStore for Full {
    fn claim<'a>(&'a self, entry: &'a JournalEntry, _: Duration) -> BoxFuture<'a, Result<Option<Claim>>> {
        let existing = self.now().filter(|claim| claim.entry.state != EntryState::Claimed);
        let claimed = existing.map_or_else(|| self.change(Some(entry)).map(|()| None), |claim| Ok(Some(claim)));
        ready(claimed).boxed()
    }

    fn write<'a>(&'a self, entry: &'a JournalEntry) -> BoxFuture<'a, Result<()>> {
        ready(self.change(Some(entry))).boxed()
    }

    fn remove<'a>(&'a self, _: &'a JournalEntry) -> BoxFuture<'a, Result<()>> {
        ready(self.change(None)).boxed()
    }

    fn read<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Claim>>> {
        ready(Ok(self.now())).boxed()
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<Claim>>> {
        ready(Ok(self.now().into_iter().collect())).boxed()
    }

    fn progress<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<Option<Value>>> {
        unreachable!("a purchase has no progress")
    }

    fn save_progress<'a>(&'a self, _: &'a JournalEntry, _: &'a str, _: &'a Value) -> BoxFuture<'a, Result<()>> {
        unreachable!("a purchase has no progress")
    }
}

#[tokio::test(start_paused = true)]
async fn full_disk_never_leads_to_a_second_purchase() {
    // The three writes are the claim, the record that the purchase is sent, and its outcome.
    for (fails_from, sent) in [(0, 0), (1, 0), (2, 1), (3, 1)] {
        let server = Server::acting(vec![ok()]);
        let store = Full { entry: Mutex::default(), writes: AtomicUsize::default(), fails_from };
        let buyer = client(&server.url()).journal(Journal::with_store(store)).once("order-4711");
        let outcome = Kind::Spend.call(&buyer).await;
        let purchases = || server.requests().iter().filter(|request| request.starts_with("POST")).count();
        assert_eq!(purchases(), sent, "{fails_from}");
        match outcome {
            // The purchase was made, and the program knows its outcome.
            Ok(()) => assert_eq!(sent, 1, "{fails_from}"),
            Err(error) => {
                assert_eq!((error.kind(), sent), (ErrorKind::Journal, 0), "{fails_from}: {error}");
                assert!(error.to_string().contains("no space left"), "{error}");
            }
        }
        let again = Kind::Spend.call(&buyer).await;
        match (fails_from, again) {
            (0 | 1, Err(error)) => assert_eq!(error.kind(), ErrorKind::Journal, "{fails_from}: {error}"),
            // The outcome could not be recorded.
            (2, Err(error)) => assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error}"),
            (3, Ok(())) => {}
            (_, other) => panic!("{fails_from}: {other:?}"),
        }
        assert_eq!(purchases(), sent, "{fails_from}");
    }
}
