//! Reading an account: its workspaces one after another, and everything in them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use futures::{StreamExt, stream};
use zapmail_sdk::ids::DomainId;
use zapmail_sdk::types::{Domain, DomainHealth, Mailbox, MailboxDomain};
use zapmail_sdk::{Error, ErrorKind, Numeric, Result};

use super::findings::{Health, Rules};
use super::progress::Watch;
use super::report::{AuditFailure, AuditReport, DomainRow, MailboxRow, Place, SubscriptionList};
use crate::client::Zapmail;
use crate::dns::DnsProblem;
use crate::lookups::WorkspaceClient;
use crate::page::Paged;

/// Rows of one page.
const PAGE: u32 = 100;

/// Maximum number of domains of an account whose health and DNS records are read at the same time.
///
/// All other domains wait here and not in the rate limiter, whose queue counts toward the timeout of a call: hundreds of
/// calls at once would time out because of each other. A few calls wait for a minute at most, the longest window of the
/// general limits, and the default timeout of a call is 5 minutes.
const DOMAINS_AT_A_TIME: usize = 5;

/// Settings and state that all accounts of an audit share.
pub(super) struct Context {
    pub health: bool,
    pub dns: bool,
    pub rules: Rules,
    pub watch: Watch,
}

/// An account that is being read.
pub(super) struct Account<'a> {
    context: &'a Context,
    name: &'a str,
    report: AuditReport,
    /// The subscriptions found so far. Whether the service lists one in its workspace or in all of them is not documented
    /// for every list.
    subscriptions: BTreeSet<(SubscriptionList, String)>,
}

/// The responses for one domain; `None` for a request that is switched off.
struct Details {
    health: Option<Result<DomainHealth>>,
    dns: Option<Result<Vec<DnsProblem>>>,
}

impl<'a> Account<'a> {
    /// Reads everything that the account has. Errors are failures in the report.
    pub async fn read(context: &'a Context, name: &'a str, zapmail: &Zapmail) -> AuditReport {
        let mut account = Self { context, name, report: AuditReport::default(), subscriptions: BTreeSet::default() };
        match zapmail.workspaces().await {
            Ok(workspaces) => {
                context.watch.note(|progress| progress.workspaces += workspaces.len());
                for workspace in workspaces {
                    account.workspace(workspace).await;
                    context.watch.note(|progress| progress.workspaces_done += 1);
                }
            }
            Err(error) => account.fail(AuditFailure::of_account(name, &error)),
        }
        context.watch.note(|progress| progress.accounts_done += 1);
        account.report
    }

    fn fail(&mut self, failure: AuditFailure) {
        self.report.failures.push(failure);
        self.context.watch.note(|progress| progress.failures += 1);
    }

    async fn workspace(&mut self, WorkspaceClient { details, zapmail, .. }: WorkspaceClient) {
        let place = Place { account: self.name, workspace: details.id, workspace_name: details.name };
        let (domains, error) = domains(&zapmail).await;
        if let Some(error) = &error {
            self.fail(place.failure(None, error));
            if is_denied(error) {
                // Every other list would be refused for the same reason.
                return;
            }
        }
        self.context.watch.note(|progress| progress.domains += domains.len());
        let (mailboxes, error) = mailboxes(&zapmail, &place).await;
        self.context.watch.note(|progress| progress.mailboxes += mailboxes.rows.len());
        let counts = match &error {
            Some(error) => {
                self.fail(place.failure(None, error));
                None
            }
            None => Some(&mailboxes.per_domain),
        };
        self.domains(&place, &zapmail, &domains, counts).await;
        for row in mailboxes.rows {
            let found = self.context.rules.mailbox(&row);
            self.report.findings.extend(found.map(|(kind, message)| place.finding(kind, &row.address, message)));
            self.report.mailboxes.push(row);
        }
        self.subscriptions(&place, &zapmail).await;
    }

    async fn domains(
        &mut self,
        place: &Place<'_>,
        zapmail: &Zapmail,
        domains: &[Domain],
        counts: Option<&BTreeMap<DomainId, u64>>,
    ) {
        // Collected before they start, since the compiler does not see that a stream over a closure is `Send`.
        let reads: Vec<_> = domains.iter().map(|domain| self.context.details(zapmail, domain)).collect();
        let details: Vec<_> = stream::iter(reads).buffered(DOMAINS_AT_A_TIME).collect().await;
        for (domain, details) in domains.iter().zip(details) {
            let mailboxes = match counts {
                Some(counts) => Some(counts.get(&domain.id).copied().unwrap_or_default()),
                None => domain.assigned_mailboxes_count.as_ref().and_then(count),
            };
            let mut failed = |error: Error| self.fail(place.failure(domain.domain.clone(), &error));
            let health = details.health.and_then(|health| health.map_err(&mut failed).ok());
            let problems = details.dns.and_then(|problems| problems.map_err(&mut failed).ok());
            let health = health.map(|health| Health::of(&health, mailboxes)).unwrap_or_default();
            let row = DomainRow {
                account: place.account.to_owned(),
                workspace: place.workspace.clone(),
                workspace_name: place.workspace_name.clone(),
                id: domain.id.clone(),
                name: domain.domain.clone(),
                status: domain.status.clone(),
                provider: domain.service_provider.clone(),
                expires_on: domain.expire_on,
                auto_renew: domain.auto_renew,
                mailboxes,
                health_score: health.score,
                health_label: health.label.clone(),
                dns_problems: problems.as_deref().map(joined),
            };
            let subject = domain.domain.as_deref().unwrap_or(domain.id.as_str());
            let found = self.context.rules.domain(&row, domain, &health, problems.as_deref().unwrap_or_default());
            let found = found.into_iter().map(|(kind, message)| place.finding(kind, subject, message));
            self.report.findings.extend(found);
            self.report.domains.push(row);
        }
    }

    async fn subscriptions(&mut self, place: &Place<'_>, zapmail: &Zapmail) {
        for list in SubscriptionList::ALL {
            let listed = match list.read(zapmail).await {
                Ok(listed) => listed,
                Err(error) => {
                    self.fail(place.failure(None, &error));
                    continue;
                }
            };
            for subscription in listed {
                if let Some(row) = &subscription.row
                    && !self.subscriptions.insert((list, row.clone()))
                {
                    continue;
                }
                let row = subscription.into_row(list, place);
                let subject = row.id.as_deref().or(row.plan.as_deref()).unwrap_or(list.as_str());
                let found = self.context.rules.subscription(&row);
                self.report.findings.extend(found.map(|(kind, message)| place.finding(kind, subject, message)));
                self.report.subscriptions.push(row);
                self.context.watch.note(|progress| progress.subscriptions += 1);
            }
        }
    }
}

impl Context {
    async fn details(&self, zapmail: &Zapmail, domain: &Domain) -> Details {
        let mut details = Details { health: None, dns: None };
        if self.health {
            details.health = Some(zapmail.get_domain_health().domain_id(&domain.id).send().await);
        }
        if self.dns {
            details.dns = Some(zapmail.dns_problems(domain).await);
        }
        self.watch.note(|progress| progress.domains_done += 1);
        details
    }
}

/// The domains, and the error after which rows are missing.
async fn domains(zapmail: &Zapmail) -> (Vec<Domain>, Option<Error>) {
    let mut items = zapmail.list_domains().limit(PAGE).items();
    let mut domains = Vec::new();
    loop {
        match items.next().await {
            Ok(Some(domain)) => domains.push(domain),
            Ok(None) => return (domains, None),
            Err(error) => return (domains, Some(error)),
        }
    }
}

/// The mailboxes of a workspace.
#[derive(Default)]
struct Mailboxes {
    rows: Vec<MailboxRow>,
    /// Their number on each domain that has some.
    per_domain: BTreeMap<DomainId, u64>,
}

/// The mailboxes, and the error after which rows are missing.
async fn mailboxes(zapmail: &Zapmail, place: &Place<'_>) -> (Mailboxes, Option<Error>) {
    // By pages instead of items, since a mailbox can lack its domain, and the row around it does not.
    let mut pages = zapmail.list_mailboxes().limit(PAGE).pages().until_stable();
    let mut mailboxes = Mailboxes::default();
    let mut seen = HashSet::new();
    loop {
        let page = match pages.next().await {
            Ok(Some(page)) => page,
            Ok(None) => return (mailboxes, None),
            Err(error) => return (mailboxes, Some(error)),
        };
        for mut domain in page.domains {
            // A list that is read again returns the same rows again.
            let new: Vec<_> = domain.mailboxes.drain(..).filter(|mailbox| seen.insert(mailbox.id.clone())).collect();
            if !new.is_empty() {
                *mailboxes.per_domain.entry(domain.id.clone()).or_default() += new.len() as u64;
            }
            mailboxes.rows.extend(new.into_iter().map(|mailbox| mailbox_row(place, &domain, mailbox)));
        }
    }
}

fn mailbox_row(place: &Place<'_>, domain: &MailboxDomain, mut mailbox: Mailbox) -> MailboxRow {
    mailbox.domain = mailbox.domain.or_else(|| domain.domain.clone());
    let names = [mailbox.first_name.as_deref(), mailbox.last_name.as_deref()];
    let name = names.into_iter().flatten().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ");
    MailboxRow {
        account: place.account.to_owned(),
        workspace: place.workspace.clone(),
        workspace_name: place.workspace_name.clone(),
        address: mailbox.address().into_owned(),
        id: mailbox.id,
        domain: mailbox.domain,
        name: Some(name).filter(|name| !name.is_empty()),
        status: mailbox.status,
        provider: mailbox.service_provider.or_else(|| domain.service_provider.clone()),
        created_at: mailbox.created_at,
        expires_on: mailbox.expire_on,
    }
}

/// Whether the service refuses the whole workspace.
fn is_denied(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unauthorized | ErrorKind::Forbidden | ErrorKind::NotFound)
}

fn count(number: &Numeric) -> Option<u64> {
    number.as_i64().and_then(|count| u64::try_from(count).ok())
}

fn joined(problems: &[DnsProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
