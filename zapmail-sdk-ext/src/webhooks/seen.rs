//! Stores of the events that were seen, so that each event is handled once.

#[cfg(feature = "redis")]
mod in_redis;
mod memory;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use uuid::Uuid;
use zapmail_sdk::Result;

#[cfg(feature = "redis")]
pub use in_redis::SeenInRedis;
pub use memory::SeenInMemory;

/// The state of an event in a store; see [`SeenEvents::claim`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// The event is new, or earlier attempts to handle it failed. It now belongs to the claim.
    New,
    /// The event belongs to another claim that has not expired.
    InProgress,
    /// The event was handled.
    Handled,
}

/// A store that remembers which events were handled, and which are being handled.
///
/// [`SeenInMemory`] is for one process, `SeenInRedis` (feature `redis`) for several. Implement the trait to use a
/// different database. If one of its futures is dropped, it is unknown whether the change was made.
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
    /// Claims an event, unless it was handled or belongs to another claim. The claim expires after `lasts`. Of several
    /// claims at the same time, exactly one returns [`Seen::New`].
    ///
    /// # Errors
    ///
    /// If the store cannot be used.
    fn claim<'a>(&'a self, id: &'a str, claim: Uuid, lasts: Duration) -> BoxFuture<'a, Result<Seen>>;

    /// Records that an event was handled, and remembers it for `keep_for`, regardless of the claim that the event
    /// belongs to: it was handled, even if its claim has expired.
    ///
    /// # Errors
    ///
    /// If the store cannot be used.
    fn confirm<'a>(&'a self, id: &'a str, keep_for: Duration) -> BoxFuture<'a, Result<()>>;

    /// Makes an event new again if it belongs to this claim. Otherwise does nothing.
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
