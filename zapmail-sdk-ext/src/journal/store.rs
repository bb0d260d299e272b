//! The storage of a journal.

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde_json::Value;
use zapmail_sdk::Result;

use super::entry::JournalEntry;

/// A store for the entries of a journal and the progress of runs.
///
/// Data must be durable when the future of a write completes, because a purchase is sent after that. Entries contain no
/// credentials.
pub trait JournalStore: fmt::Debug + Send + Sync + 'static {
    /// Claims the key of an entry for a purchase that ends within `max_duration`. If the key is already claimed,
    /// returns the existing entry. Of several concurrent claims, exactly one succeeds.
    ///
    /// A key whose entry is [`Claimed`](super::EntryState::Claimed) and whose purchase is not running counts as free,
    /// because nothing was sent. Claiming a key again with the same [`claim`](JournalEntry::claim) restarts its time.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if the store cannot be read and written.
    fn claim<'a>(&'a self, entry: &'a JournalEntry, max_duration: Duration) -> BoxFuture<'a, Result<Option<Claim>>>;

    /// Replaces the entry of a key that still has the same [`claim`](JournalEntry::claim). If the new state is
    /// [`Sent`](super::EntryState::Sent), the `max_duration` of the purchase starts again.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if the store cannot be written, or the key has a different
    /// claim by now.
    fn write<'a>(&'a self, entry: &'a JournalEntry) -> BoxFuture<'a, Result<()>>;

    /// Frees the key of an entry, if it still has the same claim.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if the store cannot be written, or the key has a different
    /// claim by now.
    fn remove<'a>(&'a self, entry: &'a JournalEntry) -> BoxFuture<'a, Result<()>>;

    /// Reads the entry of a key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if the store cannot be read.
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Claim>>>;

    /// Reads all entries, sorted by key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if the store cannot be read.
    fn list(&self) -> BoxFuture<'_, Result<Vec<Claim>>>;

    /// Reads a part of the progress of a run, such as a [`Provisioning`](crate::Provisioning). Returns `None` if there
    /// is none. Freeing the key of the run does not remove its progress.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if the store cannot be read.
    fn progress<'a>(&'a self, run: &'a str, part: &'a str) -> BoxFuture<'a, Result<Option<Value>>>;

    /// Replaces a part of the progress of a run, if the key of the run still has the same claim.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if the store cannot be written, or the key has a different
    /// claim by now.
    fn save_progress<'a>(
        &'a self,
        run: &'a JournalEntry,
        part: &'a str,
        progress: &'a Value,
    ) -> BoxFuture<'a, Result<()>>;

    /// Records that a call was dropped before it ended, so that it no longer counts as running. The default
    /// implementation does nothing; it is for stores that detect dropped calls differently, for example after their
    /// maximum duration.
    fn abandon(&self, entry: &JournalEntry) {
        _ = entry;
    }
}

/// An entry, and whether its purchase is in progress.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The entry.
    pub entry: JournalEntry,
    /// Whether the purchase is in progress, as far as the store can determine.
    pub is_running: bool,
}
