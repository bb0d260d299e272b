//! A run: named work in several steps, executed by one process at a time, with its progress stored in the journal.

use std::time::Duration;

use futures_util::future::{Either, select};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};
use zapmail_sdk::{Error, ErrorKind, Result};

use super::entry::JournalEntry;
use super::{Journal, check_key};

/// The lease of a run: how long the run of a crashed process blocks other processes if the store cannot detect the
/// crash.
const LEASE: Duration = Duration::from_secs(15 * 60);

/// The interval at which a run in progress renews its lease.
const RENEWAL_INTERVAL: Duration = Duration::from_secs(5 * 60);

/// A run in progress. After it is dropped, another process can continue the run: immediately with a journal in a file,
/// after 15 minutes with a journal in Redis.
pub(crate) struct Run {
    journal: Journal,
    name: String,
    entry: JournalEntry,
    has_ended: bool,
}

impl Run {
    /// Starts or continues a run in a workspace of a service. `kind` is the kind of work, such as `provision`.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::Conflict`] if the run is already in progress.
    /// - [`ErrorKind::Config`] if the name is not a single line of text.
    /// - [`ErrorKind::Journal`] if the journal cannot be used.
    pub async fn begin(
        journal: &Journal,
        kind: &str,
        name: &str,
        service: &str,
        workspace: Option<&str>,
    ) -> Result<Self> {
        check_key(name)?;
        let entry = JournalEntry::of_run(kind, name, service, workspace);
        let run = Self { journal: journal.clone(), name: name.to_owned(), entry, has_ended: false };
        match journal.store().claim(&run.entry, LEASE).await {
            Ok(None) => Ok(run),
            Ok(Some(_)) => {
                run.discard();
                let message = format!("the run `{name}` is in progress, in this process or another one");
                Err(Error::new(ErrorKind::Conflict, message).with_hint(
                    "wait until it has ended; a run that crashed blocks other processes for up to 15 minutes",
                ))
            }
            // The key may have been claimed despite the error.
            Err(error) => {
                _ = run.end().await;
                Err(error)
            }
        }
    }

    /// Drops the run without changing the journal, because another process has claimed the key.
    fn discard(mut self) {
        self.has_ended = true;
    }

    /// Returns a part of the progress that earlier processes stored, or `None` if there is none.
    pub async fn progress<T: DeserializeOwned>(&self, part: &str) -> Result<Option<T>> {
        let progress = self.journal.store().progress(&self.entry.key, part).await?;
        progress.map(serde_json::from_value).transpose().map_err(|error| {
            let message = format!("the stored progress of the run `{}` cannot be read: {error}", self.name);
            Error::new(ErrorKind::Journal, message).with_hint(
                "update the program, or restore the journal; a run with a new name would send everything again",
            )
        })
    }

    /// Stores a part of the progress durably.
    pub async fn save(&self, part: &str, progress: &impl Serialize) -> Result<()> {
        let progress = serde_json::to_value(progress).map_err(|error| {
            Error::new(ErrorKind::Journal, format!("the progress of the run cannot be serialized: {error}"))
        })?;
        self.journal.store().save_progress(&self.entry, part, &progress).await
    }

    /// Executes the work, and renews the lease of the run in the meantime.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`] if the lease cannot be renewed: another process may take over the run.
    pub async fn execute<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let renewing = async {
            let mut renewed_at = Instant::now();
            loop {
                sleep(RENEWAL_INTERVAL).await;
                match self.renew().await {
                    Ok(true) => renewed_at = Instant::now(),
                    Ok(false) => return super::claim_lost(&self.entry.key),
                    // There is still time for another attempt.
                    Err(_) if renewed_at.elapsed() + RENEWAL_INTERVAL < LEASE => {}
                    Err(error) => return error,
                }
            }
        };
        let (work, renewing) = (std::pin::pin!(work), std::pin::pin!(renewing));
        // The lease may have expired while the machine was asleep. Poll the renewal first, to detect that before
        // anything is sent.
        match select(renewing, work).await {
            Either::Left((error, _)) => Err(error),
            Either::Right((output, _)) => Ok(output),
        }
    }

    /// Renews the lease. Returns `false` if another process has taken over the run in the meantime.
    async fn renew(&self) -> Result<bool> {
        let store = self.journal.store();
        let is_claimed = store.read(&self.entry.key).await?.is_some_and(|claim| claim.entry.claim == self.entry.claim);
        Ok(is_claimed && store.claim(&self.entry, LEASE).await?.is_none())
    }

    /// Ends the run. Its progress stays in the journal.
    pub async fn end(mut self) -> Result<()> {
        self.journal.store().remove(&self.entry).await?;
        self.has_ended = true;
        Ok(())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if !self.has_ended {
            self.journal.store().abandon(&self.entry);
        }
    }
}
