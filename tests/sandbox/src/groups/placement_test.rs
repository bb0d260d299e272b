//! Placement tests, which show whether emails from the mailboxes arrive in the inbox.

mod orders;
mod plans;
mod purchase;
mod report;

use super::Table;

pub(super) const HANDLERS: Table = &[
    ("list_placement_subscriptions", plans::list_placement_subscriptions),
    ("get_placement_credits", plans::get_placement_credits),
    ("purchase_placement_plan", plans::purchase_placement_plan),
    ("cancel_placement_subscription", plans::cancel_placement_subscription),
    ("list_placement_mailboxes", purchase::list_placement_mailboxes),
    ("purchase_placement_test", purchase::purchase_placement_test),
    ("list_placement_orders", orders::list_placement_orders),
    ("get_placement_report", report::get_placement_report),
    ("get_placement_overall_report", report::get_placement_overall_report),
];
