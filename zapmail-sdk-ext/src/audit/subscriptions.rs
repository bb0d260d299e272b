//! The four lists of subscriptions, each with its documented properties.
//!
//! Properties without a documented type are not read, whatever their names suggest.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use zapmail_sdk::builder::ListPrewarmedSubscriptions;
use zapmail_sdk::types::{
    DnsShieldSubscription, PlacementSubscription, PrewarmedSubscription, Subscription, SubscriptionStatus,
};
use zapmail_sdk::{Error, ErrorKind, Numeric, Request, Result};

use super::place::Place;
use super::report::{SubscriptionList, SubscriptionRow};
use crate::client::Zapmail;

/// Rows of one page.
const PAGE: u32 = 100;

/// Maximum number of pages: far more than there can be.
const MOST_PAGES: u32 = 1000;

impl SubscriptionList {
    pub(super) const ALL: [Self; 4] = [Self::Mailboxes, Self::Prewarmed, Self::Placement, Self::DnsShield];

    /// Reads the list of a workspace. Returns also the error after which rows are missing.
    pub(super) async fn read(self, zapmail: &Zapmail) -> (Vec<Listed>, Option<Error>) {
        match self {
            Self::Mailboxes => listed(zapmail.list_subscriptions().send().await),
            Self::Prewarmed => {
                let mut found = Vec::new();
                let error = prewarmed(zapmail, &mut found).await.err();
                (found.into_iter().map(Into::into).collect(), error)
            }
            Self::Placement => listed(zapmail.list_placement_subscriptions().send().await),
            Self::DnsShield => listed(zapmail.list_dns_shield_subscriptions().send().await),
        }
    }
}

/// A subscription of any of the lists.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Identifier of the row. It finds a subscription that several workspaces list.
    pub row: Option<String>,
    subscription_id: Option<String>,
    status: Option<SubscriptionStatus>,
    plan: Option<String>,
    price: Option<Decimal>,
    due: Option<DateTime<Utc>>,
    payment_failure: Option<String>,
}

impl Listed {
    pub fn into_row(self, list: SubscriptionList, place: &Place<'_>) -> SubscriptionRow {
        let Self { row, subscription_id, status, plan, price, due, payment_failure } = self;
        SubscriptionRow {
            account: place.account.to_owned(),
            workspace: place.workspace.clone(),
            workspace_name: place.workspace_name.clone(),
            list,
            id: row,
            subscription_id,
            // In any letter case.
            status: status.map(|status| SubscriptionStatus::from(status.as_str())),
            plan,
            price,
            due,
            payment_failure,
        }
    }
}

impl From<Subscription> for Listed {
    fn from(subscription: Subscription) -> Self {
        Self {
            row: Some(subscription.id.to_string()),
            subscription_id: subscription.subscription_id.map(|id| id.to_string()),
            status: subscription.subscription_status,
            plan: subscription.plan,
            price: subscription.price,
            due: subscription.period_end,
            payment_failure: subscription.payment_failure_message,
        }
    }
}

/// Without an identifier, since none is documented. Rows are therefore not compared between workspaces; the service was
/// observed to honor the workspace for this list.
impl From<PrewarmedSubscription> for Listed {
    fn from(subscription: PrewarmedSubscription) -> Self {
        Self {
            status: subscription.subscription_status.map(SubscriptionStatus::from),
            plan: subscription.plan,
            price: subscription.price.as_ref().and_then(Numeric::as_decimal),
            due: subscription.period_end,
            ..Self::default()
        }
    }
}

impl From<PlacementSubscription> for Listed {
    fn from(subscription: PlacementSubscription) -> Self {
        Self {
            row: Some(subscription.id.to_string()),
            subscription_id: subscription.subscription_id.map(|id| id.to_string()),
            plan: subscription.plan_type.map(|plan| plan.to_string()),
            ..Self::default()
        }
    }
}

impl From<DnsShieldSubscription> for Listed {
    fn from(subscription: DnsShieldSubscription) -> Self {
        Self { row: Some(subscription.id.to_string()), ..Self::default() }
    }
}

fn listed<S: Into<Listed>>(outcome: Result<Vec<S>>) -> (Vec<Listed>, Option<Error>) {
    match outcome {
        Ok(subscriptions) => (subscriptions.into_iter().map(Into::into).collect(), None),
        Err(error) => (Vec::new(), Some(error)),
    }
}

/// Adds the rows of all pages. The rows have no documented identifier, so the list does not implement `Paged`, which would
/// also take equal rows for the same one.
async fn prewarmed(zapmail: &Zapmail, found: &mut Vec<PrewarmedSubscription>) -> Result<()> {
    // The beginning and the end of each page in `found`.
    let mut pages = Vec::new();
    for number in 1..=MOST_PAGES {
        let page = zapmail.list_prewarmed_subscriptions().page(number).limit(PAGE).send().await?;
        if page.subscriptions.is_empty() {
            return Ok(());
        }
        if pages.iter().any(|(start, end)| found[*start..*end] == page.subscriptions[..]) {
            return Err(endless(format!("page {number} repeats an earlier page")));
        }
        let start = found.len();
        found.extend(page.subscriptions);
        pages.push((start, found.len()));
        // Both counters can be missing: then the list ends with an empty page.
        let counted = |counter: &Option<Numeric>| counter.as_ref().and_then(Numeric::as_i64);
        let is_last = match (counted(&page.total_pages), counted(&page.total)) {
            (Some(total), _) => i64::from(number) >= total,
            (None, Some(rows)) => i64::try_from(found.len()).is_ok_and(|read| read >= rows),
            (None, None) => false,
        };
        if is_last {
            return Ok(());
        }
    }
    Err(endless(format!("there are more than {MOST_PAGES} pages")))
}

fn endless(message: String) -> Error {
    let error = Error::new(ErrorKind::RepeatedPage, format!("{message}; pagination is not advancing"));
    error.with_operation(ListPrewarmedSubscriptions::OPERATION)
}
