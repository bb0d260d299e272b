//! A run: work of many steps under a name, done by one process at a time, with its progress in the journal.

use std::time::Duration;

use futures::future::{Either, select};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, sleep};
use zapmail_sdk::{Error, ErrorKind, Result};

use super::entry::JournalEntry;
use super::{Journal, check_key};

/// How long a run of a process that has crashed keeps others out, where the store cannot see that it has.
const LASTS: Duration = Duration::from_secs(15 * 60);

/// How often a run in progress extends that time.
const RENEWED_EVERY: Duration = Duration::from_secs(5 * 60);

/// A run in progress. Dropping it lets others continue the run: at once with a journal in a file, after 15 minutes in Redis.
pub(crate) struct Run {
    journal: Journal,
    name: String,
    entry: JournalEntry,
    is_over: bool,
}

impl Run {
    /// Begins or continues a run in a workspace. `kind` says what it does, such as `provision`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Conflict`] if another process does it now, [`ErrorKind::Config`] if the name is not one line of text, and
    /// [`ErrorKind::Journal`] if the journal cannot be used.
    pub async fn begin(journal: &Journal, kind: &str, name: &str, workspace: Option<&str>) -> Result<Self> {
        check_key(name)?;
        let entry = JournalEntry::of_run(kind, name, workspace);
        let run = Self { journal: journal.clone(), name: name.to_owned(), entry, is_over: false };
        match journal.store().claim(&run.entry, LASTS).await {
            Ok(None) => Ok(run),
            Ok(Some(_)) => {
                run.give_up();
                let message = format!("the run `{name}` is in progress, in this process or another one");
                Err(Error::new(ErrorKind::Conflict, message)
                    .with_hint("wait until it has ended; one that has crashed keeps others out for up to 15 minutes"))
            }
            // It may have been claimed all the same.
            Err(error) => {
                _ = run.end().await;
                Err(error)
            }
        }
    }

    /// Without an effect on the journal: the key is another process's.
    fn give_up(mut self) {
        self.is_over = true;
    }

    /// Returns a part of the progress of the earlier processes; `None` if there is none.
    pub async fn progress<T: DeserializeOwned>(&self, part: &str) -> Result<Option<T>> {
        let progress = self.journal.store().progress(&self.entry.key, part).await?;
        progress.map(serde_json::from_value).transpose().map_err(|error| {
            let message = format!("the journal has a progress of `{}` that cannot be read: {error}", self.name);
            Error::new(ErrorKind::Journal, message)
                .with_hint("update the program, or restore the journal; under another name, what was sent is forgotten")
        })
    }

    /// Stores a part of the progress. It is durable when this returns.
    pub async fn save(&self, part: &str, progress: &impl Serialize) -> Result<()> {
        let progress = serde_json::to_value(progress)
            .map_err(|error| Error::new(ErrorKind::Journal, format!("the progress cannot be written: {error}")))?;
        self.journal.store().save_progress(&self.entry, part, &progress).await
    }

    /// Does the work, and extends the time of the run meanwhile.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`] if that is not possible: another process may take the run over.
    pub async fn doing<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        let renewing = async {
            let mut renewed_at = Instant::now();
            loop {
                sleep(RENEWED_EVERY).await;
                match self.renew().await {
                    Ok(true) => renewed_at = Instant::now(),
                    Ok(false) => return super::taken(&self.entry.key),
                    // There is time for another attempt.
                    Err(_) if renewed_at.elapsed() + RENEWED_EVERY < LASTS => {}
                    Err(error) => return error,
                }
            }
        };
        let (work, renewing) = (std::pin::pin!(work), std::pin::pin!(renewing));
        // After the machine has slept, the time may be over: that is found out before anything is sent.
        match select(renewing, work).await {
            Either::Left((error, _)) => Err(error),
            Either::Right((done, _)) => Ok(done),
        }
    }

    /// Extends the time, unless another process has taken the run meanwhile.
    async fn renew(&self) -> Result<bool> {
        let store = self.journal.store();
        let is_mine = store.read(&self.entry.key).await?.is_some_and(|claim| claim.entry.claim == self.entry.claim);
        Ok(is_mine && store.claim(&self.entry, LASTS).await?.is_none())
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
