//! Reads the four lists of subscriptions, each with its documented properties.
//!
//! Properties without a documented type are ignored, whatever their names suggest.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use zapmail_sdk::builder::ListPrewarmedSubscriptions;
use zapmail_sdk::types::{
    DnsShieldSubscription, PlacementSubscription, PrewarmedSubscription, Subscription, SubscriptionStatus,
};
use zapmail_sdk::{Error, ErrorKind, NumberOrText, Request, Result};

use super::origin::Origin;
use super::report::{SubscriptionList, SubscriptionRow};
use crate::client::Zapmail;

/// The number of rows per page.
const PAGE_SIZE: u32 = 100;

/// The maximum number of pages, far more than an account can have.
const MAX_PAGES: u32 = 1000;

impl SubscriptionList {
    pub(super) const ALL: [Self; 4] = [Self::Mailboxes, Self::Prewarmed, Self::Placement, Self::DnsShield];

    /// Reads the list of a workspace. Also returns the error if a page fails; the rows after it are missing.
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
    /// The identifier of the row, which is used to recognize a subscription that several workspaces list.
    pub row: Option<String>,
    subscription_id: Option<String>,
    status: Option<SubscriptionStatus>,
    plan: Option<String>,
    price: Option<Decimal>,
    due: Option<DateTime<Utc>>,
    payment_failure: Option<String>,
}

impl Listed {
    pub fn into_row(self, list: SubscriptionList, origin: &Origin<'_>) -> SubscriptionRow {
        let Self { row, subscription_id, status, plan, price, due, payment_failure } = self;
        SubscriptionRow {
            account: origin.account.to_owned(),
            workspace: origin.workspace.clone(),
            workspace_name: origin.workspace_name.clone(),
            list,
            id: row,
            subscription_id,
            // Converts a status in any letter case.
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

/// The rows have no documented identifier, so they are not compared between workspaces. The service was observed to
/// filter this list by workspace.
impl From<PrewarmedSubscription> for Listed {
    fn from(subscription: PrewarmedSubscription) -> Self {
        Self {
            status: subscription.subscription_status.map(SubscriptionStatus::from),
            plan: subscription.plan,
            price: subscription.price.as_ref().and_then(NumberOrText::as_decimal),
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

/// Adds the rows of all pages. The rows have no documented identifier, so the list does not implement `Paged`, which
/// would treat equal rows as the same subscription.
async fn prewarmed(zapmail: &Zapmail, found: &mut Vec<PrewarmedSubscription>) -> Result<()> {
    // The start and the end of each page in `found`.
    let mut pages = Vec::new();
    for number in 1..=MAX_PAGES {
        let page = zapmail.list_prewarmed_subscriptions().page(number).limit(PAGE_SIZE).send().await?;
        if page.subscriptions.is_empty() {
            return Ok(());
        }
        if pages.iter().any(|(start, end)| found[*start..*end] == page.subscriptions[..]) {
            return Err(not_advancing(format!("page {number} repeats an earlier page")));
        }
        let start = found.len();
        found.extend(page.subscriptions);
        pages.push((start, found.len()));
        // Both counters can be missing. In this case, the list ends with an empty page.
        let counted = |counter: &Option<NumberOrText>| counter.as_ref().and_then(NumberOrText::as_i64);
        let is_last = match (counted(&page.total_pages), counted(&page.total)) {
            (Some(total), _) => i64::from(number) >= total,
            (None, Some(rows)) => i64::try_from(found.len()).is_ok_and(|read| read >= rows),
            (None, None) => false,
        };
        if is_last {
            return Ok(());
        }
    }
    Err(not_advancing(format!("there are more than {MAX_PAGES} pages")))
}

fn not_advancing(message: String) -> Error {
    let error = Error::new(ErrorKind::RepeatedPage, format!("{message}; pagination is not advancing"));
    error.with_operation(ListPrewarmedSubscriptions::OPERATION)
}
