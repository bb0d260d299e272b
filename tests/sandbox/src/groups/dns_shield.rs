//! DNS Shield: eligible domains, slots and subscriptions.

mod domains;
mod subscriptions;

use super::Table;

pub(super) use subscriptions::{MONTHLY_PRICE, protect_monthly};

pub(super) const HANDLERS: Table = &[
    ("list_dns_shield_domains", domains::list_dns_shield_domains),
    ("list_dns_shield_allocated_domains", domains::list_dns_shield_allocated_domains),
    ("allocate_dns_shield_domains", domains::allocate_dns_shield_domains),
    ("get_dns_shield_slots", subscriptions::get_dns_shield_slots),
    ("list_dns_shield_subscriptions", subscriptions::list_dns_shield_subscriptions),
    ("purchase_dns_shield", subscriptions::purchase_dns_shield),
    ("upgrade_dns_shield_plan", subscriptions::upgrade_dns_shield_plan),
    ("cancel_dns_shield_subscription", subscriptions::cancel_dns_shield_subscription),
];
