//! Waits for the service's jobs, with the polling intervals that its documentation recommends.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use zapmail_sdk::builder::{FindDomainsWithAi, GetExportStatus, ListDomains, ListMailboxes};
use zapmail_sdk::ids::ExportId;
use zapmail_sdk::types::{
    DomainFinderQuery, DomainFinderResult, DomainStatus, ExportStatus, Mailbox, MailboxStatus, WorkspaceList,
};
use zapmail_sdk::{Error, ErrorKind, Operation, Request, Result};

use super::{Condition, Wait};
use crate::assign::AssignPlan;
use crate::client::Zapmail;
use crate::lookups;
use crate::names;
use crate::newest::Newest;
use crate::offers;
use crate::page::Paged;
use crate::rows::{self, is};

/// The number of rows per page, for lists that are read completely by each poll.
pub(super) const PAGE: u32 = 100;

const SECOND: Duration = Duration::from_secs(1);
pub(super) const MINUTE: Duration = Duration::from_secs(60);
pub(super) const HOUR: Duration = Duration::from_secs(60 * 60);

/// States by name; `None` for a name that is not listed yet.
pub(super) type ByName<S> = BTreeMap<String, Option<S>>;

impl Zapmail {
    /// Waits until an export, or a consent job of `start_custom_oauth`, is completed. Polls every 5 to 30 seconds.
    /// Times out after 10 minutes.
    ///
    /// A completed job does not prove that the mailboxes have arrived: the receiving account may have expired.
    ///
    /// The service requires the workspace id of a job. A client for the primary workspace reads the id from the
    /// service.
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
    /// [`WaitError`](crate::WaitError), with the export: [`ErrorKind::JobFailed`] if the job failed,
    /// [`ErrorKind::Timeout`], and any error of a call.
    pub fn wait_for_export(&self, export_id: impl Into<ExportId>) -> Wait<ExportStatus> {
        let (zapmail, export_id) = (self.clone(), export_id.into());
        let in_workspace = Arc::new(OnceLock::new());
        let poll = move || export_status(zapmail.clone(), Arc::clone(&in_workspace), export_id);
        Wait::new(GetExportStatus::OPERATION, poll, export_condition)
            .growing_interval(5 * SECOND, 30 * SECOND)
            .timeout(10 * MINUTE)
    }

    /// Waits until the mailboxes with these addresses are active, and returns them with their credentials. Polls every
    /// 2 to 5 minutes. Times out after 24 hours.
    ///
    /// Other mailboxes of the same domains are ignored. If several mailboxes have the same address, the newest one
    /// counts. A mailbox that is not listed yet is pending, and so is an address with only an expired mailbox.
    /// [`AssignPlan::addresses`] returns the addresses of a plan.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// let mailboxes = zapmail.wait_for_mailboxes(["dana.reed@acme.com"]).await?;
    /// for (address, mailbox) in &mailboxes {
    ///     println!("{address}: {}", mailbox.is_some());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`WaitError`](crate::WaitError), with the mailbox of every address: [`ErrorKind::JobFailed`] if a mailbox failed
    /// and all are final, [`ErrorKind::Timeout`], [`ErrorKind::Invalid`] if a text is not an address, and any error of
    /// a call.
    ///
    /// [`AssignPlan::addresses`]: crate::AssignPlan::addresses
    pub fn wait_for_mailboxes<I>(&self, addresses: I) -> Wait<ByName<Mailbox>>
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let zapmail = self.clone();
        let addresses: Vec<_> = addresses.into_iter().map(|address| names::address(address.as_ref())).collect();
        let poll = move || mailboxes(zapmail.clone(), addresses.clone());
        let evaluate = |mailboxes: &_| combine(mailboxes, status_of, &["ACTIVE"], |_, state| is(state, "FAILED"));
        Wait::new(ListMailboxes::OPERATION, poll, evaluate).growing_interval(2 * MINUTE, 5 * MINUTE).timeout(24 * HOUR)
    }

    /// Waits until the mailboxes of a plan are active; see [`wait_for_mailboxes`](Self::wait_for_mailboxes).
    ///
    /// ```no_run
    /// # use zapmail_sdk_ext::{AssignPlan, Zapmail};
    /// # async fn example(zapmail: Zapmail, plan: AssignPlan) -> Result<(), Box<dyn std::error::Error>> {
    /// zapmail.assign_mailboxes_in_batches(plan.clone()).run().await?;
    /// let mailboxes = zapmail.wait_for_assigned(&plan).await?;
    /// println!("{} mailboxes are active", mailboxes.len());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The errors of [`wait_for_mailboxes`](Self::wait_for_mailboxes).
    // Inline, so that only programs that call it compile it.
    #[inline]
    pub fn wait_for_assigned(&self, plan: &AssignPlan) -> Wait<ByName<Mailbox>> {
        self.wait_for_mailboxes(plan.addresses())
    }

    /// Waits until these newly purchased domains are active. Polls every 15 to 60 seconds. Times out after one hour.
    ///
    /// An expired domain counts as pending, because it is an earlier registration of that name.
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
    /// [`WaitError`](crate::WaitError), with the state of every name: [`ErrorKind::Timeout`], [`ErrorKind::Invalid`] if a
    /// name is not a domain name, and any error of a call.
    pub fn wait_for_domains<N: AsRef<str>>(&self, names: &[N]) -> Wait<ByName<DomainStatus>> {
        let (zapmail, names) = (self.clone(), domain_names(names));
        let poll = move || domains(zapmail.clone(), names.clone());
        let evaluate = |states: &_| combine(states, DomainStatus::as_str, &["ACTIVE"], |_, _| false);
        Wait::new(ListDomains::OPERATION, poll, evaluate).growing_interval(15 * SECOND, MINUTE).timeout(HOUR)
    }

    /// Waits until a search for domain names is completed. Repeats the search request every 5 seconds, as the service
    /// requires. Times out after 2 minutes.
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
    /// [`WaitError`](crate::WaitError), with the names found so far: [`ErrorKind::JobFailed`] if the search failed,
    /// [`ErrorKind::Timeout`], and any error of a call.
    // Inline, so that only programs that call it compile it.
    #[inline]
    pub fn wait_for_ai_domains(&self, query: DomainFinderQuery) -> Wait<DomainFinderResult> {
        let zapmail = self.clone();
        let poll = move || {
            let (zapmail, query) = (zapmail.clone(), query.clone());
            async move { zapmail.find_domains_with_ai().body(query).send().await }
        };
        Wait::new(FindDomainsWithAi::OPERATION, poll, search_condition).interval(5 * SECOND).timeout(2 * MINUTE)
    }
}

/// Reads the status of a job. `in_workspace` is set to a client with the workspace's id once the service has required
/// it.
async fn export_status(
    zapmail: Zapmail,
    in_workspace: Arc<OnceLock<Zapmail>>,
    export_id: ExportId,
) -> Result<ExportStatus> {
    if export_id.as_i64() < 1 {
        let message = "`export_id` is not the id of an export; use the one that `export_mailboxes` returns";
        return Err(Error::new(ErrorKind::Invalid, message).with_operation(GetExportStatus::OPERATION));
    }
    let client = in_workspace.get().unwrap_or(&zapmail);
    let status = client.get_export_status().export_id(export_id).send().await;
    if !status.as_ref().is_err_and(|error| error.kind() == ErrorKind::Invalid) || client.workspace_id().is_some() {
        return status;
    }
    let WorkspaceList::WorkspacePage(page) = zapmail.list_workspaces().limit(1u32).send().await? else { return status };
    let Some(workspace) = page.current_workspace else { return status };
    let client = in_workspace.get_or_init(|| zapmail.workspace(&workspace.id));
    client.get_export_status().export_id(export_id).send().await
}

fn export_condition(export: &ExportStatus) -> Condition {
    match export.status.as_deref().unwrap_or("no status") {
        status if is(status, "completed") => Condition::Met,
        status if is(status, "failed") => {
            let reason = export.failure_reason.as_deref().unwrap_or("the service returned no reason");
            Condition::Failed(format!("export {} failed: {reason}", export.export_id))
        }
        status => Condition::Pending(format!("export {} is {status}", export.export_id)),
    }
}

/// Returns an error if there is nothing to wait for, because the wait would end immediately and look like a success.
fn check_any(names: &[String], parameter: &str, operation: &'static Operation) -> Result<()> {
    if names.is_empty() {
        let message = format!("`{parameter}` is empty, so there is nothing to wait for; pass at least one");
        return Err(Error::new(ErrorKind::Invalid, message).with_operation(operation));
    }
    Ok(())
}

/// Returns an error if there is nothing to wait for, or a name cannot be the name of a domain.
pub(super) fn check_names(names: &[String], operation: &'static Operation) -> Result<()> {
    check_any(names, "names", operation)?;
    offers::check_names(names, operation)
}

async fn mailboxes(zapmail: Zapmail, addresses: Vec<String>) -> Result<ByName<Mailbox>> {
    check_any(&addresses, "addresses", ListMailboxes::OPERATION)?;
    lookups::check_addresses(&addresses)?;
    let mut newest = Newest::of(addresses);
    // An expired mailbox never becomes active.
    lookups::note_mailboxes(zapmail.list_mailboxes(), &mut newest, |mailbox| !rows::has_expired(mailbox)).await?;
    Ok(newest.into_map())
}

fn status_of(mailbox: &Mailbox) -> &str {
    mailbox.status.as_ref().map_or("no status", MailboxStatus::as_str)
}

async fn domains(zapmail: Zapmail, names: Vec<String>) -> Result<ByName<DomainStatus>> {
    check_names(&names, ListDomains::OPERATION)?;
    let mut newest = Newest::of(names);
    let mut domains = zapmail.list_domains().limit(PAGE).items();
    while let Some(domain) = domains.next().await? {
        newest.note(&names::domain(domain.domain.as_deref().unwrap_or_default()), domain.created_at, domain.status);
    }
    Ok(newest.into_map())
}

fn search_condition(result: &DomainFinderResult) -> Condition {
    let status = result.status.as_ref().map_or("no status", |status| status.as_str());
    let progress = result.progress.unwrap_or_default();
    match status {
        _ if is(status, "failed") => Condition::Failed("the search failed".to_owned()),
        // The progress is ignored: the service has been observed to report 100 % while it was still generating names.
        _ if is(status, "completed") => Condition::Met,
        _ => Condition::Pending(format!("the search is {status}, {progress} %")),
    }
}

/// Combines the states of several names. A failure is reported only once all states are final, so that the last state
/// is final for all names. `has_failed` is called with each name and its state.
pub(super) fn combine<S>(
    states: &ByName<S>,
    as_text: fn(&S) -> &str,
    successful: &[&str],
    mut has_failed: impl FnMut(&str, &str) -> bool,
) -> Condition {
    let (mut pending, mut failed) = (Vec::new(), Vec::new());
    for (name, state) in states {
        let state = state.as_ref().map_or("not listed yet", as_text);
        if has_failed(name, state) {
            failed.push(format!("{name}: {state}"));
        } else if !successful.iter().any(|expected| is(state, expected)) {
            pending.push(format!("{name}: {state}"));
        }
    }
    match (pending.is_empty(), failed.is_empty()) {
        (true, true) => Condition::Met,
        (true, false) => Condition::Failed(format!("failed: {}", names::listed(&failed, ", "))),
        (false, _) => Condition::Pending(names::listed(&pending.into_iter().chain(failed).collect::<Vec<_>>(), ", ")),
    }
}

pub(super) fn domain_names<N: AsRef<str>>(names: &[N]) -> Vec<String> {
    names.iter().map(|name| names::domain(name.as_ref())).collect()
}
