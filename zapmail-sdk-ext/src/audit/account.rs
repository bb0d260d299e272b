//! Reading an account: its workspaces one after another, and everything in them.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::OnceLock;

use zapmail_sdk::ids::DomainId;
use zapmail_sdk::types::{Domain, DomainStatus, Mailbox, MailboxStatus, ServiceProvider, Workspace};
use zapmail_sdk::{Error, ErrorKind, Numeric, Page, Result};

use super::domains::{Details, Reads};
use super::findings::{Health, Rules};
use super::place::Place;
use super::progress::Watch;
use super::report::{AuditFailure, AuditReport, DomainRow, MailboxRow, SubscriptionList};
use super::series::Series;
use crate::client::Zapmail;
use crate::dns::DnsProblem;
use crate::names;
use crate::page::Paged;
use crate::rows;

/// Rows of one page.
const PAGE: u32 = 100;

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
    /// The requests for lists. Once they fail in a row, the rest of the account is not read.
    lists: Series,
    /// The error of the first request with a key that is refused: all others would be refused, too.
    denied: OnceLock<Error>,
    /// How many domains and workspaces were not read after that.
    unread_domains: usize,
    unread_workspaces: usize,
}

impl<'a> Account<'a> {
    /// Reads everything that the account has. Errors are failures in the report.
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
        let (workspaces, error) = all(zapmail.list_workspaces().limit(PAGE)).await;
        context.watch.note(|progress| progress.workspaces += workspaces.len());
        if let Some(error) = error {
            account.list_failed(AuditFailure::of_account(name, &error), error);
        }
        for workspace in workspaces {
            match account.is_over() {
                true => account.unread_workspaces += 1,
                false => account.workspace(zapmail, workspace).await,
            }
            context.watch.note(|progress| progress.workspaces_done += 1);
        }
        account.end();
        context.watch.note(|progress| progress.accounts_done += 1);
        account.report
    }

    fn fail(&mut self, failure: AuditFailure) {
        self.report.failures.push(failure);
        self.context.watch.note(|progress| progress.failures += 1);
    }

    /// Notes a list that could not be read. That of a key that is refused is reported at the end.
    fn list_failed(&mut self, failure: AuditFailure, error: Error) {
        if error.kind() == ErrorKind::Unauthorized {
            _ = self.denied.set(error);
        } else {
            self.lists.note::<()>(&Err(error));
            self.fail(failure);
        }
    }

    /// Whether the rest of the account would fail.
    fn is_over(&self) -> bool {
        self.denied.get().is_some() || self.lists.end().is_some()
    }

    /// Reports once why the rest of the account was not read.
    fn end(&mut self) {
        let Some(error) = self.denied.get().or(self.lists.end()) else { return };
        let failure = AuditFailure::of_account(self.name, error);
        let domains = names::counted(self.unread_domains, "domain", "domains");
        let workspaces = names::counted(self.unread_workspaces, "workspace", "workspaces");
        let unread = match (self.unread_domains, self.unread_workspaces) {
            // The lists that failed are in the report.
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
        let place = Place { account: self.name, workspace: workspace.id, workspace_name: workspace.name };
        let (domains, error) = all(zapmail.list_domains().limit(PAGE)).await;
        let is_denied = error.as_ref().is_some_and(is_denied);
        self.note_list(&place, error);
        if domains.is_empty() && (is_denied || self.is_over()) {
            // Every other list would be refused for the same reason.
            self.unread_workspaces += usize::from(self.is_over());
            return;
        }
        self.context.watch.note(|progress| progress.domains += domains.len());
        let mut mailboxes = Mailboxes::default();
        if !self.is_over() {
            let error = mailboxes.read(&zapmail, &place).await.err();
            mailboxes.is_complete = error.is_none();
            self.context.watch.note(|progress| progress.mailboxes += mailboxes.rows.len());
            self.note_list(&place, error);
        }
        self.domains(&place, &zapmail, &domains, &mailboxes).await;
        for row in mailboxes.rows {
            let found = self.context.rules.mailbox(&row);
            self.report.findings.extend(found.map(|found| place.finding(&row.address, found)));
            self.report.mailboxes.push(row);
        }
        self.subscriptions(&place, &zapmail).await;
    }

    /// Notes the outcome of a list.
    fn note_list(&mut self, place: &Place<'_>, error: Option<Error>) {
        match error {
            Some(error) => self.list_failed(place.failure(None, &error), error),
            None => self.lists.note(&Ok(())),
        }
    }

    async fn domains(&mut self, place: &Place<'_>, zapmail: &Zapmail, domains: &[Domain], mailboxes: &Mailboxes) {
        let domains: Vec<_> = domains.iter().map(|domain| (domain, mailboxes.count(domain))).collect();
        let reads = Reads {
            context: self.context,
            zapmail,
            denied: &self.denied,
            is_over: self.is_over(),
            health: Series::default(),
            dns: Series::default(),
        };
        let details = reads.all(&domains).await;
        let Reads { health, dns, .. } = reads;

        if self.is_over() {
            self.unread_domains += details.iter().filter(|details| details.is_given_up()).count();
        }
        let given_up = [
            (health, "health", details.iter().filter(|details| details.health.is_given_up()).count()),
            (dns, "DNS records", details.iter().filter(|details| details.dns.is_given_up()).count()),
        ];
        for ((domain, mailboxes), details) in domains.iter().zip(details) {
            self.domain(place, domain, *mailboxes, details);
        }
        for (series, name, unread) in given_up {
            // A refused key is reported for the whole account.
            if let Some(error) = series.end().filter(|_| unread > 0 && self.denied.get().is_none()) {
                let unread = format!("the {name} of {}", names::counted(unread, "domain", "domains"));
                self.fail(place.failure(None, error).with_unread(&unread));
            }
        }
    }

    fn domain(&mut self, place: &Place<'_>, domain: &Domain, mailboxes: Option<u64>, details: Details) {
        let mut failed = |error: Error| self.fail(place.failure(domain.domain.clone(), &error));
        let health = details.health.done(&mut failed).map(|health| Health::of(&health, mailboxes)).unwrap_or_default();
        let problems = details.dns.done(&mut failed);
        let row = DomainRow {
            account: place.account.to_owned(),
            workspace: place.workspace.clone(),
            workspace_name: place.workspace_name.clone(),
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
        self.report.findings.extend(found.into_iter().map(|found| place.finding(subject, found)));
        self.report.domains.push(row);
    }

    async fn subscriptions(&mut self, place: &Place<'_>, zapmail: &Zapmail) {
        for list in SubscriptionList::ALL {
            if self.is_over() {
                return;
            }
            let (listed, error) = list.read(zapmail).await;
            self.note_list(place, error);
            for subscription in listed {
                if let Some(row) = &subscription.row
                    && !self.subscriptions.insert((list, row.clone()))
                {
                    continue;
                }
                let row = subscription.into_row(list, place);
                let id = row.subscription_id.as_deref().or(row.id.as_deref());
                let subject = id.or(row.plan.as_deref()).unwrap_or(list.as_str());
                let found = self.context.rules.subscription(&row);
                self.report.findings.extend(found.map(|found| place.finding(subject, found)));
                self.report.subscriptions.push(row);
                self.context.watch.note(|progress| progress.subscriptions += 1);
            }
        }
    }
}

/// The items of a list, and the error after which some are missing.
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
    /// The number of those that have not expired, for each domain that has some.
    per_domain: BTreeMap<DomainId, u64>,
    is_complete: bool,
}

impl Mailboxes {
    /// # Errors
    ///
    /// The rows before the error stay.
    async fn read(&mut self, zapmail: &Zapmail, place: &Place<'_>) -> Result<()> {
        // By pages instead of items, since a mailbox can lack its domain, and the row around it does not.
        let mut pages = zapmail.list_mailboxes().limit(PAGE).pages().until_stable();
        let mut seen = HashSet::new();
        while let Some(page) = pages.next().await? {
            // A list that is read again returns the same rows again.
            for (domain, mailbox) in rows::each_mailbox(page).filter(|(_, mailbox)| seen.insert(mailbox.id.clone())) {
                if !rows::has_expired(&mailbox) {
                    *self.per_domain.entry(domain).or_default() += 1;
                }
                self.rows.push(mailbox_row(place, mailbox));
            }
        }
        Ok(())
    }

    /// The number of mailboxes of a domain that have not expired; that of its row, as long as not all are known.
    fn count(&self, domain: &Domain) -> Option<u64> {
        match self.is_complete {
            true => Some(self.per_domain.get(&domain.id).copied().unwrap_or_default()),
            false => {
                let count = domain.assigned_mailboxes_count.as_ref().and_then(Numeric::as_i64);
                count.and_then(|count| u64::try_from(count).ok())
            }
        }
    }
}

fn mailbox_row(place: &Place<'_>, mailbox: Mailbox) -> MailboxRow {
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
        status: mailbox.status.map(|status| MailboxStatus::from(status.as_str())),
        provider: mailbox.service_provider.map(|provider| ServiceProvider::from(provider.as_str())),
        created_at: mailbox.created_at,
        expires_on: mailbox.expire_on,
    }
}

/// Whether the service refuses the whole workspace.
fn is_denied(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Unauthorized | ErrorKind::Forbidden | ErrorKind::NotFound)
}

fn joined(problems: &[DnsProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
