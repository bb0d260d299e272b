//! The purchase journal: ensures that each purchase is made only once, across retries, crashes, processes and machines.
//!
//! The service has no idempotency keys, so the client has its own. The key and a hash of a purchase are written durably
//! before the purchase is sent, and its outcome afterward. A crash in between leaves an open entry: it is unknown
//! whether the purchase was made, so nothing is sent under its key until the entry is settled.

mod entry;
mod file;
#[cfg(feature = "redis")]
mod in_redis;
mod run;
mod service;
mod store;
#[cfg(test)]
mod tests;
mod verify;
mod view;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use zapmail_sdk::{Error, ErrorKind, Result};

pub use self::entry::{EntryState, JournalEntry, RecordedResponse};
use self::file::FileStore;
#[cfg(feature = "redis")]
use self::in_redis::RedisStore;
pub(crate) use self::run::Run;
pub(crate) use self::service::check as check_service;
pub use self::store::{Claim, JournalStore};
pub use self::verify::{Verdict, Verification};
pub use self::view::View;
#[cfg(feature = "redis")]
use crate::redis_server::Redis;

/// The maximum length of a key, in bytes.
const MAX_KEY_LENGTH: usize = 200;

/// A journal of purchases, which ensures that each purchase is made only once. Clones share the same journal.
///
/// A journal never contains credentials: they are removed from the responses that it stores.
///
/// Each entry records its [`service`](JournalEntry::service). A key that was used with a sandbox is refused with the
/// live service, and vice versa, so use a separate journal for each service. The account is not recorded: the same key
/// in two accounts of a service counts as one purchase, so use a separate journal for each account, too.
///
/// ```
/// use zapmail_sdk_ext::{Journal, Zapmail};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("purchases.journal");
/// let journal = Journal::file(path)?;
/// let zapmail = Zapmail::builder().api_key("not-a-real-key").build()?;
/// let buyer = zapmail.allow_spending().journal(journal).once("order-4711");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Journal(Arc<dyn JournalStore>);

/// The outcome of a purchase, as determined by a person or a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PurchaseOutcome {
    /// The purchase was made.
    Made,
    /// The purchase was not made, and can be made under the same key.
    NotMade,
}

impl Journal {
    /// Opens a journal in a file, and creates the file if it does not exist. Several processes on one machine can use
    /// it at the same time.
    ///
    /// Only the current user can read the file. The same folder also contains a lock file, and a file for each process
    /// that uses the journal.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`] if the file cannot be written, or is not a journal.
    pub fn file(path: impl AsRef<Path>) -> Result<Self> {
        FileStore::open(path.as_ref()).map(Self::with_store)
    }

    /// Opens a journal in Redis, which several machines can use. `name` separates the journals on one server.
    ///
    /// Each purchase is made only once as long as the server does not lose data: set `appendonly yes` and `appendfsync
    /// always`, and disable the eviction of keys. A call that was dropped, or whose process has ended, counts as
    /// running until its maximum duration has elapsed: twice the timeout of a call, plus one minute.
    ///
    /// ```
    /// use zapmail_sdk_ext::{Journal, Redis};
    ///
    /// let journal = Journal::redis(Redis::new("redis://127.0.0.1:6379")?, "acme");
    /// # Ok::<(), zapmail_sdk_ext::Error>(())
    /// ```
    #[cfg(feature = "redis")]
    pub fn redis(redis: Redis, name: impl Into<String>) -> Self {
        Self::with_store(RedisStore::new(redis, name.into()))
    }

    /// Opens a journal in a custom store.
    pub fn with_store(store: impl JournalStore) -> Self {
        Self(Arc::new(store))
    }

    /// Returns the entry of a key, or `None` if the key is free.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`] if the journal cannot be read.
    pub async fn entry(&self, key: &str) -> Result<Option<JournalEntry>> {
        Ok(self.claim(key).await?.map(|claim| claim.entry))
    }

    /// Returns the claim on a key, or `None` if the key is free: a call that has ended before it sent anything no
    /// longer claims its key.
    async fn claim(&self, key: &str) -> Result<Option<Claim>> {
        let claim = self.0.read(key).await?;
        Ok(claim.filter(|claim| claim.is_running || claim.entry.state != EntryState::Claimed))
    }

    /// Returns all entries whose outcome is unknown, sorted by key: those left open by a crash or a lost response.
    /// Purchases in progress are not included. Each entry names its [`service`](JournalEntry::service).
    ///
    /// ```no_run
    /// # async fn example(journal: zapmail_sdk_ext::Journal) -> zapmail_sdk_ext::Result<()> {
    /// for entry in journal.open_entries().await? {
    ///     println!("{} ({}) was started at {}", entry.key, entry.operation, entry.started_at);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`] if the journal cannot be read.
    pub async fn open_entries(&self) -> Result<Vec<JournalEntry>> {
        let claims = self.0.list().await?.into_iter();
        Ok(claims.filter(|claim| !claim.is_running && claim.entry.state.is_open()).map(|claim| claim.entry).collect())
    }

    /// Settles a purchase whose outcome is unknown. [`Made`](PurchaseOutcome::Made) marks its key as used;
    /// [`NotMade`](PurchaseOutcome::NotMade) frees it.
    ///
    /// Check the outcome first, for example with [`verify`](Self::verify).
    ///
    /// ```no_run
    /// use zapmail_sdk_ext::journal::PurchaseOutcome;
    ///
    /// # async fn example(journal: zapmail_sdk_ext::Journal) -> zapmail_sdk_ext::Result<()> {
    /// journal.resolve("order-4711", PurchaseOutcome::NotMade).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::NotFound`] if the key is free.
    /// - [`ErrorKind::Conflict`] if the purchase is in progress, or its outcome is already known.
    /// - [`ErrorKind::Journal`] if the journal cannot be written.
    pub async fn resolve(&self, key: &str, outcome: PurchaseOutcome) -> Result<()> {
        let Claim { mut entry, is_running } = self.claim(key).await?.ok_or_else(|| not_found(key))?;
        if is_running {
            return Err(Error::new(ErrorKind::Conflict, format!("the purchase `{key}` is in progress"))
                .with_hint("wait until it has finished"));
        }
        if !entry.state.is_open() {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!("the outcome of the purchase `{key}` is already known"),
            ));
        }
        match outcome {
            PurchaseOutcome::NotMade => self.0.remove(&entry).await,
            PurchaseOutcome::Made => {
                entry.state = EntryState::Settled;
                self.0.write(&entry).await
            }
        }
    }

    /// Returns the entry of a key for a client that may use the key next. Returns `None` if the key is free, or its
    /// call has ended before it sent anything.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Conflict`] if the entry is of a service other than `service`.
    /// - [`ErrorKind::Journal`] if the journal cannot be read.
    pub(crate) async fn entry_for(&self, service: &str, key: &str) -> Result<Option<JournalEntry>> {
        let Some(Claim { entry, .. }) = self.claim(key).await? else { return Ok(None) };
        check_service(&entry, service)
            .map_err(|error| error.with_hint("use a separate journal for each service; nothing was bought"))?;
        Ok(Some(entry))
    }

    /// Frees the key of an entry, whatever its state, unless the purchase is in progress or the key has since been
    /// freed or claimed again. Returns whether the key was freed.
    pub(crate) async fn forget(&self, entry: &JournalEntry) -> Result<bool> {
        let known = self.0.read(&entry.key).await?;
        if known.is_none_or(|known| known.is_running || known.entry.claim != entry.claim) {
            return Ok(false);
        }
        self.0.remove(entry).await.map(|()| true)
    }

    pub(crate) fn store(&self) -> &dyn JournalStore {
        &*self.0
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Journal({:?})", self.0)
    }
}

/// Returns the error of a call whose key has since been freed or claimed by another call.
fn claim_lost(key: &str) -> Error {
    let message = format!("the call took too long: the key `{key}` has since been freed or claimed by another call");
    Error::new(ErrorKind::Journal, message)
}

pub(crate) fn not_found(key: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("the journal has no entry for the key `{key}`"))
}

/// Checks that a key is a single line of text of a reasonable length.
///
/// # Errors
///
/// [`ErrorKind::Config`] if it is not.
pub(crate) fn check_key(key: &str) -> Result<()> {
    if key.trim().is_empty() || key.len() > MAX_KEY_LENGTH || key.chars().any(char::is_control) {
        return Err(Error::config(format!(
            "`once` needs a key of 1 to {MAX_KEY_LENGTH} bytes on a single line; use for example an order number"
        )));
    }
    Ok(())
}
