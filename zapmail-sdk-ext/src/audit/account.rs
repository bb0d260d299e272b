//! Reads an account: its workspaces one after another, and everything in them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::OnceLock;

use zapmail_sdk::ids::DomainId;
use zapmail_sdk::types::{Domain, DomainStatus, Mailbox, MailboxStatus, ServiceProvider, Workspace};
use zapmail_sdk::{Error, ErrorKind, NumberOrText, Page, Result};

use super::context::Context;
use super::domains::{Details, Reads};
use super::findings::Health;
use super::origin::Origin;
use super::report::{AuditFailure, AuditReport, DomainRow, MailboxRow, SubscriptionList};
use super::series::Series;
use crate::client::Zapmail;
use crate::dns::DnsProblem;
use crate::names;
use crate::page::Paged;
use crate::rows;

/// The number of rows per page.
const PAGE_SIZE: u32 = 100;

/// An account that is being read.
pub(super) struct Account<'a> {
    context: &'a Context,
    name: &'a str,
    report: AuditReport,
    /// The subscriptions found so far. For some lists, it is not documented whether the service lists a subscription in
    /// one workspace or in all of them.
    subscriptions: BTreeSet<(SubscriptionList, String)>,
    /// The requests for lists. After several failures in a row, the rest of the account is not read.
    lists: Series,
    /// The error of the first request whose key was rejected. All later requests would be rejected, too.
    denied: OnceLock<Error>,
    /// The number of domains that were not read because of earlier errors.
    unread_domains: usize,
    /// The number of workspaces that were not read because of earlier errors.
    unread_workspaces: usize,
}

impl<'a> Account<'a> {
    /// Reads everything in the account. Errors are reported as failures.
    pub async fn read(context: &'a Context, name: &'a str, zapmail: &Zapmail) -> AuditReport {
        let mut account = Self {
            context,
            name,
            report: AuditReport::default(),
            subscriptions: BTreeSet::default(),
            lists: Series::default(),
            denied: OnceLock::default(),
            unread_domains: 0,
            unread_workspaces: 0,
        };
        let (workspaces, error) = all(zapmail.list_workspaces().limit(PAGE_SIZE)).await;
        context.progress.update(|progress| progress.workspaces += workspaces.len());
        if let Some(error) = error {
            account.list_failed(AuditFailure::of_account(name, &error), error);
        }
        for workspace in workspaces {
            match account.is_stopped() {
                true => account.unread_workspaces += 1,
                false => account.workspace(zapmail, workspace).await,
            }
            context.progress.update(|progress| progress.workspaces_done += 1);
        }
        account.report_end();
        context.progress.update(|progress| progress.accounts_done += 1);
        account.report
    }

    fn fail(&mut self, failure: AuditFailure) {
        self.report.failures.push(failure);
        self.context.progress.update(|progress| progress.failures += 1);
    }

    /// Records the error of a list. The error of a rejected key is reported once, at the end.
    fn list_failed(&mut self, failure: AuditFailure, error: Error) {
        if error.kind() == ErrorKind::Unauthorized {
            _ = self.denied.set(error);
        } else {
            self.lists.record::<()>(&Err(error));
            self.fail(failure);
        }
    }

    /// Returns whether the rest of the account is not read, because all of its requests would fail.
    fn is_stopped(&self) -> bool {
        self.denied.get().is_some() || self.lists.end().is_some()
    }

    /// Reports in a single failure why the rest of the account was not read.
    fn report_end(&mut self) {
        let Some(error) = self.denied.get().or(self.lists.end()) else { return };
        let failure = AuditFailure::of_account(self.name, error);
        let domains = names::counted(self.unread_domains, "domain", "domains");
        let workspaces = names::counted(self.unread_workspaces, "workspace", "workspaces");
        let unread = match (self.unread_domains, self.unread_workspaces) {
            // The lists that failed have already been reported.
            (0, 0) if self.denied.get().is_none() => return,
            (0, 0) => "the rest of the account".to_owned(),
            (_, 0) => domains,
            (0, _) => workspaces,
            (_, _) => format!("{domains} and {workspaces}"),
        };
        self.fail(failure.with_unread(&unread));
    }

    async fn workspace(&mut self, zapmail: &Zapmail, workspace: Workspace) {
        let zapmail = zapmail.workspace(&workspace.id);
        let origin = Origin { account: self.name, workspace: workspace.id, workspace_name: workspace.name };
        let (domains, error) = all(zapmail.list_domains().limit(PAGE_SIZE)).await;
        let is_denied = error.as_ref().is_some_and(is_denied);
        self.record_list(&origin, error);
        if domains.is_empty() && (is_denied || self.is_stopped()) {
            // Every other list would fail for the same reason.
            self.unread_workspaces += usize::from(self.is_stopped());
            return;
        }
        self.context.progress.update(|progress| progress.domains += domains.len());
        let mut mailboxes = Mailboxes::default();
        if !self.is_stopped() {
            let error = mailboxes.read(&zapmail, &origin).await.err();
            mailboxes.is_complete = error.is_none();
            self.context.progress.update(|progress| progress.mailboxes += mailboxes.rows.len());
            self.record_list(&origin, error);
        }
        self.domains(&origin, &zapmail, &domains, &mailboxes).await;
        for row in mailboxes.rows {
            let found = self.context.rules.mailbox(&row);
            self.report.findings.extend(found.map(|found| origin.finding(&row.address, found)));
            self.report.mailboxes.push(row);
        }
        self.subscriptions(&origin, &zapmail).await;
    }

    /// Records the outcome of a list.
    fn record_list(&mut self, origin: &Origin<'_>, error: Option<Error>) {
        match error {
            Some(error) => self.list_failed(origin.failure(None, &error), error),
            None => self.lists.record(&Ok(())),
        }
    }

    async fn domains(&mut self, origin: &Origin<'_>, zapmail: &Zapmail, domains: &[Domain], mailboxes: &Mailboxes) {
        let domains: Vec<_> = domains.iter().map(|domain| (domain, mailboxes.count(domain))).collect();
        let reads = Reads {
            context: self.context,
            zapmail,
            denied: &self.denied,
            is_stopped: self.is_stopped(),
            health: Series::default(),
            dns: Series::default(),
        };
        let details = reads.all(&domains).await;
        let Reads { health, dns, .. } = reads;

        if self.is_stopped() {
            self.unread_domains += details.iter().filter(|details| details.is_skipped()).count();
        }
        let skipped = [
            (health, "health", details.iter().filter(|details| details.health.is_skipped()).count()),
            (dns, "DNS records", details.iter().filter(|details| details.dns.is_skipped()).count()),
        ];
        for ((domain, mailboxes), details) in domains.iter().zip(details) {
            self.domain(origin, domain, *mailboxes, details);
        }
        for (series, name, unread) in skipped {
            // A rejected key is reported for the whole account.
            if let Some(error) = series.end().filter(|_| unread > 0 && self.denied.get().is_none()) {
                let unread = format!("the {name} of {}", names::counted(unread, "domain", "domains"));
                self.fail(origin.failure(None, error).with_unread(&unread));
            }
        }
    }

    fn domain(&mut self, origin: &Origin<'_>, domain: &Domain, mailboxes: Option<u64>, details: Details) {
        let mut failed = |error: Error| self.fail(origin.failure(domain.domain.clone(), &error));
        let health = details.health.done(&mut failed).map(|health| Health::of(&health, mailboxes)).unwrap_or_default();
        let problems = details.dns.done(&mut failed);
        let row = DomainRow {
            account: origin.account.to_owned(),
            workspace: origin.workspace.clone(),
            workspace_name: origin.workspace_name.clone(),
            id: domain.id.clone(),
            name: domain.domain.clone(),
            status: domain.status.as_ref().map(|status| DomainStatus::from(status.as_str())),
            provider: domain.service_provider.as_ref().map(|provider| ServiceProvider::from(provider.as_str())),
            expires_on: domain.expire_on,
            auto_renew: domain.auto_renew,
            mailboxes,
            health_score: health.score,
            health_label: health.label.clone(),
            dns_problems: problems.as_deref().map(joined),
        };
        let subject = domain.domain.as_deref().unwrap_or(domain.id.as_str());
        let found = self.context.rules.domain(&row, domain, &health, problems.as_deref().unwrap_or_default());
        self.report.findings.extend(found.into_iter().map(|found| origin.finding(subject, found)));
        self.report.domains.push(row);
    }

    async fn subscriptions(&mut self, origin: &Origin<'_>, zapmail: &Zapmail) {
        for list in SubscriptionList::ALL {
            if self.is_stopped() {
                return;
            }
            let (listed, error) = list.read(zapmail).await;
            self.record_list(origin, error);
            for subscription in listed {
                if let Some(row) = &subscription.row
                    && !self.subscriptions.insert((list, row.clone()))
                {
                    continue;
                }
                let row = subscription.into_row(list, origin);
                let id = row.subscription_id.as_deref().or(row.id.as_deref());
                let subject = id.or(row.plan.as_deref()).unwrap_or(list.as_str());
                let found = self.context.rules.subscription(&row);
                self.report.findings.extend(found.map(|found| origin.finding(subject, found)));
                self.report.subscriptions.push(row);
                self.context.progress.update(|progress| progress.subscriptions += 1);
            }
        }
    }
}

/// Reads the items of a list. Also returns the error if a page fails; the items after it are missing.
async fn all<R: Paged>(list: R) -> (Vec<<R::Data as Page>::Item>, Option<Error>) {
    let (mut items, mut found) = (list.items(), Vec::new());
    loop {
        match items.next().await {
            Ok(Some(item)) => found.push(item),
            Ok(None) => return (found, None),
            Err(error) => return (found, Some(error)),
        }
    }
}

/// The mailboxes of a workspace.
#[derive(Default)]
struct Mailboxes {
    rows: Vec<MailboxRow>,
    /// The number of mailboxes that have not expired, for each domain that has any.
    per_domain: BTreeMap<DomainId, u64>,
    is_complete: bool,
}

impl Mailboxes {
    /// Reads the mailboxes of a workspace.
    ///
    /// # Errors
    ///
    /// Any error of a request. The rows before the error are kept.
    async fn read(&mut self, zapmail: &Zapmail, origin: &Origin<'_>) -> Result<()> {
        // Reads pages instead of items: a mailbox can lack its domain, but the row that contains it does not.
        let mut pages = zapmail.list_mailboxes().limit(PAGE_SIZE).pages().until_stable();
        let mut seen = HashSet::new();
        while let Some(page) = pages.next().await? {
            // A list that is read again can return the same rows again.
            for (domain, mailbox) in rows::each_mailbox(page).filter(|(_, mailbox)| seen.insert(mailbox.id.clone())) {
                if !rows::has_expired(&mailbox) {
                    *self.per_domain.entry(domain).or_default() += 1;
                }
                self.rows.push(mailbox_row(origin, mailbox));
            }
        }
        Ok(())
    }

    /// Returns the number of mailboxes of a domain that have not expired. If the list of mailboxes is incomplete,
    /// returns the number in the row of the domain.
    fn count(&self, domain: &Domain) -> Option<u64> {
        match self.is_complete {
            true => Some(self.per_domain.get(&domain.id).copied().unwrap_or_default()),
            false => {
                let count = domain.assigned_mailboxes_count.as_ref().and_then(NumberOrText::as_i64);
                count.and_then(|count| u64::try_from(count).ok())
            }
        }
    }
}

fn mailbox_row(origin: &Origin<'_>, mailbox: Mailbox) -> MailboxRow {
    let names = [mailbox.first_name.as_deref(), mailbox.last_name.as_deref()];
    let name = names.into_iter().flatten().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ");
    MailboxRow {
        account: origin.account.to_owned(),
        workspace: origin.workspace.clone(),
        workspace_name: origin.workspace_name.clone(),
        address: mailbox.address().into_owned(),
        id: mailbox.id,
        domain: mailbox.domain,
        name: Some(name).filter(|name| !name.is_empty()),
        status: mailbox.status.map(|status| MailboxStatus::from(status.as_str())),
        provider: mailbox.service_provider.map(|provider| ServiceProvider::from(provider.as_str())),
        created_at: mailbox.created_at,
        expires_on: mailbox.expire_on,
    }
}

/// Returns whether the service denies access to the whole workspace.
fn is_denied(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unauthorized | ErrorKind::Forbidden | ErrorKind::NotFound)
}

fn joined(problems: &[DnsProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
