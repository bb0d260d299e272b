//! The journal of purchases: a purchase happens once, across retries, crashes, processes and machines.
//!
//! The service has no idempotency keys, so the client has its own. Before a purchase is sent, its key and what it is are
//! written durably; afterwards its outcome. A crash in between leaves an entry that is open: nobody knows whether the
//! purchase was made, so nothing is sent under its key until that is settled.

mod entry;
mod file;
#[cfg(feature = "redis")]
mod in_redis;
mod once;
mod run;
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
pub(crate) use self::once::Once;
pub(crate) use self::run::Run;
pub use self::store::{Claim, JournalStore};
pub use self::verify::{Verdict, Verification};
pub use self::view::View;
use crate::Zapmail;
#[cfg(feature = "redis")]
use crate::redis_server::Redis;

/// The longest key, in bytes.
const LONGEST_KEY: usize = 200;

/// A journal of purchases, so that each is made once. Clones share it.
///
/// Never contains a credential: what the service returned is stored without them. Use one journal for each account, since
/// the key of a purchase says nothing of the API key.
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

/// What happened, as a person or a program has found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PurchaseOutcome {
    /// The purchase was made.
    Happened,
    /// The purchase was not made, and may be made under the same key.
    DidNotHappen,
}

impl Journal {
    /// Opens the journal in a file, or creates it. Several processes of one machine can use it at the same time.
    ///
    /// Only the user can read it. Beside it are a file for its lock and one for each process that uses it.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`] if the file cannot be written, or is not a journal.
    pub fn file(path: impl AsRef<Path>) -> Result<Self> {
        FileStore::open(path.as_ref()).map(Self::with_store)
    }

    /// Keeps the journal in Redis, for several machines. A name of your own separates journals in one server.
    ///
    /// A purchase is made once as long as the server keeps what was written: switch on `appendonly yes` and
    /// `appendfsync always`, and do not let it evict keys. A call that was dropped, or whose process has ended, counts as
    /// running until its time would be over: twice the timeout of a call and a minute.
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

    /// Keeps the journal in a store of your own.
    pub fn with_store(store: impl JournalStore) -> Self {
        Self(Arc::new(store))
    }

    /// The entry of a key; `None` if it is free.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`] if the journal cannot be read.
    pub async fn entry(&self, key: &str) -> Result<Option<JournalEntry>> {
        Ok(self.0.read(key).await?.map(|claim| claim.entry))
    }

    /// All entries whose outcome is not known, in the order of their keys: those that a crash, or a lost response, has left
    /// open. What is being sent now is not among them.
    ///
    /// ```no_run
    /// # async fn example(journal: zapmail_sdk_ext::Journal) -> zapmail_sdk_ext::Result<()> {
    /// for entry in journal.open_entries().await? {
    ///     println!("{} ({}) was begun at {}", entry.key, entry.operation, entry.started_at);
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

    /// Settles a purchase whose outcome is unknown: afterward its key is either free or used up.
    ///
    /// Look first, for example with [`verify`](Self::verify).
    ///
    /// ```no_run
    /// use zapmail_sdk_ext::journal::PurchaseOutcome;
    ///
    /// # async fn example(journal: zapmail_sdk_ext::Journal) -> zapmail_sdk_ext::Result<()> {
    /// journal.resolve("order-4711", PurchaseOutcome::DidNotHappen).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::NotFound`] if the key is free.
    /// - [`ErrorKind::Conflict`] if the purchase is being made now, or its outcome is known.
    /// - [`ErrorKind::Journal`] if the journal cannot be written.
    pub async fn resolve(&self, key: &str, outcome: PurchaseOutcome) -> Result<()> {
        let Claim { mut entry, is_running } = self.0.read(key).await?.ok_or_else(|| not_found(key))?;
        if is_running {
            return Err(Error::new(ErrorKind::Conflict, format!("the purchase `{key}` is being made now"))
                .with_hint("wait until it has ended"));
        }
        if !entry.state.is_open() {
            return Err(Error::new(ErrorKind::Conflict, format!("the outcome of the purchase `{key}` is known")));
        }
        match outcome {
            PurchaseOutcome::DidNotHappen => self.0.remove(&entry).await,
            PurchaseOutcome::Happened => {
                entry.state = EntryState::Settled;
                self.0.write(&entry).await
            }
        }
    }

    /// Looks whether a purchase was made: runs the operation that verifies its outcome, and compares with what it showed
    /// before the purchase. Changes nothing.
    ///
    /// ```no_run
    /// # async fn example(journal: zapmail_sdk_ext::Journal, zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// println!("{}", journal.verify(&zapmail, "order-4711").await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NotFound`] if the key is free, [`ErrorKind::Journal`] if the journal cannot be read, or the error of the
    /// operation.
    pub async fn verify(&self, zapmail: &Zapmail, key: &str) -> Result<Verification> {
        let entry = self.entry(key).await?.ok_or_else(|| not_found(key))?;
        verify::verify(zapmail, &entry).await
    }

    /// Frees the key of an entry, whatever its state, if no process is making the purchase and the key was not freed and taken
    /// again. Returns whether it was freed.
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

/// The error of a key that was freed and taken again meanwhile.
fn taken(key: &str) -> Error {
    Error::new(ErrorKind::Journal, format!("it took too long, and the key `{key}` was freed or taken again meanwhile"))
}

fn not_found(key: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("the journal has no purchase `{key}`"))
}

/// # Errors
///
/// If a key is not one line of text of a reasonable length.
fn check_key(key: &str) -> Result<()> {
    if key.trim().is_empty() || key.len() > LONGEST_KEY || key.chars().any(char::is_control) {
        return Err(Error::config(format!(
            "`once` needs a key of 1 to {LONGEST_KEY} bytes in one line, such as the number of an order"
        )));
    }
    Ok(())
}
