//! Scheduled state transitions: refunds, recharges and connected domains.

use serde::{Deserialize, Serialize};

use super::{Cents, Domain, Origin, State};
use crate::clock::Timestamp;

/// A pending credit to the wallet: a refund or a recharge.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) amount: Cents,
    pub(crate) at: Timestamp,
}

impl State {
    /// Applies all transitions that are due. Called before each request, so that every request sees their results.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        self.refunds.retain(|refund| {
            let due = now >= refund.at;
            if due {
                self.wallet.balance = self.wallet.balance.plus(refund.amount);
            }
            !due
        });
        let due = self.connections.iter().enumerate().filter(|(_, connection)| connection.is_due(now));
        for position in due.map(|(position, _)| position).collect::<Vec<_>>() {
            self.add_connected_domain(position);
        }
    }

    /// Adds the domain of a successful connection request to the account.
    fn add_connected_domain(&mut self, position: usize) {
        let connection = &mut self.connections[position];
        connection.joined = true;
        let (id, name) = (connection.domain_id, connection.name.clone());
        let (workspace, at) = (connection.workspace, connection.ends_at());
        if self.find_domain(&name).is_none() {
            let key = self.add_domain(Domain::new(id, name, workspace, Origin::Connected, at));
            self.emit_domain_updated(key);
        }
    }
}
