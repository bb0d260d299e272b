//! The spending guard: nothing is bought unless the program allows it.
//!
//! It acts before anything is sent, on operations that the document marks with `effect: spend` or `effect: authorize`.

use zapmail_sdk::{Error, ErrorKind, Operation, Result};

/// Whether a client may call operations that can cost money. Off by default: the service has no test mode, and every key
/// can spend.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Spending {
    #[default]
    Refused,
    Allowed,
}

impl Spending {
    /// # Errors
    ///
    /// [`ErrorKind::SpendingNotAllowed`] for an operation that spends, unless that is allowed.
    pub fn admit(self, operation: &'static Operation) -> Result<()> {
        if self == Self::Allowed || !operation.needs_permission_to_spend() {
            return Ok(());
        }
        let message = "this operation can cost money and spending is disabled; the request was not sent";
        Err(Error::new(ErrorKind::SpendingNotAllowed, message)
            .with_operation(operation)
            .with_hint("allow it with `zapmail.allow_spending()`"))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use zapmail_sdk::OPERATIONS;

    use super::Spending;
    use crate::ErrorKind;

    /// Everything that can cost money, written down by hand: a mistake in the document must not open the guard.
    const GUARDED: [&str; 17] = [
        "add_wallet_balance",
        "assign_prewarmed_domains",
        "purchase_addon_mailboxes",
        "purchase_dns_shield",
        "purchase_domains",
        "purchase_high_reputation_domains",
        "purchase_placement_plan",
        "purchase_placement_test",
        "purchase_prewarmed_plan",
        "purchase_subscription",
        "quick_setup",
        "renew_domains",
        "set_domain_auto_renew",
        "set_wallet_auto_recharge",
        "update_domain_renewal_settings",
        "upgrade_dns_shield_plan",
        "upgrade_subscription",
    ];

    #[test]
    fn guard_refuses_exactly_the_operations_that_can_cost_money() {
        let refusals =
            OPERATIONS.iter().filter_map(|operation| Some((operation.id, Spending::Refused.admit(operation).err()?)));
        let refusals: Vec<_> = refusals.collect();
        assert_eq!(refusals.iter().map(|(id, _)| *id).collect::<BTreeSet<_>>(), BTreeSet::from(GUARDED));
        for (id, error) in refusals {
            assert_eq!((error.kind(), error.may_have_been_processed()), (ErrorKind::SpendingNotAllowed, false), "{id}");
            let text = error.to_string();
            assert!(text.starts_with(&format!("{id}: ")) && text.contains("allow_spending()"), "{text}");
        }
    }

    #[test]
    fn allowed_spending_admits_every_operation() {
        assert!(OPERATIONS.iter().all(|operation| Spending::Allowed.admit(operation).is_ok()));
    }
}
