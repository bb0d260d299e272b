//! Stores of events that were seen, to handle each event once.

#[cfg(feature = "redis")]
mod in_redis;
mod memory;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use uuid::Uuid;
use zapmail_sdk::Result;

#[cfg(feature = "redis")]
pub use in_redis::SeenInRedis;
pub use memory::SeenInMemory;

/// What a store knows of an event; see [`SeenEvents::claim`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It is new, or earlier attempts to handle it ended without success. It now belongs to the claim.
    New,
    /// It belongs to another claim, whose time is not over.
    InProgress,
    /// It was handled.
    Handled,
}

/// Remembers which events were handled, and which are being handled.
///
/// [`SeenInMemory`] is for one process, `SeenInRedis` (feature `redis`) for several. Implement the trait to use a database of
/// your own. Dropping one of its futures leaves open whether the change was made.
///
/// ```
/// use std::time::Duration;
///
/// use zapmail_sdk_ext::Uuid;
/// use zapmail_sdk_ext::webhooks::{Seen, SeenEvents, SeenInMemory};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> zapmail_sdk_ext::Result<()> {
/// let minute = Duration::from_secs(60);
/// let (store, first, second) = (SeenInMemory::new(), Uuid::from_u128(1), Uuid::from_u128(2));
/// assert_eq!(store.claim("evt_1", first, minute).await?, Seen::New);
/// assert_eq!(store.claim("evt_1", second, minute).await?, Seen::InProgress);
/// store.release("evt_1", first).await?;
/// assert_eq!(store.claim("evt_1", second, minute).await?, Seen::New);
/// store.confirm("evt_1", 60 * minute).await?;
/// assert_eq!(store.claim("evt_1", first, minute).await?, Seen::Handled);
/// # Ok(())
/// # }
/// ```
pub trait SeenEvents: fmt::Debug + Send + Sync + 'static {
    /// Takes an event for a claim that lasts this long, unless the event was handled or belongs to another claim. Of several
    /// claims at the same time, exactly one gets [`Seen::New`].
    ///
    /// # Errors
    ///
    /// If the store cannot be used.
    fn claim<'a>(&'a self, id: &'a str, claim: Uuid, lasts: Duration) -> BoxFuture<'a, Result<Seen>>;

    /// Notes that an event was handled, and remembers it for this long, whichever claim the event belongs to: it was handled,
    /// even if that took longer than the claim lasted.
    ///
    /// # Errors
    ///
    /// If the store cannot be used.
    fn confirm<'a>(&'a self, id: &'a str, keep_for: Duration) -> BoxFuture<'a, Result<()>>;

    /// Makes an event new again if it belongs to this claim. Otherwise nothing happens.
    ///
    /// # Errors
    ///
    /// If the store cannot be used.
    fn release<'a>(&'a self, id: &'a str, claim: Uuid) -> BoxFuture<'a, Result<()>>;
}

/// A store that several receivers share.
impl<T: SeenEvents + ?Sized> SeenEvents for Arc<T> {
    fn claim<'a>(&'a self, id: &'a str, claim: Uuid, lasts: Duration) -> BoxFuture<'a, Result<Seen>> {
        (**self).claim(id, claim, lasts)
    }

    fn confirm<'a>(&'a self, id: &'a str, keep_for: Duration) -> BoxFuture<'a, Result<()>> {
        (**self).confirm(id, keep_for)
    }

    fn release<'a>(&'a self, id: &'a str, claim: Uuid) -> BoxFuture<'a, Result<()>> {
        (**self).release(id, claim)
    }
}
