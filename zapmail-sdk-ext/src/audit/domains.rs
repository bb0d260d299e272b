//! The requests per domain: its health, and the problems of its DNS records.

use std::sync::OnceLock;

use futures::{StreamExt, join, stream};
use zapmail_sdk::types::{Domain, DomainHealth, DomainStatus};
use zapmail_sdk::{Error, ErrorKind, Result};

use super::account::Context;
use super::series::Series;
use crate::client::Zapmail;
use crate::dns::DnsProblem;

/// Maximum number of domains of an account whose health and DNS records are read at the same time.
///
/// The DNS records of a domain can take 8 seconds, so with 15 domains, both requests of each use the 200 requests per minute
/// of a key. All other domains wait here and not in the rate limiter, whose queue counts toward the timeout of a call: hundreds
/// of calls at once would time out because of each other. 30 calls wait for a minute at most, the longest window of the general
/// limits, and the default timeout of a call is 5 minutes.
const DOMAINS_AT_A_TIME: usize = 15;

/// The requests for the domains of a workspace.
pub(super) struct Reads<'a> {
    pub context: &'a Context,
    pub zapmail: &'a Zapmail,
    /// Set once the key was refused, which ends the whole account.
    pub denied: &'a OnceLock<Error>,
    /// Whether the account is not read any more.
    pub is_over: bool,
    pub health: Series,
    pub dns: Series,
}

/// The responses for one domain.
pub(super) struct Details {
    pub health: Read<DomainHealth>,
    pub dns: Read<Vec<DnsProblem>>,
}

pub(super) enum Read<T> {
    /// It is switched off, or would mean nothing for this domain.
    NotWanted,
    Done(T),
    Failed(Error),
    /// It was not sent, since others had failed, or failed like them.
    GivenUp,
}

impl Reads<'_> {
    /// Reads the domains, each with the number of its mailboxes, and returns them in their order.
    pub async fn all(&self, domains: &[(&Domain, Option<u64>)]) -> Vec<Details> {
        // Collected before they start, since the compiler does not see that a stream over a closure is `Send`.
        let reads: Vec<_> = domains.iter().map(|(domain, mailboxes)| self.details(domain, *mailboxes)).collect();
        stream::iter(reads).buffered(DOMAINS_AT_A_TIME).collect().await
    }

    async fn details(&self, domain: &Domain, mailboxes: Option<u64>) -> Details {
        let is_in_use = is_in_use(domain.status.as_ref());
        let wants_health = self.context.health && is_in_use && mailboxes != Some(0);
        // Records that are still being set are not missing.
        let wants_dns = self.context.dns && is_in_use && domain.dns_authentication_in_progress != Some(true);
        let health = async { self.zapmail.get_domain_health().domain_id(&domain.id).send().await };
        let dns = self.zapmail.dns_problems(domain);
        let (health, dns) = join!(self.read(wants_health, &self.health, health), self.read(wants_dns, &self.dns, dns));
        self.context.watch.note(|progress| progress.domains_done += 1);
        Details { health, dns }
    }

    async fn read<T>(&self, is_wanted: bool, series: &Series, request: impl Future<Output = Result<T>>) -> Read<T> {
        if !is_wanted {
            return Read::NotWanted;
        }
        if self.is_over || self.denied.get().is_some() || series.end().is_some() {
            return Read::GivenUp;
        }
        let outcome = request.await;
        series.note(&outcome);
        match outcome {
            Ok(response) => Read::Done(response),
            Err(error) if error.kind() == ErrorKind::Unauthorized => {
                _ = self.denied.set(error);
                Read::GivenUp
            }
            Err(error) => Read::Failed(error),
        }
    }
}

/// Whether a domain has health and DNS records: one that is not ACTIVE does not, unless its status is not known.
pub(super) fn is_in_use(status: Option<&DomainStatus>) -> bool {
    let status = status.map(|status| DomainStatus::from(status.as_str()));
    status.is_none_or(|status| status == DomainStatus::Active || !status.is_known())
}

impl Details {
    pub fn is_given_up(&self) -> bool {
        self.health.is_given_up() || self.dns.is_given_up()
    }
}

impl<T> Read<T> {
    pub fn is_given_up(&self) -> bool {
        matches!(self, Self::GivenUp)
    }

    /// The response, or `None`. Calls `failed` with an error.
    pub fn done(self, failed: impl FnOnce(Error)) -> Option<T> {
        match self {
            Self::Done(response) => Some(response),
            Self::Failed(error) => {
                failed(error);
                None
            }
            Self::NotWanted | Self::GivenUp => None,
        }
    }
}
