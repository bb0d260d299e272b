//! Requests to connect domains that are registered elsewhere.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::WorkspaceKey;
use crate::clock::Moment;

/// How long a request is in each of its statuses. The service takes up to half an hour for all of them.
const STEP: Duration = Duration::from_secs(60);

/// What a request goes through on its way, if nothing stops it (domains.yaml).
const WALK: [&str; 4] = ["PENDING", "CHECKING_IF_DOMAIN_IS_REGISTERED", "CHECKING_NS_IN_WHOIS", "CREATING_ZONE"];

/// Statuses that a list can be filtered by (domains.yaml).
pub(crate) const CONNECTION_STATUSES: [&str; 14] = [
    "PENDING",
    "CHECKING_IF_DOMAIN_IS_REGISTERED",
    "DOMAIN_NOT_REGISTERED",
    "DOMAIN_ALREADY_REGISTERED",
    "CHECKING_EXISTING_WORKSPACE_STATUS",
    "WORKSPACE_ALREADY_EXISTS",
    "CHECKING_NS_IN_WHOIS",
    "NS_NOT_CHANGED",
    "CREATING_ZONE",
    "SUCCESS",
    "FAILED",
    "CHECKING_CLOUDFLARE_PERMISSIONS",
    "PERMISSION_REQUIRED",
    "ENABLE_DNS_SHIELD",
];

/// What stops a domain, by a word in its name: the sandbox's own way to see each outcome. The number is how many steps of the
/// way it goes before.
const OUTCOMES: [(&str, usize, &str); 7] = [
    ("unregistered", 2, "DOMAIN_NOT_REGISTERED"),
    ("blacklisted", 2, "BLACKLISTED_DOMAIN"),
    ("banned", 2, "BANNED_DOMAIN"),
    ("workspace", 2, "WORKSPACE_ALREADY_EXISTS"),
    (Connection::OLD_HOST, 3, "NS_NOT_CHANGED"),
    ("forbidden", 4, "PERMISSION_REQUIRED"),
    ("failing", 4, "FAILED"),
];

/// A request to connect a domain.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Connection {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) workspace: WorkspaceKey,
    /// What the domain is to be called by once it has joined: not to depend on when somebody looks.
    pub(crate) domain_id: Uuid,
    pub(crate) created_at: Moment,
    /// Whether the domain was in the account when it was asked for.
    pub(crate) already_connected: bool,
    /// Whether the domain has joined the account because of this request.
    pub(crate) joined: bool,
}

impl Connection {
    /// The word in the name of a domain that still points elsewhere.
    pub(crate) const OLD_HOST: &str = "oldhost";

    /// Where it points.
    pub(crate) const OTHER_NAME_SERVERS: [&str; 2] = ["ns1.oldhost.example.net", "ns2.oldhost.example.net"];

    /// As the service spells it.
    pub(crate) fn status(&self, now: Moment) -> &'static str {
        if self.already_connected {
            return "DOMAIN_ALREADY_CONNECTED";
        }
        let (steps, outcome) = self.outcome();
        if now >= self.ends_at() { outcome } else { WALK[self.steps_done(now).min(steps - 1)] }
    }

    /// Whether its status does not change any more.
    pub(crate) fn is_final(&self, now: Moment) -> bool {
        now >= self.ends_at()
    }

    /// Whether the domain is to join the account.
    pub(crate) fn is_due(&self, now: Moment) -> bool {
        !self.joined && self.status(now) == "SUCCESS"
    }

    /// When it came to its end, or will.
    pub(crate) fn ends_at(&self) -> Moment {
        if self.already_connected {
            return self.created_at;
        }
        self.created_at.after(STEP.saturating_mul(u32::try_from(self.outcome().0).unwrap_or(u32::MAX)))
    }

    /// All its statuses, and when each begins.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (Moment, &'static str)> {
        let way = if self.already_connected { 0 } else { self.outcome().0 };
        let steps =
            (0..way).map(|step| self.created_at.after(STEP.saturating_mul(u32::try_from(step).unwrap_or(u32::MAX))));
        steps.chain([self.ends_at()]).map(|moment| (moment, self.status(moment)))
    }

    /// When its status last changed.
    pub(crate) fn updated_at(&self, now: Moment) -> Moment {
        let changed =
            self.created_at.after(STEP.saturating_mul(u32::try_from(self.steps_done(now)).unwrap_or(u32::MAX)));
        changed.min(self.ends_at())
    }

    /// When the service looks again; never once it has ended.
    pub(crate) fn next_retry_on(&self, now: Moment) -> Option<Moment> {
        (!self.is_final(now)).then(|| self.updated_at(now).after(STEP))
    }

    fn steps_done(&self, now: Moment) -> usize {
        usize::try_from(now.since(self.created_at).as_secs() / STEP.as_secs()).unwrap_or(usize::MAX)
    }

    fn outcome(&self) -> (usize, &'static str) {
        let stopped = OUTCOMES.iter().find(|(word, ..)| self.name.contains(word));
        stopped.map_or((WALK.len(), "SUCCESS"), |(_, steps, status)| (*steps, *status))
    }
}
