//! The buckets of a limiter, and the numbers of its waiters.

use zapmail_sdk::operations::Bucket;

/// The number of a waiter. Older waiters have smaller numbers.
pub(super) type Ticket = u64;

/// The buckets, each with its own queue, so that an availability check that waits for its own window does not block
/// other requests.
pub(super) const BUCKETS: [Bucket; 2] = [Bucket::General, Bucket::DomainAvailability];

pub(super) fn index(bucket: Bucket) -> usize {
    usize::from(bucket == Bucket::DomainAvailability)
}
