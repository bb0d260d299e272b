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

use super::report::{Place, SubscriptionList, SubscriptionRow};
use crate::client::Zapmail;

/// Rows of one page.
const PAGE: u32 = 100;

impl SubscriptionList {
    pub(super) const ALL: [Self; 4] = [Self::Mailboxes, Self::Prewarmed, Self::Placement, Self::DnsShield];

    /// Reads the list of a workspace.
    pub(super) async fn read(self, zapmail: &Zapmail) -> Result<Vec<Listed>> {
        Ok(match self {
            Self::Mailboxes => listed(zapmail.list_subscriptions().send().await?),
            Self::Prewarmed => listed(prewarmed(zapmail).await?),
            Self::Placement => listed(zapmail.list_placement_subscriptions().send().await?),
            Self::DnsShield => listed(zapmail.list_dns_shield_subscriptions().send().await?),
        })
    }
}

/// A subscription of any of the lists.
#[derive(Debug, Default)]
pub(super) struct Listed {
    /// Identifier of the row. It finds a subscription that several workspaces list.
    pub row: Option<String>,
    id: Option<String>,
    status: Option<SubscriptionStatus>,
    plan: Option<String>,
    price: Option<Decimal>,
    due: Option<DateTime<Utc>>,
    payment_failure: Option<String>,
}

impl Listed {
    pub fn into_row(self, list: SubscriptionList, place: &Place<'_>) -> SubscriptionRow {
        let Self { row: _, id, status, plan, price, due, payment_failure } = self;
        SubscriptionRow {
            account: place.account.to_owned(),
            workspace: place.workspace.clone(),
            workspace_name: place.workspace_name.clone(),
            list,
            id,
            status,
            plan,
            price,
            due,
            payment_failure,
        }
    }
}

impl From<Subscription> for Listed {
    fn from(subscription: Subscription) -> Self {
        let row = subscription.id.to_string();
        Self {
            id: Some(subscription.subscription_id.map_or_else(|| row.clone(), |id| id.to_string())),
            row: Some(row),
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
        let row = subscription.id.to_string();
        Self {
            id: Some(subscription.subscription_id.map_or_else(|| row.clone(), |id| id.to_string())),
            row: Some(row),
            plan: subscription.plan_type.map(|plan| plan.to_string()),
            ..Self::default()
        }
    }
}

impl From<DnsShieldSubscription> for Listed {
    fn from(subscription: DnsShieldSubscription) -> Self {
        let row = subscription.id.to_string();
        Self { id: Some(row.clone()), row: Some(row), ..Self::default() }
    }
}

fn listed<S: Into<Listed>>(subscriptions: Vec<S>) -> Vec<Listed> {
    subscriptions.into_iter().map(Into::into).collect()
}

/// All pages. The rows have no documented identifier, so the list does not implement `Paged`.
async fn prewarmed(zapmail: &Zapmail) -> Result<Vec<PrewarmedSubscription>> {
    let mut pages: Vec<Vec<PrewarmedSubscription>> = Vec::new();
    for number in 1.. {
        let page = zapmail.list_prewarmed_subscriptions().page(number).limit(PAGE).send().await?;
        let total = page.total_pages.as_ref().and_then(Numeric::as_i64);
        if page.subscriptions.is_empty() {
            break;
        }
        if pages.last() == Some(&page.subscriptions) {
            let message = format!("page {number} repeats an earlier page; pagination is not advancing");
            let error = Error::new(ErrorKind::RepeatedPage, message);
            return Err(error.with_operation(ListPrewarmedSubscriptions::OPERATION));
        }
        pages.push(page.subscriptions);
        if total.is_none_or(|total| i64::from(number) >= total) {
            break;
        }
    }
    Ok(pages.into_iter().flatten().collect())
}
