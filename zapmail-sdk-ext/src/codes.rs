//! Authenticator codes: a code with its lifetime, the account that it is for, and the cache of a client.

mod cache;

use std::time::{Duration, SystemTime};

use tokio::time::Instant;
use zapmail_sdk::ids::{DomainId, MailboxId};
use zapmail_sdk::{Secret, clock};

pub(crate) use cache::CodeCache;

/// The largest difference between the system's clock and the monotonic clock that is ignored, because the system's
/// clock is corrected from time to time.
const CLOCK_TOLERANCE: Duration = Duration::from_secs(1);

/// The account that authenticator codes are for; see [`Zapmail::otp`](crate::Zapmail::otp).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OtpTarget(pub(crate) Target);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    Mailbox(MailboxId),
    DomainAdmin(DomainId),
}

impl OtpTarget {
    /// Selects a mailbox, by its id.
    pub fn mailbox(id: impl Into<MailboxId>) -> Self {
        Self(Target::Mailbox(id.into()))
    }

    /// Selects the admin account of a Microsoft domain, by the domain's id.
    pub fn domain_admin(domain_id: impl Into<DomainId>) -> Self {
        Self(Target::DomainAdmin(domain_id.into()))
    }
}

/// An authenticator code and its lifetime, returned by [`Otp`](crate::Otp).
#[derive(Debug, Clone)]
pub struct OtpCode {
    pub(crate) code: Secret,
    pub(crate) expires_at: Instant,
    /// The expiry by the system's clock, which continues while the machine sleeps.
    pub(crate) expires_on: SystemTime,
    /// The time that its request took, which is part of its lifetime.
    pub(crate) request_time: Duration,
}

impl OtpCode {
    pub(crate) fn new(code: Secret, expires_at: Instant) -> Self {
        let remaining = expires_at.saturating_duration_since(Instant::now());
        Self { code, expires_at, expires_on: clock::system_time() + remaining, request_time: Duration::ZERO }
    }

    /// Returns the code. Take care not to log it.
    pub fn expose(&self) -> &str {
        self.code.expose()
    }

    /// Returns the remaining lifetime; zero once the code has expired. The service reports whole seconds, so a
    /// requested code may expire up to one second earlier.
    pub fn remaining(&self) -> Duration {
        let remaining = self.expires_at.saturating_duration_since(Instant::now());
        let (by_system, overdue) = match self.expires_on.duration_since(clock::system_time()) {
            Ok(by_system) => (by_system, Duration::ZERO),
            Err(error) => (Duration::ZERO, error.duration()),
        };
        if by_system + CLOCK_TOLERANCE < remaining + overdue { by_system } else { remaining }
    }
}
