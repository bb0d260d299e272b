//! Reads the details of domains: their health, and the problems of their DNS records.

use std::sync::OnceLock;

use futures_util::{StreamExt, future, stream};
use zapmail_sdk::types::{Domain, DomainHealth};
use zapmail_sdk::{Error, ErrorKind, Result};

use super::context::Context;
use super::findings::is_in_use;
use super::series::Series;
use crate::client::Zapmail;
use crate::dns::DnsProblem;

/// The maximum number of domains of an account whose health and DNS records are read at the same time.
///
/// The request for the DNS records of a domain can take 8 seconds. So 15 domains, with two requests each, use up the
/// 200 requests per minute of a key. All other domains wait here instead of in the rate limiter. Waiting there counts
/// toward the timeout of a call, so hundreds of concurrent calls would time out. 30 calls wait for at most one minute,
/// the longest window of the general limits, and the default timeout of a call is 5 minutes.
const MAX_CONCURRENT_DOMAINS: usize = 15;

/// The requests for the domains of a workspace.
pub(super) struct Reads<'a> {
    pub context: &'a Context,
    pub zapmail: &'a Zapmail,
    /// The error of a rejected key, after which the rest of the account is not read.
    pub denied: &'a OnceLock<Error>,
    /// Whether the rest of the account is not read.
    pub is_stopped: bool,
    pub health: Series,
    pub dns: Series,
}

/// The responses for one domain.
pub(super) struct Details {
    pub health: Read<DomainHealth>,
    pub dns: Read<Vec<DnsProblem>>,
}

pub(super) enum Read<T> {
    /// Not requested, because it is disabled or meaningless for this domain.
    NotWanted,
    Done(T),
    Failed(Error),
    /// Not sent because other requests had failed, or failed because the key was rejected.
    Skipped,
}

impl Reads<'_> {
    /// Reads the details of the domains, which are passed with their numbers of mailboxes, and returns them in the same
    /// order.
    pub async fn all(&self, domains: &[(&Domain, Option<u64>)]) -> Vec<Details> {
        // Collected before they start, because the compiler cannot prove that a stream over a closure is `Send`.
        let reads: Vec<_> = domains.iter().map(|(domain, mailboxes)| self.details(domain, *mailboxes)).collect();
        stream::iter(reads).buffered(MAX_CONCURRENT_DOMAINS).collect().await
    }

    async fn details(&self, domain: &Domain, mailboxes: Option<u64>) -> Details {
        let is_in_use = is_in_use(domain.status.as_ref());
        let wants_health = self.context.health && is_in_use && mailboxes != Some(0);
        // While the service is still setting the records, they do not count as missing.
        let wants_dns = self.context.dns && is_in_use && domain.dns_authentication_in_progress != Some(true);
        let health = async { self.zapmail.get_domain_health().domain_id(&domain.id).send().await };
        let dns = self.zapmail.dns_problems(domain);
        let health = self.read(wants_health, &self.health, health);
        let (health, dns) = future::join(health, self.read(wants_dns, &self.dns, dns)).await;
        self.context.progress.update(|progress| progress.domains_done += 1);
        Details { health, dns }
    }

    async fn read<T>(&self, is_wanted: bool, series: &Series, request: impl Future<Output = Result<T>>) -> Read<T> {
        if !is_wanted {
            return Read::NotWanted;
        }
        if self.is_stopped || self.denied.get().is_some() || series.end().is_some() {
            return Read::Skipped;
        }
        let outcome = request.await;
        series.record(&outcome);
        match outcome {
            Ok(response) => Read::Done(response),
            Err(error) if error.kind() == ErrorKind::Unauthorized => {
                _ = self.denied.set(error);
                Read::Skipped
            }
            Err(error) => Read::Failed(error),
        }
    }
}

impl Details {
    pub fn is_skipped(&self) -> bool {
        self.health.is_skipped() || self.dns.is_skipped()
    }
}

impl<T> Read<T> {
    pub fn is_skipped(&self) -> bool {
        matches!(self, Self::Skipped)
    }

    /// Returns the response if there is one. Calls `on_error` if the request failed.
    pub fn done(self, on_error: impl FnOnce(Error)) -> Option<T> {
        match self {
            Self::Done(response) => Some(response),
            Self::Failed(error) => {
                on_error(error);
                None
            }
            Self::NotWanted | Self::Skipped => None,
        }
    }
}
