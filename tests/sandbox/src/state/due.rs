//! What comes by itself as time passes.

use serde::{Deserialize, Serialize};

use super::{Cents, Domain, Origin, State};
use crate::clock::Moment;

/// Money that comes into the wallet later: a refund or a recharge.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) amount: Cents,
    pub(crate) at: Moment,
}

impl State {
    /// Carries out what has come due: before each request, so that each sees it done.
    pub(crate) fn settle(&mut self, now: Moment) {
        self.refunds.retain(|refund| {
            let due = now >= refund.at;
            if due {
                self.wallet.balance = self.wallet.balance.plus(refund.amount);
            }
            !due
        });
        let due = self.connections.iter().enumerate().filter(|(_, connection)| connection.is_due(now));
        for position in due.map(|(position, _)| position).collect::<Vec<_>>() {
            self.join(position);
        }
    }

    /// Takes the domain of a connection into the account.
    fn join(&mut self, position: usize) {
        let connection = &mut self.connections[position];
        connection.joined = true;
        let (id, name) = (connection.domain_id, connection.name.clone());
        let (workspace, at) = (connection.workspace, connection.ends_at());
        if self.find_domain(&name).is_none() {
            let key = self.add_domain(Domain::new(id, name, workspace, Origin::Connected, at));
            self.tell_of_domain(key);
        }
    }
}
