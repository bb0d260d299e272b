//! Where a journal is kept.

use std::fmt;
use std::time::Duration;

use futures::future::BoxFuture;
use serde_json::Value;
use zapmail_sdk::Result;

use super::entry::JournalEntry;

/// Keeps the entries of a journal, and the progress of runs.
///
/// What is written has to be durable when the future returns: a purchase is sent after that. Entries contain no credential.
pub trait JournalStore: fmt::Debug + Send + Sync + 'static {
    /// Takes the key of an entry for a purchase that ends within this time, unless it is taken: then the entry that is there
    /// is returned. Of several at the same time, exactly one takes it.
    ///
    /// A key whose entry is [`Claimed`](super::EntryState::Claimed) and not running counts as free: nothing was sent. Taking it
    /// again with the same [`claim`](JournalEntry::claim) extends its time.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if the store cannot be read and written.
    fn claim<'a>(&'a self, entry: &'a JournalEntry, lasts: Duration) -> BoxFuture<'a, Result<Option<Claim>>>;

    /// Replaces the entry of a key, if that is of the same [`claim`](JournalEntry::claim). With the state
    /// [`Sent`](super::EntryState::Sent), the purchase is running for the same time again.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if the store cannot be written, or the key is of another claim by now.
    fn write<'a>(&'a self, entry: &'a JournalEntry) -> BoxFuture<'a, Result<()>>;

    /// Frees the key of an entry, if it is of the same claim.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if the store cannot be written, or the key is of another claim by now.
    fn remove<'a>(&'a self, entry: &'a JournalEntry) -> BoxFuture<'a, Result<()>>;

    /// Reads the entry of a key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if the store cannot be read.
    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Claim>>>;

    /// Reads all entries, in the order of their keys.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if the store cannot be read.
    fn list(&self) -> BoxFuture<'_, Result<Vec<Claim>>>;

    /// Reads a part of the progress of a run, such as a [`Provisioning`](crate::Provisioning); `None` if there is none. Progress
    /// stays when the run's key is freed.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if the store cannot be read.
    fn progress<'a>(&'a self, run: &'a str, part: &'a str) -> BoxFuture<'a, Result<Option<Value>>>;

    /// Replaces a part of the progress of a run, if the key of the run's entry is of the same claim.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`](crate::ErrorKind::Journal) if the store cannot be written, or the key is of another claim by now.
    fn save_progress<'a>(
        &'a self,
        run: &'a JournalEntry,
        part: &'a str,
        progress: &'a Value,
    ) -> BoxFuture<'a, Result<()>>;

    /// Notes that a call was dropped in the middle, so that it is not running any more. A store that finds that out in another
    /// way, such as after its time is over, does nothing.
    fn abandon(&self, entry: &JournalEntry) {
        _ = entry;
    }
}

/// An entry, and whether its purchase is being made now.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    /// The entry.
    pub entry: JournalEntry,
    /// Whether a process is making the purchase: it is alive, as far as the store can tell.
    pub is_running: bool,
}
