//! Deletion dates of mailboxes, derived from subscriptions because the service does not report them.

use chrono::{DateTime, Utc};
use zapmail_sdk::types::{ServiceProvider, Subscription};

use super::listed::ListedMailbox;

/// The subscriptions that can pay for a mailbox.
pub(super) struct Dates {
    periods: Vec<Period>,
    now: DateTime<Utc>,
}

struct Period {
    created_at: DateTime<Utc>,
    end: Option<DateTime<Utc>>,
    provider: Option<ServiceProvider>,
}

impl Dates {
    pub fn of(subscriptions: Vec<Subscription>, now: DateTime<Utc>) -> Self {
        let period = |subscription: Subscription| {
            let created_at = subscription.subscription_creation_date?;
            let provider = known(subscription.service_provider.as_ref());
            Some(Period { created_at, end: subscription.period_end, provider })
        };
        Self { periods: subscriptions.into_iter().filter_map(period).collect(), now }
    }

    /// Returns the end of the period of the newest subscription that was created no later than the mailbox. If several
    /// were created at the same time, returns the earliest end. Ends that have passed are skipped: the deletion is in
    /// the future.
    pub fn date_of(&self, mailbox: &ListedMailbox) -> Option<DateTime<Utc>> {
        // Pre-warmed mailboxes have separate subscriptions, in a different list.
        if mailbox.is_pre_warmed {
            return None;
        }
        let created_at = mailbox.created_at?;
        let provider = known(mailbox.provider.as_ref());
        let candidates = || {
            let provider = &provider;
            self.periods.iter().filter(move |period| period.created_at <= created_at && period.can_be_for(provider))
        };
        let newest = candidates().map(|period| period.created_at).max()?;
        let ends = candidates().filter(|period| period.created_at == newest).filter_map(|period| period.end);
        ends.filter(|end| *end >= self.now).min()
    }
}

impl Period {
    /// Returns whether the subscription can be for this provider. The list contains the subscriptions of both
    /// providers.
    fn can_be_for(&self, provider: &Option<ServiceProvider>) -> bool {
        self.provider.is_none() || provider.is_none() || self.provider == *provider
    }
}

/// Normalizes a provider in any letter case; `None` if the provider is not documented.
fn known(provider: Option<&ServiceProvider>) -> Option<ServiceProvider> {
    provider.map(|provider| ServiceProvider::from(provider.as_str())).filter(ServiceProvider::is_known)
}
