//! The report of an audit: flat rows without credentials, ready for CSV.

use std::fmt;

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use zapmail_sdk::ids::{DomainId, MailboxId, WorkspaceId};
use zapmail_sdk::types::{DomainHealthLabel, DomainStatus, MailboxStatus, ServiceProvider, SubscriptionStatus};
use zapmail_sdk::{Error, ErrorKind};

/// The result of an [`Audit`](crate::Audit): one list of rows for each kind of thing.
///
/// All rows are flat: their fields are strings, numbers, booleans and dates. No row has a credential, so the report can be
/// printed, stored and sent. Rows are in the order of the accounts, of their workspaces, and of the lists in them.
///
/// ```no_run
/// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> Result<(), Box<dyn std::error::Error>> {
/// let report = zapmail.audit().run().await;
/// report.failures.iter().for_each(|failure| eprintln!("{failure}"));
/// std::fs::write("audit.json", serde_json::to_string_pretty(&report)?)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AuditReport {
    /// All domains.
    pub domains: Vec<DomainRow>,
    /// All mailboxes.
    pub mailboxes: Vec<MailboxRow>,
    /// All subscriptions, canceled ones included.
    pub subscriptions: Vec<SubscriptionRow>,
    /// Conditions that need attention, workspace by workspace: those of domains, then of mailboxes, then of subscriptions.
    pub findings: Vec<Finding>,
    /// Requests that failed. If there is one, rows and findings can be missing.
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
#[derive(Debug, Clone, PartialEq, Serialize)]
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
    /// Number of mailboxes.
    pub mailboxes: Option<u64>,
    /// Health score from 0 to 100; `None` if there is no actual score, for example because the domain has no mailboxes.
    #[serde(serialize_with = "optional_number")]
    pub health_score: Option<f64>,
    /// Category of the health score.
    pub health_label: Option<DomainHealthLabel>,
    /// The problems of the DNS records, separated by `; `. Empty if there are none, `None` if the records were not read.
    pub dns_problems: Option<String>,
}

/// A mailbox in an [`AuditReport`], without its credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
/// The four lists of the service report different things, and a field that is not documented for a list is `None`: placement
/// test and DNS Shield subscriptions have no documented status, price or date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SubscriptionRow {
    /// Name of the account, as passed to [`Audit::of`](crate::Audit::of).
    pub account: String,
    /// Identifier of the workspace; of the first one, if several list the same subscription.
    pub workspace: WorkspaceId,
    /// Name of the workspace.
    pub workspace_name: Option<String>,
    /// The list that the subscription is from.
    pub list: SubscriptionList,
    /// Identifier that the other operations expect (`sub_...`), or that of the row if the list has no other. `None` for
    /// pre-warmed subscriptions, whose identifiers are not documented.
    pub id: Option<String>,
    /// Status of the subscription.
    pub status: Option<SubscriptionStatus>,
    /// Name of the plan; the billing type for placement test subscriptions.
    pub plan: Option<String>,
    /// Price of one period, in USD.
    #[serde(serialize_with = "optional_amount")]
    pub price: Option<Decimal>,
    /// End of the paid period: the next billing date, or the end of a canceled subscription.
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// Name of the account, as passed to [`Audit::of`](crate::Audit::of).
    pub account: String,
    /// Identifier of the workspace.
    pub workspace: WorkspaceId,
    /// Name of the workspace.
    pub workspace_name: Option<String>,
    /// Kind of the finding, for programs to decide by.
    pub kind: FindingKind,
    /// The domain name, the address, or the identifier of the subscription.
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
    /// The domain has no mailbox.
    DomainWithoutMailbox,
    /// The mailbox is not ACTIVE, for example FAILED or IN_PROGRESS.
    MailboxInactive,
    /// The mailbox is EXPIRED.
    MailboxExpired,
    /// The mailbox is ACTIVE and not among the exported addresses.
    MailboxNotExported,
    /// The subscription is due within the window.
    SubscriptionDue,
    /// The last payment for the subscription failed.
    SubscriptionPastDue,
    /// The subscription is canceled, and its paid period ends within the window.
    SubscriptionEnds,
}

/// A request of an audit that failed.
///
/// `Display` prints the account, the workspace, the domain, and the error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct AuditFailure {
    /// Name of the account, as passed to [`Audit::of`](crate::Audit::of).
    pub account: String,
    /// Identifier of the workspace; `None` if the list of workspaces could not be read.
    pub workspace: Option<WorkspaceId>,
    /// Name of the workspace.
    pub workspace_name: Option<String>,
    /// Name of the domain whose health or DNS records could not be read; `None` for a list.
    pub domain: Option<String>,
    /// Identifier of the operation that failed.
    pub operation: Option<String>,
    /// Kind of the error, for programs to decide by. It is serialized in snake case.
    #[serde(serialize_with = "error_kind")]
    pub kind: ErrorKind,
    /// The error, for a person.
    pub error: String,
}

/// Gives an enum the words under which its values are serialized and printed.
macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal,)* }) => {
        impl $name {
            /// Returns the word under which the value is serialized.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
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
        for place in [account, workspace, self.domain.as_deref()].into_iter().flatten() {
            write!(formatter, "{place}: ")?;
        }
        formatter.write_str(&self.error)
    }
}

/// The account and workspace of a row: the fields that all rows share.
pub(super) struct Place<'a> {
    pub account: &'a str,
    pub workspace: WorkspaceId,
    pub workspace_name: Option<String>,
}

impl Place<'_> {
    pub fn finding(&self, kind: FindingKind, subject: &str, message: String) -> Finding {
        Finding {
            account: self.account.to_owned(),
            workspace: self.workspace.clone(),
            workspace_name: self.workspace_name.clone(),
            kind,
            subject: subject.to_owned(),
            message,
        }
    }

    pub fn failure(&self, domain: Option<String>, error: &Error) -> AuditFailure {
        AuditFailure {
            workspace: Some(self.workspace.clone()),
            workspace_name: self.workspace_name.clone(),
            domain,
            ..AuditFailure::of_account(self.account, error)
        }
    }
}

impl AuditFailure {
    pub(super) fn of_account(account: &str, error: &Error) -> Self {
        Self {
            account: account.to_owned(),
            workspace: None,
            workspace_name: None,
            domain: None,
            operation: error.operation().map(str::to_owned),
            kind: error.kind(),
            error: error.to_string(),
        }
    }
}

/// Whole numbers are written without a fraction.
fn optional_number<S: Serializer>(number: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    /// Up to here, a float holds every whole number.
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number {
        Some(number) if number.fract() == 0.0 && number.abs() < EXACT => serializer.serialize_i64(*number as i64),
        Some(number) => serializer.serialize_f64(*number),
        None => serializer.serialize_none(),
    }
}

/// A number, as in the service's responses. A float holds every price: it is exact to 15 digits.
fn optional_amount<S: Serializer>(amount: &Option<Decimal>, serializer: S) -> Result<S::Ok, S::Error> {
    optional_number(&amount.and_then(|amount| amount.to_string().parse().ok()), serializer)
}

/// In snake case: `NotFound` is `not_found`.
fn error_kind<S: Serializer>(kind: &ErrorKind, serializer: S) -> Result<S::Ok, S::Error> {
    let mut word = String::new();
    for letter in format!("{kind:?}").chars() {
        if letter.is_ascii_uppercase() && !word.is_empty() {
            word.push('_');
        }
        word.push(letter.to_ascii_lowercase());
    }
    serializer.serialize_str(&word)
}
