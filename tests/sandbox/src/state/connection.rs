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

/// Outcomes that a word in the name of a domain selects: the sandbox's own way to see each. The number counts the statuses
/// before the outcome.
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

/// The word in the name of a domain that was registered a moment ago, and how long the service does not know of it.
const FRESH: (&str, Duration) = ("fresh", Duration::from_secs(10 * 60));

/// How long after the request DOMAIN_NOT_REGISTERED is not final (domains.yaml).
const REGISTRATION_LAG: Duration = Duration::from_secs(60 * 60);

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
        self.change_before(now).1
    }

    /// Whether its status does not change any more.
    pub(crate) fn is_final(&self, now: Moment) -> bool {
        now >= self.ends_at()
    }

    /// Whether the domain is to join the account.
    pub(crate) fn is_due(&self, now: Moment) -> bool {
        !self.joined && self.status(now) == "SUCCESS"
    }

    /// When its status becomes final, or became so.
    pub(crate) fn ends_at(&self) -> Moment {
        if self.outcome().1 == NOT_REGISTERED && !self.already_connected {
            return self.created_at.after(REGISTRATION_LAG);
        }
        self.changes().last().map_or(self.created_at, |(moment, _)| moment)
    }

    /// All its statuses, and when each begins.
    pub(crate) fn changes(&self) -> impl Iterator<Item = (Moment, &'static str)> {
        let (steps, outcome) = self.outcome();
        let mut way: Vec<_> = WALK[..steps].iter().map(|status| (*status, STEP)).collect();
        if self.name.contains(FRESH.0) && outcome == "SUCCESS" {
            way.insert(2, (NOT_REGISTERED, FRESH.1));
        }
        if self.already_connected {
            way.clear();
        }
        let outcome = if self.already_connected { "DOMAIN_ALREADY_CONNECTED" } else { outcome };
        let mut begins = self.created_at;
        way.into_iter().chain([(outcome, Duration::ZERO)]).map(move |(status, length)| {
            let change = (begins, status);
            begins = begins.after(length);
            change
        })
    }

    /// When its status last changed.
    pub(crate) fn updated_at(&self, now: Moment) -> Moment {
        self.change_before(now).0
    }

    /// When the service checks again; never once the status is final.
    pub(crate) fn next_retry_on(&self, now: Moment) -> Option<Moment> {
        let checks = u32::try_from(now.since(self.created_at).as_secs() / STEP.as_secs()).unwrap_or(u32::MAX);
        (!self.is_final(now)).then(|| self.created_at.after(STEP.saturating_mul(checks.saturating_add(1))))
    }

    /// The latest change up to a moment.
    fn change_before(&self, now: Moment) -> (Moment, &'static str) {
        let past = self.changes().take_while(|(moment, _)| *moment <= now);
        past.last().unwrap_or((self.created_at, WALK[0]))
    }

    /// The number of statuses before the outcome, and the outcome.
    fn outcome(&self) -> (usize, &'static str) {
        let stopped = OUTCOMES.iter().find(|(word, ..)| self.name.contains(word));
        stopped.map_or((WALK.len(), "SUCCESS"), |(_, steps, status)| (*steps, *status))
    }
}
