//! Event data, by the type of the event.
//!
//! The data of events is undocumented. Only fields that were observed in deliveries or in working receivers are typed;
//! other fields are untyped.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde_json::Value;
use zapmail_sdk::RawJson;
use zapmail_sdk::ids::{ExportId, SubscriptionId};
use zapmail_sdk::types::{ExportApp, SubscriptionStatus, WebhookEventType};

use super::fields::{Field, Fields};

/// The data of an event, by its type; see [`Event::data`](super::Event::data).
///
/// ```
/// use serde_json::json;
/// use zapmail_sdk_ext::types::SubscriptionStatus;
/// use zapmail_sdk_ext::webhooks::{Event, EventData};
///
/// fn describe(event: &Event) -> String {
///     match &event.data {
///         EventData::SubscriptionStatusChanged(change) => match &change.subscription_status {
///             Some(SubscriptionStatus::PastDue) => "pay the invoice".to_owned(),
///             status => format!("a subscription is {status:?}"),
///         },
///         EventData::ExportCompleted(export) => format!("export {:?} is complete", export.export_id),
///         EventData::Unknown { kind, .. } => format!("new: {kind}"),
///         other => other.kind().to_string(),
///     }
/// }
///
/// let past_due = json!({"subscriptionStatus": "PAST_DUE"});
/// assert_eq!(describe(&Event::new("evt_1", "subscription.status_changed", past_due)), "pay the invoice");
/// assert_eq!(describe(&Event::new("evt_2", "workspace.renamed", json!({}))), "new: workspace.renamed");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventData {
    /// `domain.updated`
    DomainUpdated(DomainUpdated),
    /// `domain.connection_status_changed`
    DomainConnectionStatusChanged(DomainConnectionStatusChanged),
    /// `mailbox.updated`
    MailboxUpdated(MailboxUpdated),
    /// `subscription.status_changed`
    SubscriptionStatusChanged(SubscriptionStatusChanged),
    /// `subscription.billing_changed`
    SubscriptionBillingChanged(SubscriptionBillingChanged),
    /// `export.started`
    ExportStarted(ExportEvent),
    /// `export.completed`
    ExportCompleted(ExportEvent),
    /// `export.failed`
    ExportFailed(ExportEvent),
    /// `export.reconnected`
    ExportReconnected(ExportEvent),
    /// `placement_test.status_changed`
    PlacementTestStatusChanged(PlacementTestStatusChanged),
    /// Any other type, such as those that begin with `workspace.`: the service adds types without notice.
    Unknown {
        /// Type of the event, as received.
        kind: String,
        /// The whole data, as received.
        data: RawJson,
    },
}

/// Implements the conversion between types and variants in both directions, from one table.
macro_rules! variants {
    ($($variant:ident($payload:ident),)*) => {
        impl EventData {
            /// Reads the data of an event of this type.
            ///
            /// ```
            /// use serde_json::json;
            /// use zapmail_sdk_ext::webhooks::EventData;
            ///
            /// let EventData::ExportFailed(export) = EventData::new("export.failed", json!({"exportId": "10421"})) else {
            ///     unreachable!()
            /// };
            /// assert_eq!(export.export_id, Some(10421.into()));
            /// ```
            pub fn new(kind: impl Into<WebhookEventType>, data: impl Into<RawJson>) -> Self {
                match kind.into() {
                    $(WebhookEventType::$variant => Self::$variant($payload::from(data.into())),)*
                    kind => Self::Unknown { kind: kind.to_string(), data: data.into() },
                }
            }

            /// Returns the type of the event.
            ///
            /// ```
            /// use serde_json::json;
            /// use zapmail_sdk_ext::types::WebhookEventType;
            /// use zapmail_sdk_ext::webhooks::EventData;
            ///
            /// let data = EventData::new(WebhookEventType::MailboxUpdated, json!({}));
            /// assert_eq!(data.kind(), WebhookEventType::MailboxUpdated);
            /// ```
            pub fn kind(&self) -> WebhookEventType {
                match self {
                    $(Self::$variant(_) => WebhookEventType::$variant,)*
                    Self::Unknown { kind, .. } => WebhookEventType::Unknown(kind.clone()),
                }
            }

            /// Returns the whole data, as received.
            ///
            /// ```
            /// use serde_json::json;
            /// use zapmail_sdk_ext::webhooks::EventData;
            ///
            /// let data = EventData::new("mailbox.updated", json!({"status": "ACTIVE"}));
            /// assert_eq!(data.raw().expose()["status"], "ACTIVE");
            /// ```
            pub fn raw(&self) -> &RawJson {
                match self {
                    $(Self::$variant(payload) => &payload.raw,)*
                    Self::Unknown { data, .. } => data,
                }
            }
        }
    };
}

variants! {
    DomainUpdated(DomainUpdated),
    DomainConnectionStatusChanged(DomainConnectionStatusChanged),
    MailboxUpdated(MailboxUpdated),
    SubscriptionStatusChanged(SubscriptionStatusChanged),
    SubscriptionBillingChanged(SubscriptionBillingChanged),
    ExportStarted(ExportEvent),
    ExportCompleted(ExportEvent),
    ExportFailed(ExportEvent),
    ExportReconnected(ExportEvent),
    PlacementTestStatusChanged(PlacementTestStatusChanged),
}

/// Declares the data of an event, with a reader for each field.
macro_rules! payload {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $reader:ident,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$field_doc])* pub $field: Option<$type>,)*
            /// The whole data, as received.
            pub raw: RawJson,
        }

        /// Reads the fields in any case convention; fields that are missing or of a different type are `None`.
        impl From<RawJson> for $name {
            fn from(raw: RawJson) -> Self {
                $(let $field = $reader(raw.expose(), stringify!($field));)*
                Self { $($field,)* raw }
            }
        }
    };
}

/// Reads a field of the data.
fn field<T: Field>(data: &Value, name: &str) -> Option<T> {
    Fields::of(data).get(name)
}

/// Reads a field of the object `domain_details`.
fn domain_detail<T: Field>(data: &Value, name: &str) -> Option<T> {
    Fields::of(data).object("domain_details").get(name)
}

payload! {
    /// Data of `domain.updated`.
    DomainUpdated {
        /// Health of the domain (`domainDetails.healthScore`). Its type has not been observed.
        health_score: RawJson = domain_detail,
    }
}

payload! {
    /// Data of `domain.connection_status_changed`. Its fields have not been observed.
    DomainConnectionStatusChanged {}
}

payload! {
    /// Data of `mailbox.updated`. Its fields have not been observed.
    MailboxUpdated {}
}

payload! {
    /// Data of `subscription.status_changed`.
    SubscriptionStatusChanged {
        /// Identifier of the subscription.
        subscription_id: SubscriptionId = field,
        /// New status.
        subscription_status: SubscriptionStatus = field,
        /// Key of the plan, such as `zap_google_growth_monthly`.
        unique_plan_key: String = field,
        /// Number of mailboxes that the subscription pays for.
        total_mailbox_quantity: i64 = field,
        /// Price, in USD.
        price: Decimal = field,
        /// End of the paid period.
        period_end: DateTime<Utc> = field,
    }
}

payload! {
    /// Data of `subscription.billing_changed`. Its fields have not been observed.
    SubscriptionBillingChanged {}
}

payload! {
    /// Data of `export.started`, `export.completed`, `export.failed` and `export.reconnected`. It has not been observed
    /// whether all four have both fields.
    ExportEvent {
        /// App to which the mailboxes are exported.
        app_name: ExportApp = field,
        /// Identifier of the export, for `get_export_status`.
        export_id: ExportId = field,
    }
}

payload! {
    /// Data of `placement_test.status_changed`. The statuses `SCHEDULED`, `COMPLETED` and `FAILED` have been observed,
    /// but not the name of the field.
    PlacementTestStatusChanged {}
}
