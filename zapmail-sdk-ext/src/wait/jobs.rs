//! What can be waited for, with the intervals that the documentation advises.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::FutureExt;
use zapmail_sdk::builder::{FindDomainsWithAi, GetExportStatus, ListConnectionRequests, ListDomains, ListMailboxes};
use zapmail_sdk::ids::{DomainId, ExportId};
use zapmail_sdk::types::{
    DomainConnectionStatus, DomainFinderQuery, DomainFinderResult, DomainStatus, ExportStatus, Mailbox, MailboxDomain,
    MailboxStatus,
};

use zapmail_sdk::{Request, Result};

use super::{Verdict, Wait};
use crate::client::Zapmail;
use crate::page::Paged;

/// Rows of one page, of the lists that are read in full at each look.
const PAGE: u32 = 100;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// How many names a message lists.
const MOST_LISTED: usize = 5;

/// States by name; `None` is one that has not appeared yet.
type ByName<S> = BTreeMap<String, Option<S>>;

impl Zapmail {
    /// Waits until an export, or a consent job of `start_custom_oauth`, is completed: looks every 10 seconds, for 10
    /// minutes.
    ///
    /// That a job is completed does not prove that the mailboxes arrived: the account at the other end may have expired.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// let export = zapmail.wait_for_export(10421).await?;
    /// println!("{:?}", export.status);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`WaitError`](crate::WaitError), with the export: [`ErrorKind::JobFailed`](crate::ErrorKind::JobFailed) when the job did,
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout), and any that a call can give.
    pub fn wait_for_export(&self, export_id: impl Into<ExportId>) -> Wait<ExportStatus> {
        let (zapmail, export_id) = (self.clone(), export_id.into());
        Wait {
            operation: GetExportStatus::OPERATION,
            poll: Box::new(move || {
                let zapmail = zapmail.clone();
                async move { zapmail.get_export_status().export_id(export_id).send().await }.boxed()
            }),
            judge: export,
            interval: 10 * SECOND,
            timeout: 10 * MINUTE,
            on_progress: None,
        }
    }

    /// Waits until these domains are connected: looks every minute, for 48 hours.
    ///
    /// One look reads the list of connection requests, and the list of domains for the names that are not in it, since a
    /// finished request may vanish; never one request a name.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// zapmail.wait_for_connections(&["acme.com", "other.com"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`WaitError`](crate::WaitError), with the state of every name: [`ErrorKind::JobFailed`](crate::ErrorKind::JobFailed) when one of them did and all are final,
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout), and any that a call can give.
    pub fn wait_for_connections<N: AsRef<str>>(&self, names: &[N]) -> Wait<ByName<DomainConnectionStatus>> {
        let (zapmail, names) = (self.clone(), normal(names));
        Wait {
            operation: ListConnectionRequests::OPERATION,
            poll: Box::new(move || connections(zapmail.clone(), names.clone()).boxed()),
            judge: |states| all(states, connected, connection_failed),
            interval: MINUTE,
            timeout: 48 * HOUR,
            on_progress: None,
        }
    }

    /// Waits until the mailboxes of these domains are active, and returns them with their credentials: looks every 2
    /// minutes, for 24 hours. A domain without a mailbox is waited for as well.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// # let domain_id = zapmail_sdk_ext::DomainId::from("7b2e9d10-4c5f-4a6b-9d8e-1f2a3b4c5d6e");
    /// let mailboxes = zapmail.wait_for_mailboxes([&domain_id]).await?;
    /// println!("{}", mailboxes[&domain_id].len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`WaitError`](crate::WaitError), with the mailboxes of every domain: [`ErrorKind::JobFailed`](crate::ErrorKind::JobFailed) when one of them did and all are final,
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout), and any that a call can give.
    pub fn wait_for_mailboxes<I>(&self, domain_ids: I) -> Wait<BTreeMap<DomainId, Vec<Mailbox>>>
    where
        I: IntoIterator<Item: Into<DomainId>>,
    {
        let zapmail = self.clone();
        let domains: Vec<DomainId> = domain_ids.into_iter().map(Into::into).collect();
        Wait {
            operation: ListMailboxes::OPERATION,
            poll: Box::new(move || mailboxes(zapmail.clone(), domains.clone()).boxed()),
            judge: mailboxes_ready,
            interval: 2 * MINUTE,
            timeout: 24 * HOUR,
            on_progress: None,
        }
    }

    /// Waits until these domains, just bought, are active: looks every minute, for an hour.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// zapmail.wait_for_domains(&["acme.com"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`WaitError`](crate::WaitError), with the state of every name: [`ErrorKind::JobFailed`](crate::ErrorKind::JobFailed) when one of them is lost,
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout), and any that a call can give.
    pub fn wait_for_domains<N: AsRef<str>>(&self, names: &[N]) -> Wait<ByName<DomainStatus>> {
        let (zapmail, names) = (self.clone(), normal(names));
        Wait {
            operation: ListDomains::OPERATION,
            poll: Box::new(move || domains(zapmail.clone(), names.clone()).boxed()),
            judge: |states| {
                all(states, |status| is(status.as_str(), "ACTIVE"), |status| is(status.as_str(), "EXPIRED"))
            },
            interval: MINUTE,
            timeout: HOUR,
            on_progress: None,
        }
    }

    /// Waits until the search for domain names is over: repeats it every 5 seconds, as the service wants it, for 2
    /// minutes.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// use zapmail_sdk_ext::types::DomainFinderQuery;
    ///
    /// let query = DomainFinderQuery::new(10, ["acme"], ["com"]);
    /// let found = zapmail.wait_for_ai_domains(query).await?;
    /// println!("{} names", found.domains.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`WaitError`](crate::WaitError), with the names found so far: [`ErrorKind::JobFailed`](crate::ErrorKind::JobFailed) when the search did,
    /// [`ErrorKind::Timeout`](crate::ErrorKind::Timeout), and any that a call can give.
    pub fn wait_for_ai_domains(&self, query: DomainFinderQuery) -> Wait<DomainFinderResult> {
        let zapmail = self.clone();
        Wait {
            operation: FindDomainsWithAi::OPERATION,
            poll: Box::new(move || {
                let (zapmail, query) = (zapmail.clone(), query.clone());
                async move { zapmail.find_domains_with_ai().body(query).send().await }.boxed()
            }),
            judge: found,
            interval: 5 * SECOND,
            timeout: 2 * MINUTE,
            on_progress: None,
        }
    }
}

fn export(export: &ExportStatus) -> Verdict {
    match export.status.as_deref().unwrap_or("no status") {
        status if is(status, "completed") => Verdict::Done,
        status if is(status, "failed") => {
            let reason = export.failure_reason.as_deref().unwrap_or("the service gave no reason");
            Verdict::Failed(format!("export {} failed: {reason}", export.export_id))
        }
        status => Verdict::Pending(format!("export {} is {status}", export.export_id)),
    }
}

async fn connections(zapmail: Zapmail, names: Vec<String>) -> Result<ByName<DomainConnectionStatus>> {
    let mut states: ByName<_> = names.into_iter().map(|name| (name, None)).collect();
    // A name that was tried before has several requests; the newest counts.
    let mut newest = BTreeMap::new();
    let mut requests = zapmail.list_connection_requests().limit(PAGE).items();
    while let Some(request) = requests.next().await? {
        let name = request.domain_name.unwrap_or_default().to_ascii_lowercase();
        let Some(state) = states.get_mut(&name).filter(|_| request.deleted_at.is_none()) else { continue };
        if newest.get(&name).is_none_or(|known| *known <= request.created_at) {
            *state = request.status;
            newest.insert(name, request.created_at);
        }
    }
    if states.values().all(Option::is_some) {
        return Ok(states);
    }
    // What is not among the requests any more may be among the domains.
    let mut domains = zapmail.list_domains().limit(PAGE).items();
    while let Some(domain) = domains.next().await? {
        let active = domain.status.is_some_and(|status| is(status.as_str(), "ACTIVE"));
        let name = domain.domain.unwrap_or_default().to_ascii_lowercase();
        if let Some(state) = states.get_mut(&name).filter(|state| active && state.is_none()) {
            *state = Some(DomainConnectionStatus::Success);
        }
    }
    Ok(states)
}

fn connected(status: &DomainConnectionStatus) -> bool {
    ["SUCCESS", "DOMAIN_ALREADY_CONNECTED"].iter().any(|good| is(status.as_str(), good))
}

fn connection_failed(status: &DomainConnectionStatus) -> bool {
    let bad = [
        "FAILED",
        "DOMAIN_NOT_REGISTERED",
        "WORKSPACE_ALREADY_EXISTS",
        "BLACKLISTED_DOMAIN",
        "BANNED_DOMAIN",
        "PERMISSION_REQUIRED",
    ];
    bad.iter().any(|bad| is(status.as_str(), bad))
}

async fn mailboxes(zapmail: Zapmail, domains: Vec<DomainId>) -> Result<BTreeMap<DomainId, Vec<Mailbox>>> {
    let mut states: BTreeMap<_, _> = domains.into_iter().map(|domain| (domain, Vec::new())).collect();
    let mut pages = zapmail.list_mailboxes().limit(PAGE).pages();
    while let Some(page) = pages.next().await? {
        for MailboxDomain { id, mailboxes, .. } in page.domains {
            if let Some(state) = states.get_mut(&id) {
                *state = mailboxes;
            }
        }
    }
    Ok(states)
}

fn mailboxes_ready(states: &BTreeMap<DomainId, Vec<Mailbox>>) -> Verdict {
    let mut failed = Vec::new();
    let mut pending = Vec::new();
    for (domain, mailboxes) in states {
        // One that has expired never becomes active, and says nothing of those that are awaited.
        let states = mailboxes
            .iter()
            .map(|mailbox| (mailbox, mailbox.status.as_ref().map_or("no status", MailboxStatus::as_str)));
        let states: Vec<_> = states.filter(|(_, status)| !is(status, "EXPIRED")).collect();
        if states.is_empty() {
            pending.push(format!("domain {domain} has no mailbox"));
        }
        for (mailbox, status) in states {
            if is(status, "FAILED") {
                failed.push(format!("{}: {status}", mailbox.address()));
            } else if !is(status, "ACTIVE") {
                pending.push(format!("{}: {status}", mailbox.address()));
            }
        }
    }
    verdict(pending, failed)
}

async fn domains(zapmail: Zapmail, names: Vec<String>) -> Result<ByName<DomainStatus>> {
    let mut states: ByName<_> = names.into_iter().map(|name| (name, None)).collect();
    let mut domains = zapmail.list_domains().limit(PAGE).items();
    while let Some(domain) = domains.next().await? {
        let name = domain.domain.unwrap_or_default().to_ascii_lowercase();
        if let Some(state) = states.get_mut(&name) {
            *state = domain.status;
        }
    }
    Ok(states)
}

fn found(result: &DomainFinderResult) -> Verdict {
    let status = result.status.as_ref().map_or("no status", |status| status.as_str());
    let progress = result.progress.unwrap_or_default();
    match status {
        _ if is(status, "failed") => Verdict::Failed("the search failed".to_owned()),
        _ if is(status, "completed") || progress >= 100 => Verdict::Done,
        _ => Verdict::Pending(format!("the search is {status}, {progress} %")),
    }
}

/// What the states of many mean together: any failure, once nothing is pending, is a failure.
fn all<S: ToString>(states: &ByName<S>, good: fn(&S) -> bool, bad: fn(&S) -> bool) -> Verdict {
    let tell = |name: &String, state: &Option<S>| {
        let state = state.as_ref().map_or_else(|| "not there yet".to_owned(), ToString::to_string);
        format!("{name}: {state}")
    };
    let (mut pending, mut failed) = (Vec::new(), Vec::new());
    for (name, state) in states {
        match state {
            Some(state) if good(state) => {}
            Some(known) if bad(known) => failed.push(tell(name, state)),
            _ => pending.push(tell(name, state)),
        }
    }
    verdict(pending, failed)
}

/// The rest is waited for even when some have failed: what was reached is then final for all of them.
fn verdict(pending: Vec<String>, failed: Vec<String>) -> Verdict {
    match (pending.is_empty(), failed.is_empty()) {
        (true, true) => Verdict::Done,
        (true, false) => Verdict::Failed(format!("failed: {}", listed(&failed))),
        (false, _) => Verdict::Pending(listed(&pending.into_iter().chain(failed).collect::<Vec<_>>())),
    }
}

/// The first few of many.
fn listed(names: &[String]) -> String {
    match names.get(..MOST_LISTED) {
        Some(first) if names.len() > MOST_LISTED => {
            format!("{} and {} more", first.join(", "), names.len() - MOST_LISTED)
        }
        _ => names.join(", "),
    }
}

/// States come in any letter case.
fn is(state: &str, word: &str) -> bool {
    state.eq_ignore_ascii_case(word)
}

fn normal<N: AsRef<str>>(names: &[N]) -> Vec<String> {
    names.iter().map(|name| name.as_ref().trim().to_ascii_lowercase()).collect()
}
