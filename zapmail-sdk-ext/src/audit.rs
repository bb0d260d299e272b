//! Audits: lists everything in one or more accounts as flat rows without credentials, with findings about what needs
//! attention.

mod account;
mod context;
mod domains;
mod findings;
mod origin;
mod progress;
mod report;
mod series;
mod subscriptions;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::{StreamExt, stream};
use zapmail_sdk::clock;

use self::account::Account;
use self::context::Context;
use self::findings::Rules;
use self::progress::{ProgressCallback, ProgressReporter};
use crate::client::Zapmail;
use crate::names;

pub use self::progress::AuditProgress;
pub use self::report::{
    AuditFailure, AuditReport, DomainRow, Finding, FindingKind, MailboxRow, SubscriptionList, SubscriptionRow,
};

/// The default window in which subscriptions are due: 30 days.
const DUE_WITHIN: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The maximum number of accounts that are read at the same time. Each key has its own rate limits.
const MAX_CONCURRENT_ACCOUNTS: usize = 3;

/// An audit that has not started: configure it, then call [`run`](Self::run).
///
/// An audit reads all workspaces of its accounts, whatever the workspaces of the clients are: the domains with their
/// health and the problems of their DNS records, the mailboxes without their credentials, and all kinds of
/// subscriptions. It changes nothing.
///
/// Health and DNS records cost one request each per domain, and everything else costs a few requests per workspace.
/// Neither is read for domains that are not ACTIVE, and health is not read for domains without mailboxes. The requests
/// stay within the rate limits of the clients: with the default of 200 requests per minute, 1,000 domains take about 10
/// minutes. Several accounts are read at the same time.
///
/// If the key is rejected, or several requests of the same kind fail in a row, the remaining requests are not sent.
///
/// ```no_run
/// use zapmail_sdk_ext::{Audit, Zapmail};
///
/// # async fn example(north: Zapmail, south: Zapmail) {
/// let report = Audit::of([("north", north), ("south", south)]).run().await;
/// for finding in &report.findings {
///     println!("{} {} {finding}", finding.account, finding.kind);
/// }
/// # }
/// ```
#[must_use = "nothing is read until `run` is called"]
pub struct Audit {
    accounts: Vec<(String, Zapmail)>,
    health: bool,
    dns: bool,
    due_within: Duration,
    exported: Option<HashSet<String>>,
    on_progress: Option<ProgressCallback>,
}

/// # Audits
impl Zapmail {
    /// Creates an audit of this account, in all of its workspaces; see [`Audit`]. The name of the account is empty in
    /// all rows.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) {
    /// let report = zapmail.audit().run().await;
    /// println!("{} domains, {} findings", report.domains.len(), report.findings.len());
    /// # }
    /// ```
    pub fn audit(&self) -> Audit {
        Audit::of([("", self.clone())])
    }
}

impl Audit {
    /// Creates an audit of several accounts. Each has a name of your choice, which is included in its rows.
    ///
    /// ```no_run
    /// use std::collections::BTreeMap;
    /// use zapmail_sdk_ext::{Audit, Zapmail};
    ///
    /// # async fn example(clients: BTreeMap<String, Zapmail>) {
    /// let report = Audit::of(clients).run().await;
    /// # }
    /// ```
    pub fn of<I, N>(accounts: I) -> Self
    where
        I: IntoIterator<Item = (N, Zapmail)>,
        N: Into<String>,
    {
        Self {
            accounts: accounts.into_iter().map(|(name, zapmail)| (name.into(), zapmail)).collect(),
            health: true,
            dns: true,
            due_within: DUE_WITHIN,
            exported: None,
            on_progress: None,
        }
    }

    /// Skips the health of the domains, which costs one request per domain.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) {
    /// let report = zapmail.audit().without_health().run().await;
    /// # }
    /// ```
    pub fn without_health(self) -> Self {
        Self { health: false, ..self }
    }

    /// Skips the DNS records of the domains, which cost one request per domain.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) {
    /// let report = zapmail.audit().without_dns().run().await;
    /// # }
    /// ```
    pub fn without_dns(self) -> Self {
        Self { dns: false, ..self }
    }

    /// Sets the length of the window in which subscriptions count as due, and registrations as about to expire. The
    /// window starts now and includes its last instant. Defaults to 30 days.
    ///
    /// Dates in the past also count, except for subscriptions that may have ended.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) {
    /// let report = zapmail.audit().due_within(Duration::from_secs(7 * 24 * 60 * 60)).run().await;
    /// # }
    /// ```
    pub fn due_within(self, due_within: Duration) -> Self {
        Self { due_within, ..self }
    }

    /// Adds the addresses that your app has. They are normalized for comparison. Each ACTIVE mailbox whose address was
    /// not added is then a finding.
    ///
    /// The service does not report which mailboxes were exported. Without this call, the report contains no findings
    /// about exports; with an empty list, every ACTIVE mailbox is a finding.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) {
    /// let report = zapmail.audit().exported(["dana.reed@acme.com", "lee.moss@acme.com"]).run().await;
    /// # }
    /// ```
    pub fn exported<I>(mut self, addresses: I) -> Self
    where
        I: IntoIterator<Item: AsRef<str>>,
    {
        let addresses = addresses.into_iter().map(|address| names::address(address.as_ref()));
        self.exported.get_or_insert_default().extend(addresses);
        self
    }

    /// Calls `callback` with the progress after each step.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) {
    /// let audit = zapmail.audit();
    /// let report = audit.on_progress(|progress| eprintln!("{} of {}", progress.domains_done, progress.domains)).run().await;
    /// # }
    /// ```
    pub fn on_progress(self, callback: impl FnMut(&AuditProgress) + Send + 'static) -> Self {
        Self { on_progress: Some(Box::new(callback)), ..self }
    }

    /// Reads everything and returns the report. If a workspace or an account cannot be read, this is reported in
    /// [`failures`](AuditReport::failures), and the others are still read.
    ///
    /// Dropping the future stops the audit and loses the report.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) {
    /// let report = zapmail.audit().run().await;
    /// if !report.failures.is_empty() {
    ///     eprintln!("the report is incomplete");
    /// }
    /// # }
    /// ```
    pub async fn run(self) -> AuditReport {
        self.run_at(clock::system_time().into()).await
    }

    async fn run_at(self, now: DateTime<Utc>) -> AuditReport {
        let context = Context {
            health: self.health,
            dns: self.dns,
            rules: Rules::new(now, self.due_within, self.exported),
            progress: ProgressReporter::new(self.accounts.len(), self.on_progress),
        };
        let reads: Vec<_> =
            self.accounts.iter().map(|(name, zapmail)| Account::read(&context, name, zapmail)).collect();
        // Keeps the order of the accounts, whichever is read first.
        let mut reports = stream::iter(reads).buffered(MAX_CONCURRENT_ACCOUNTS);
        let mut all = AuditReport::default();
        while let Some(report) = reports.next().await {
            all.append(report);
        }
        all
    }
}

impl fmt::Debug for Audit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accounts: Vec<_> = self.accounts.iter().map(|(name, _)| name).collect();
        formatter.debug_struct("Audit").field("accounts", &accounts).finish_non_exhaustive()
    }
}
