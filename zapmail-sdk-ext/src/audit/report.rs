//! The report of an audit: flat rows without credentials, ready for CSV.

use std::fmt;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zapmail_sdk::ErrorKind;
use zapmail_sdk::ids::{DomainId, MailboxId, WorkspaceId};
use zapmail_sdk::types::{DomainHealthLabel, DomainStatus, MailboxStatus, ServiceProvider, SubscriptionStatus};

use crate::dns::DnsProblemKind;
use crate::words::words;

/// The result of an [`Audit`](crate::Audit): one list of rows for each kind of object.
///
/// All rows are flat: their fields are strings, numbers, booleans and dates. No row contains a credential, so the
/// report can be printed, stored and sent. Rows are in the order of the accounts, their workspaces, and the lists in
/// each workspace. A stored report can be deserialized again, for example to compare two reports.
///
/// ```no_run
/// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> Result<(), Box<dyn std::error::Error>> {
/// let report = zapmail.audit().run().await;
/// report.failures.iter().for_each(|failure| eprintln!("{failure}"));
/// std::fs::write("audit.json", serde_json::to_string_pretty(&report)?)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct AuditReport {
    /// All domains.
    pub domains: Vec<DomainRow>,
    /// All mailboxes.
    pub mailboxes: Vec<MailboxRow>,
    /// All subscriptions, canceled ones included.
    pub subscriptions: Vec<SubscriptionRow>,
    /// Conditions that need attention, workspace by workspace: first of domains, then of mailboxes, then of
    /// subscriptions.
    pub findings: Vec<Finding>,
    /// Requests that failed, and requests that were not sent because others had failed. If there are any, rows and
    /// findings can be missing.
    pub failures: Vec<AuditFailure>,
}

impl AuditReport {
    /// Appends the rows of another report.
    pub(super) fn append(&mut self, mut other: Self) {
        self.domains.append(&mut other.domains);
        self.mailboxes.append(&mut other.mailboxes);
        self.subscriptions.append(&mut other.subscriptions);
        self.findings.append(&mut other.findings);
        self.failures.append(&mut other.failures);
    }
}

/// A domain in an [`AuditReport`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct DomainRow {
    /// Name of the account, as passed to [`Audit::of`](crate::Audit::of).
    pub account: String,
    /// Identifier of the workspace.
    pub workspace: WorkspaceId,
    /// Name of the workspace.
    pub workspace_name: Option<String>,
    /// Identifier of the domain.
    pub id: DomainId,
    /// Name of the domain.
    pub name: Option<String>,
    /// Status of the domain.
    pub status: Option<DomainStatus>,
    /// Provider of the mailboxes; `None` for a domain without mailboxes.
    pub provider: Option<ServiceProvider>,
    /// Time at which the registration expires.
    pub expires_on: Option<DateTime<Utc>>,
    /// Whether the registration renews automatically.
    pub auto_renew: Option<bool>,
    /// Number of mailboxes that have not expired.
    pub mailboxes: Option<u64>,
    /// Health score from 0 to 100; `None` if it was not read, or is not an actual score, for example because the domain
    /// has no mailboxes.
    #[serde(serialize_with = "optional_number")]
    pub health_score: Option<f64>,
    /// Category of the health score.
    pub health_label: Option<DomainHealthLabel>,
    /// The problems of the DNS records, separated by `; `. Empty if there are none; `None` if the records were not
    /// read, or the service is still setting them.
    pub dns_problems: Option<String>,
}

/// A mailbox in an [`AuditReport`], without its credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MailboxRow {
    /// Name of the account, as passed to [`Audit::of`](crate::Audit::of).
    pub account: String,
    /// Identifier of the workspace.
    pub workspace: WorkspaceId,
    /// Name of the workspace.
    pub workspace_name: Option<String>,
    /// Identifier of the mailbox.
    pub id: MailboxId,
    /// Email address.
    pub address: String,
    /// Name of the domain.
    pub domain: Option<String>,
    /// First and last name of the mailbox user.
    pub name: Option<String>,
    /// Status of the mailbox.
    pub status: Option<MailboxStatus>,
    /// Provider of the mailbox.
    pub provider: Option<ServiceProvider>,
    /// Time at which the mailbox was created.
    pub created_at: Option<DateTime<Utc>>,
    /// Time at which the paid period ends.
    pub expires_on: Option<DateTime<Utc>>,
}

/// A subscription in an [`AuditReport`].
///
/// The four lists of the service have different fields. A field that is not documented for a list is `None`: placement
/// test and DNS Shield subscriptions have no documented status, price or date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SubscriptionRow {
    /// Name of the account, as passed to [`Audit::of`](crate::Audit::of).
    pub account: String,
    /// Identifier of the workspace; if several workspaces list the same subscription, identifier of the first one.
    pub workspace: WorkspaceId,
    /// Name of the workspace.
    pub workspace_name: Option<String>,
    /// The list that the subscription is from.
    pub list: SubscriptionList,
    /// Identifier of the row in the list; `None` for pre-warmed subscriptions, whose identifiers are not documented.
    pub id: Option<String>,
    /// Identifier that the other operations expect (`sub_...`); `None` if the list does not contain it.
    pub subscription_id: Option<String>,
    /// Status of the subscription.
    pub status: Option<SubscriptionStatus>,
    /// Name of the plan; the billing type for placement test subscriptions.
    pub plan: Option<String>,
    /// Price of one period, in USD.
    #[serde(default, serialize_with = "optional_amount", deserialize_with = "read_amount")]
    pub price: Option<Decimal>,
    /// End of the paid period: the next billing date, or the end of a subscription that is not renewed.
    pub due: Option<DateTime<Utc>>,
    /// Reason why the last payment failed.
    pub payment_failure: Option<String>,
}

/// One of the service's lists of subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum SubscriptionList {
    /// Subscriptions for mailboxes, from `list_subscriptions`.
    Mailboxes,
    /// Subscriptions for pre-warmed domains, from `list_prewarmed_subscriptions`.
    Prewarmed,
    /// Subscriptions for placement tests, from `list_placement_subscriptions`.
    Placement,
    /// Subscriptions for DNS Shield, from `list_dns_shield_subscriptions`.
    DnsShield,
}

/// A condition in an [`AuditReport`] that needs attention.
///
/// `Display` prints the subject and the message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// Name of the account, as passed to [`Audit::of`](crate::Audit::of).
    pub account: String,
    /// Identifier of the workspace.
    pub workspace: WorkspaceId,
    /// Name of the workspace.
    pub workspace_name: Option<String>,
    /// Kind of the finding, for programs to match on.
    pub kind: FindingKind,
    /// Kind of the DNS problem; `None` for other findings.
    pub dns_problem: Option<DnsProblemKind>,
    /// The domain name, the address, or the identifier of the subscription; for a pre-warmed subscription, its plan.
    pub subject: String,
    /// One sentence for a person.
    pub message: String,
}

/// Kind of a [`Finding`]. It is serialized in snake case, as in [`as_str`](Self::as_str).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FindingKind {
    /// The domain is not ACTIVE.
    DomainInactive,
    /// The registration of the domain expires within the window, and it does not renew automatically.
    RegistrationExpires,
    /// The domain no longer uses the service's name servers.
    NameServersChanged,
    /// The health of the domain is critical.
    CriticalHealth,
    /// A DNS record is missing or wrong; one finding for each problem.
    DnsProblem,
    /// The domain is in use and has no mailbox.
    DomainWithoutMailbox,
    /// The mailbox is not ACTIVE, for example FAILED or IN_PROGRESS.
    MailboxInactive,
    /// The mailbox is EXPIRED.
    MailboxExpired,
    /// The mailbox is ACTIVE and not among the exported addresses.
    MailboxNotExported,
    /// The subscription is due within the window, or was due before.
    SubscriptionDue,
    /// The last payment for the subscription failed.
    SubscriptionPastDue,
    /// The paid period of a subscription ends within the window, and the subscription may not be renewed: it is
    /// canceled or paused, or its status is unknown.
    SubscriptionEnds,
}

/// A failed request of an audit, or a summary of requests that were not sent because others had failed.
///
/// `Display` prints the account, the workspace, the domain, and the error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AuditFailure {
    /// Name of the account, as passed to [`Audit::of`](crate::Audit::of).
    pub account: String,
    /// Identifier of the workspace; `None` if the failure affects the whole account.
    pub workspace: Option<WorkspaceId>,
    /// Name of the workspace.
    pub workspace_name: Option<String>,
    /// Name of the domain whose health or DNS records could not be read; `None` for a list, and for several domains.
    pub domain: Option<String>,
    /// Identifier of the operation that failed.
    pub operation: Option<String>,
    /// Kind of the error, for programs to match on. It is serialized as in [`ErrorKind::as_str`].
    pub kind: ErrorKind,
    /// Text of the error for a person, with the number of domains and workspaces that were not read because of it.
    pub error: String,
}

words! {
    SubscriptionList {
        Mailboxes = "mailboxes",
        Prewarmed = "prewarmed",
        Placement = "placement",
        DnsShield = "dns_shield",
    }
}

words! {
    FindingKind {
        DomainInactive = "domain_inactive",
        RegistrationExpires = "registration_expires",
        NameServersChanged = "name_servers_changed",
        CriticalHealth = "critical_health",
        DnsProblem = "dns_problem",
        DomainWithoutMailbox = "domain_without_mailbox",
        MailboxInactive = "mailbox_inactive",
        MailboxExpired = "mailbox_expired",
        MailboxNotExported = "mailbox_not_exported",
        SubscriptionDue = "subscription_due",
        SubscriptionPastDue = "subscription_past_due",
        SubscriptionEnds = "subscription_ends",
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.subject, self.message)
    }
}

impl fmt::Display for AuditFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let account = (!self.account.is_empty()).then_some(self.account.as_str());
        let workspace = self.workspace_name.as_deref().or(self.workspace.as_ref().map(WorkspaceId::as_str));
        for part in [account, workspace, self.domain.as_deref()].into_iter().flatten() {
            write!(formatter, "{part}: ")?;
        }
        formatter.write_str(&self.error)
    }
}

/// Serializes a number. Whole numbers are written without a fraction.
fn optional_number<S: Serializer>(number: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    /// Up to this limit, a float represents every whole number exactly.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number {
        Some(number) if number.fract() == 0.0 && number.abs() < EXACT => serializer.serialize_i64(*number as i64),
        Some(number) => serializer.serialize_f64(*number),
        None => serializer.serialize_none(),
    }
}

/// Serializes an amount as a number, as in the service's responses. A float is exact to 15 digits, which is enough for
/// every price.
fn optional_amount<S: Serializer>(amount: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
    optional_number(&amount.and_then(|amount| amount.to_string().parse().ok()), serializer)
}

fn read_amount<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    // `to_string` returns the shortest representation of the float, which is the text that was written.
    let amount = Option::<f64>::deserialize(deserializer)?.map(|amount| amount.to_string().parse());
    amount.transpose().map_err(serde::de::Error::custom)
}
