//! Exports of mailboxes to apps, and the stored logins of these apps.

mod accounts;
mod jobs;

use super::Table;

pub(super) use jobs::failure;

/// The export to a CSV file, an app without accounts.
const MANUAL: &str = "MANUAL";

pub(super) const HANDLERS: Table = &[
    ("export_mailboxes", jobs::export_mailboxes),
    ("get_export_status", jobs::get_export_status),
    ("list_export_accounts", accounts::list_export_accounts),
    ("add_export_account", accounts::add_export_account),
    ("update_export_account", accounts::update_export_account),
    ("list_export_workspaces", accounts::list_export_workspaces),
];
