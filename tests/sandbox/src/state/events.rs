//! Webhook events about domains, mailboxes, connections and subscriptions.
//!
//! The data of subscription events and the health score in domain events have been observed. All other data is assumed:
//! a shortened row.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Domain, DomainKey, Provider, State};
use crate::clock::Timestamp;

const CONNECTION_CHANGED: &str = "domain.connection_status_changed";

impl State {
    /// Changes a domain, and emits the event.
    pub(crate) fn change_domain(&mut self, key: DomainKey, now: Timestamp, change: impl FnOnce(&mut Domain)) {
        let domain = self.domain_mut(key);
        change(domain);
        domain.updated_at = now;
        self.emit_domain_updated(key);
    }

    /// Emits the event that a domain has changed.
    pub(crate) fn emit_domain_updated(&mut self, key: DomainKey) {
        let data = self.domain_event_data(key, self.clock.now());
        self.emit("domain.updated", data);
    }

    /// Schedules the event of a domain that will change without a request.
    pub(crate) fn schedule_domain_updated(&mut self, key: DomainKey, time: Timestamp) {
        let data = self.domain_event_data(key, time);
        self.emit_at(time, "domain.updated", data);
    }

    fn domain_event_data(&self, key: DomainKey, time: Timestamp) -> Value {
        let domain = self.domain(key);
        json!({
            "id": domain.id,
            "domain": domain.name,
            "status": domain.status(time),
            "serviceProvider": domain.provider.map(Provider::as_str),
            "workspaceId": self.workspace(domain.workspace).id,
            // Assumption: the score is a number here.
            "domainDetails": {"healthScore": domain.health_score(time)},
        })
    }

    /// Schedules one event for each status of a new connection request.
    pub(crate) fn schedule_connection_events(&mut self, position: usize) {
        let connection = &self.connections[position];
        let workspace = self.workspace(connection.workspace).id;
        let data = |status| json!({"id": connection.id, "domainName": connection.name, "status": status, "workspaceId": workspace});
        let changes: Vec<_> = connection.changes().map(|(time, status)| (time, data(status))).collect();
        for (time, data) in changes {
            self.emit_at(time, CONNECTION_CHANGED, data);
        }
    }

    /// Cancels the scheduled events of a removed connection request.
    pub(crate) fn cancel_connection_events(&mut self, id: Uuid) {
        let id = id.to_string();
        self.webhooks.cancel_planned(|event_type, data| event_type == CONNECTION_CHANGED && data["id"] == id.as_str());
    }

    /// Emits an event of type `event_type` about a subscription.
    pub(crate) fn emit_subscription_event(&mut self, position: usize, event_type: &str) {
        let subscription = &self.subscriptions[position];
        // Flat and in camel case, as observed. Assumption: both subscription events have the same data.
        let data = json!({
            "subscriptionId": subscription.subscription_id(),
            "subscriptionStatus": subscription.status(),
            "uniquePlanKey": subscription.plan_key(),
            "totalMailboxQuantity": subscription.mailboxes,
            "price": subscription.price.to_json(),
            "periodEnd": subscription.period(self.clock.now()).1.to_json(),
        });
        self.emit(event_type, data);
    }

    /// Emits the event that a mailbox has changed.
    pub(crate) fn emit_mailbox_updated(&mut self, key: DomainKey, id: Uuid) {
        let domain = self.domain(key);
        let Some(mailbox) = domain.mailboxes.iter().find(|mailbox| mailbox.id == id) else { return };
        let data = json!({
            "id": mailbox.id,
            "email": mailbox.address(domain),
            "status": mailbox.status(self.clock.now()),
            "domainId": domain.id,
            "serviceProvider": domain.provider.map(Provider::as_str),
            "workspaceId": self.workspace(domain.workspace).id,
        });
        self.emit("mailbox.updated", data);
    }
}
