//! Requests to connect domains that are registered elsewhere.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::WorkspaceKey;
use crate::clock::Timestamp;

/// The time that a request spends in each status. In the live service, all statuses together take up to half an hour.
const STEP_DURATION: Duration = Duration::from_secs(60);

/// The statuses of a successful request before `SUCCESS`, in order (domains.yaml).
const STEPS: [&str; 4] = ["PENDING", "CHECKING_IF_DOMAIN_IS_REGISTERED", "CHECKING_NS_IN_WHOIS", "CREATING_ZONE"];

/// The outcomes that a word in the domain's name selects, which only the sandbox supports. Each entry contains the
/// word, the number of steps before the outcome, and the outcome.
const OUTCOMES: [(&str, usize, &str); 7] = [
    ("unregistered", 2, NOT_REGISTERED),
    ("blacklisted", 2, "BLACKLISTED_DOMAIN"),
    ("banned", 2, "BANNED_DOMAIN"),
    ("workspace", 2, "WORKSPACE_ALREADY_EXISTS"),
    (Connection::OLD_HOST, 3, "NS_NOT_CHANGED"),
    ("forbidden", 4, "PERMISSION_REQUIRED"),
    ("failing", 4, "FAILED"),
];

const NOT_REGISTERED: &str = "DOMAIN_NOT_REGISTERED";

/// The word in the name of a newly registered domain, and the time for which the service does not see its registration.
const FRESH: (&str, Duration) = ("fresh", Duration::from_secs(10 * 60));

/// The time after the request for which `DOMAIN_NOT_REGISTERED` is not yet final (domains.yaml).
const REGISTRATION_LAG: Duration = Duration::from_secs(60 * 60);

/// A request to connect a domain.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Connection {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) workspace: WorkspaceKey,
    /// The id that the domain will have once connected. It is chosen in advance, so that it does not depend on when the
    /// status is polled.
    pub(crate) domain_id: Uuid,
    pub(crate) created_at: Timestamp,
    /// Whether the domain was already in the account when the request was created.
    pub(crate) already_connected: bool,
    /// Whether this request has added the domain to the account.
    pub(crate) joined: bool,
}

impl Connection {
    /// The word in the name of a domain that still uses the name servers of its previous host.
    pub(crate) const OLD_HOST: &str = "oldhost";

    /// The name servers of the previous host.
    pub(crate) const OTHER_NAME_SERVERS: [&str; 2] = ["ns1.oldhost.example.net", "ns2.oldhost.example.net"];

    /// Returns the status in the service's spelling.
    pub(crate) fn status(&self, now: Timestamp) -> &'static str {
        self.change_before(now).1
    }

    /// Returns whether the status is final.
    pub(crate) fn is_final(&self, now: Timestamp) -> bool {
        now >= self.ends_at()
    }

    /// Returns whether the domain must be added to the account now.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        !self.joined && self.status(now) == "SUCCESS"
    }

    /// Returns the time at which the status becomes or became final.
    pub(crate) fn ends_at(&self) -> Timestamp {
        if self.outcome().1 == NOT_REGISTERED && !self.already_connected {
            return self.created_at.plus(REGISTRATION_LAG);
        }
        self.changes().last().map_or(self.created_at, |(time, _)| time)
    }

    /// Returns all statuses of the request with their start times, past and future.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (Timestamp, &'static str)> {
        let (count, outcome) = self.outcome();
        let mut steps: Vec<_> = STEPS[..count].iter().map(|status| (*status, STEP_DURATION)).collect();
        if self.name.contains(FRESH.0) && outcome == "SUCCESS" {
            steps.insert(2, (NOT_REGISTERED, FRESH.1));
        }
        if self.already_connected {
            steps.clear();
        }
        let outcome = if self.already_connected { "DOMAIN_ALREADY_CONNECTED" } else { outcome };
        let mut begins = self.created_at;
        steps.into_iter().chain([(outcome, Duration::ZERO)]).map(move |(status, duration)| {
            let change = (begins, status);
            begins = begins.plus(duration);
            change
        })
    }

    /// Returns the time of the last status change.
    pub(crate) fn updated_at(&self, now: Timestamp) -> Timestamp {
        self.change_before(now).0
    }

    /// Returns the time of the service's next check; `None` once the status is final.
    pub(crate) fn next_retry_on(&self, now: Timestamp) -> Option<Timestamp> {
        let checks = u32::try_from(now.since(self.created_at).as_secs() / STEP_DURATION.as_secs()).unwrap_or(u32::MAX);
        (!self.is_final(now)).then(|| self.created_at.plus(STEP_DURATION.saturating_mul(checks.saturating_add(1))))
    }

    /// Returns the latest status change up to `now`.
    fn change_before(&self, now: Timestamp) -> (Timestamp, &'static str) {
        let past = self.changes().take_while(|(time, _)| *time <= now);
        past.last().unwrap_or((self.created_at, STEPS[0]))
    }

    /// Returns the number of steps before the outcome, and the outcome.
    fn outcome(&self) -> (usize, &'static str) {
        let stopped = OUTCOMES.iter().find(|(word, ..)| self.name.contains(word));
        stopped.map_or((STEPS.len(), "SUCCESS"), |(_, steps, status)| (*steps, *status))
    }
}
