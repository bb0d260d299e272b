//! The cache of authenticator codes: codes that have not expired, and fetches in flight.

use std::collections::HashMap;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use tokio::time::{Instant, timeout_at};
use zapmail_sdk::builder::GetAuthenticatorCode;
use zapmail_sdk::{Error, ErrorKind, Request, Result};

use super::{OtpCode, OtpTarget};

/// Codes by workspace and account, shared by the clones and derived clients of a client.
#[derive(Default)]
pub(crate) struct CodeCache(Mutex<HashMap<Key, Entry>>);

/// The workspace, and the account in it.
type Key = (Option<String>, OtpTarget);

type Fetch = BoxFuture<'static, Result<OtpCode>>;

enum Entry {
    Ready(OtpCode),
    /// Weak, so that the fetch is canceled when the last waiter is dropped.
    InFlight(WeakShared<Fetch>),
}

impl CodeCache {
    /// Returns the cached code if it has not expired; otherwise, fetches one. Concurrent fetches are deduplicated.
    /// Waits for the fetch of another task until the deadline at most; a fetch of this task has its own timeouts.
    pub async fn get_or_fetch(&self, key: Key, deadline: Instant, mut fetch: impl FnMut() -> Fetch) -> Result<OtpCode> {
        loop {
            let (fetch, outcome) = match self.cached_or_started(&key, &mut fetch) {
                Cached::Ready(code) => return Ok(code),
                Cached::Started(fetch) => (fetch.clone(), fetch.await),
                Cached::InFlight(fetch) => match timeout_at(deadline, fetch.clone()).await {
                    // The other task had a shorter timeout.
                    Ok(Err(error)) if error.kind() == ErrorKind::Timeout && Instant::now() < deadline => continue,
                    Ok(outcome) => (fetch, outcome),
                    Err(_) => return Err(wait_timed_out()),
                },
            };
            let code = outcome?;
            // A waiter that is polled late must not replace a newer code.
            let mut entries = self.entries();
            if entries.get(&key).is_some_and(|entry| entry.is_fetch(&fetch)) {
                entries.insert(key, Entry::Ready(code.clone()));
            }
            return Ok(code);
        }
    }

    fn cached_or_started(&self, key: &Key, fetch: impl FnOnce() -> Fetch) -> Cached {
        let mut entries = self.entries();
        if let Some(cached) = entries.get(key).and_then(Entry::cached) {
            return cached;
        }
        // Evict expired codes, so that the cache does not grow in a program that uses the codes of all mailboxes.
        entries.retain(|_, entry| entry.cached().is_some());
        let fetch = catch_panic(fetch()).boxed().shared();
        if let Some(weak) = fetch.downgrade() {
            entries.insert(key.clone(), Entry::InFlight(weak));
        }
        Cached::Started(fetch)
    }

    fn entries(&self) -> MutexGuard<'_, HashMap<Key, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Cached {
    Ready(OtpCode),
    /// The fetch of another task.
    InFlight(Shared<Fetch>),
    /// A new fetch.
    Started(Shared<Fetch>),
}

impl Entry {
    fn cached(&self) -> Option<Cached> {
        match self {
            Self::Ready(code) => (!code.remaining().is_zero()).then(|| Cached::Ready(code.clone())),
            // A completed fetch remains while a waiter is not polled. Its code, if any, has a separate entry.
            Self::InFlight(fetch) => fetch.upgrade().filter(|fetch| fetch.peek().is_none()).map(Cached::InFlight),
        }
    }

    fn is_fetch(&self, other: &Shared<Fetch>) -> bool {
        match self {
            Self::Ready(_) => false,
            Self::InFlight(fetch) => fetch.upgrade().is_some_and(|fetch| fetch.ptr_eq(other)),
        }
    }
}

/// Turns a panic of a fetch into an error, because it would panic in all of its waiters.
async fn catch_panic(fetch: Fetch) -> Result<OtpCode> {
    AssertUnwindSafe(fetch)
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(Error::new(ErrorKind::Unexpected, "the task that requested the code panicked")))
}

fn wait_timed_out() -> Error {
    Error::new(ErrorKind::Timeout, "timed out waiting for a code that another task requests")
        .with_operation(GetAuthenticatorCode::OPERATION)
        .with_hint("raise `Timeouts::call`")
}

impl fmt::Debug for CodeCache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CodeCache")
    }
}
