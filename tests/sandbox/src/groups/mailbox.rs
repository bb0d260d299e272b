//! Mailboxes and their authenticator codes.

pub(super) mod assign;
mod code;
mod jobs;
mod list;
mod removal;
mod update;
pub(super) mod username;

use super::Table;

pub(super) const HANDLERS: Table = &[
    ("list_mailboxes", list::list_mailboxes),
    ("get_mailbox", list::get_mailbox),
    ("assign_mailboxes", assign::assign_mailboxes),
    ("schedule_mailbox_creation", assign::schedule_mailbox_creation),
    ("update_mailboxes", update::update_mailboxes),
    ("schedule_mailbox_removal", removal::schedule_mailbox_removal),
    ("remove_mailboxes_instantly", removal::remove_mailboxes_instantly),
    ("get_authenticator_code", code::get_authenticator_code),
    ("retry_failed_mailboxes", jobs::retry_failed_mailboxes),
    ("start_custom_oauth", jobs::start_custom_oauth),
];
