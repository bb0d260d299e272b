//! The dates at which mailboxes are deleted, derived from subscriptions: the service does not report them.

use chrono::{DateTime, Utc};
use zapmail_sdk::types::Subscription;

use super::listed::ListedMailbox;

/// The subscriptions that can pay for a mailbox.
pub(super) struct Dates(Vec<Period>);

struct Period {
    created_at: DateTime<Utc>,
    end: Option<DateTime<Utc>>,
}

impl Dates {
    pub fn of(subscriptions: Vec<Subscription>) -> Self {
        let period = |subscription: Subscription| {
            let created_at = subscription.subscription_creation_date?;
            Some(Period { created_at, end: subscription.period_end })
        };
        Self(subscriptions.into_iter().filter_map(period).collect())
    }

    /// The end of the period of the newest subscription that was created no later than the mailbox; of several created at
    /// the same time, the earliest end.
    pub fn date_of(&self, mailbox: &ListedMailbox) -> Option<DateTime<Utc>> {
        // Those have subscriptions of their own, in another list.
        if mailbox.is_pre_warmed {
            return None;
        }
        let created_at = mailbox.created_at?;
        let candidates = || self.0.iter().filter(|period| period.created_at <= created_at);
        let newest = candidates().map(|period| period.created_at).max()?;
        candidates().filter(|period| period.created_at == newest).filter_map(|period| period.end).min()
    }
}
