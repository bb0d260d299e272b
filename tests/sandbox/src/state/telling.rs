//! What webhooks are told of domains, mailboxes, connections and subscriptions. The data of subscriptions has been observed,
//! and the health score in that of domains; the rest is assumed to be a short row.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{DomainKey, Provider, State};
use crate::clock::Moment;

const CONNECTION_CHANGED: &str = "domain.connection_status_changed";

impl State {
    /// A domain has changed.
    pub(crate) fn tell_of_domain(&mut self, key: DomainKey) {
        let data = self.about_domain(key, self.clock.now());
        self.emit("domain.updated", data);
    }

    /// A domain will have changed by itself.
    pub(crate) fn tell_of_domain_at(&mut self, key: DomainKey, moment: Moment) {
        let data = self.about_domain(key, moment);
        self.emit_at(moment, "domain.updated", data);
    }

    fn about_domain(&self, key: DomainKey, moment: Moment) -> Value {
        let domain = self.domain(key);
        json!({
            "id": domain.id,
            "domain": domain.name,
            "status": domain.status(moment),
            "serviceProvider": domain.provider.map(Provider::as_str),
            "workspaceId": self.workspace(domain.workspace).id,
            // That it is a number here, too, is assumed.
            "domainDetails": {"healthScore": domain.health_score(moment)},
        })
    }

    /// A connection begins: each of its statuses is told when its time comes.
    pub(crate) fn tell_of_connection(&mut self, position: usize) {
        let connection = &self.connections[position];
        let workspace = self.workspace(connection.workspace).id;
        let about = |status| json!({"id": connection.id, "domainName": connection.name, "status": status, "workspaceId": workspace});
        let changes: Vec<_> = connection.changes().map(|(moment, status)| (moment, about(status))).collect();
        for (moment, data) in changes {
            self.emit_at(moment, CONNECTION_CHANGED, data);
        }
    }

    /// A connection was removed: what would have become of it is not told.
    pub(crate) fn keep_quiet_of_connection(&mut self, id: Uuid) {
        let id = id.to_string();
        self.webhooks.forget_planned(|event_type, data| event_type == CONNECTION_CHANGED && data["id"] == id.as_str());
    }

    /// A subscription has changed, in a way that the event names.
    pub(crate) fn tell_of_subscription(&mut self, position: usize, event_type: &str) {
        let subscription = &self.subscriptions[position];
        // Flat and in camelCase, as observed; that both events of subscriptions are alike is assumed.
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

    /// A mailbox has changed.
    pub(crate) fn tell_of_mailbox(&mut self, key: DomainKey, id: Uuid) {
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
