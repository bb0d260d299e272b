//! A run: work of many steps under a name, done by one process at a time, with its progress in the journal.

use std::time::Duration;

use futures::future::{Either, select};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};
use zapmail_sdk::{Error, ErrorKind, Result};

use super::Journal;
use super::entry::JournalEntry;

/// How long a run of a process that has crashed keeps others out, where the store cannot see that it has.
const LASTS: Duration = Duration::from_secs(15 * 60);

/// How often a run that goes on says so.
const RENEWED_EVERY: Duration = Duration::from_secs(5 * 60);

/// A run in progress. Dropping it lets others continue the run.
pub(crate) struct Run {
    journal: Journal,
    name: String,
    entry: JournalEntry,
    is_over: bool,
}

impl Run {
    /// Begins or continues a run. `kind` says what it does, such as `provision`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] if another process does it now, [`ErrorKind::Journal`] if the journal cannot be used.
    pub async fn begin(journal: &Journal, kind: &str, name: &str) -> Result<Self> {
        let entry = JournalEntry::of_run(kind, name);
        if journal.store().claim(&entry, LASTS).await?.is_some() {
            let message = format!("the run `{name}` is in progress, in this process or another one");
            return Err(Error::new(ErrorKind::Conflict, message).with_hint("wait until it has ended; nothing was sent"));
        }
        Ok(Self { journal: journal.clone(), name: name.to_owned(), entry, is_over: false })
    }

    /// Returns the progress of the earlier processes; `None` if this is the first.
    pub async fn progress<T: DeserializeOwned>(&self) -> Result<Option<T>> {
        let progress = self.journal.store().progress(&self.entry.key).await?;
        progress.map(serde_json::from_value).transpose().map_err(|error| {
            let message = format!("the journal has a progress of `{}` that cannot be read: {error}", self.name);
            Error::new(ErrorKind::Journal, message).with_hint("use another name for the run")
        })
    }

    /// Stores the progress. It is durable when this returns.
    pub async fn save(&self, progress: &impl Serialize) -> Result<()> {
        let progress = serde_json::to_value(progress)
            .map_err(|error| Error::new(ErrorKind::Journal, format!("the progress cannot be written: {error}")))?;
        self.journal.store().save_progress(&self.entry.key, &progress).await
    }

    /// Does the work, and says meanwhile that it goes on.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`] if that cannot be written: another process may take the run over.
    pub async fn doing<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let renewing = async {
            let mut renewed_at = Instant::now();
            loop {
                sleep(RENEWED_EVERY).await;
                match self.journal.store().claim(&self.entry, LASTS).await {
                    Ok(None) => renewed_at = Instant::now(),
                    Ok(Some(_)) => return super::taken(&self.entry.key),
                    // There is time for another attempt.
                    Err(_) if renewed_at.elapsed() + RENEWED_EVERY < LASTS => {}
                    Err(error) => return error,
                }
            }
        };
        let (work, renewing) = (std::pin::pin!(work), std::pin::pin!(renewing));
        match select(work, renewing).await {
            Either::Left((done, _)) => Ok(done),
            Either::Right((error, _)) => Err(error),
        }
    }

    /// Ends it. Its progress stays.
    pub async fn end(mut self) -> Result<()> {
        self.journal.store().remove(&self.entry).await?;
        self.is_over = true;
        Ok(())
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if !self.is_over {
            self.journal.store().abandon(&self.entry);
        }
    }
}
