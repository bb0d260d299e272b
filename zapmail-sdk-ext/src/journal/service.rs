//! The service of an entry: a key that was used with a service, such as a sandbox, does not count as used with another.

use zapmail_sdk::{Error, ErrorKind, Result};

use super::entry::JournalEntry;

/// Checks that an entry is of a service, given by its base URL. The caller adds the hint.
///
/// # Errors
///
/// [`ErrorKind::Conflict`] if the entry is of a different service.
pub(crate) fn check(entry: &JournalEntry, service: &str) -> Result<()> {
    if entry.service == service {
        return Ok(());
    }
    let JournalEntry { key, service: used_with, .. } = entry;
    let started_at = entry.start_time();
    let message = format!(
        "the key `{key}` was already used with the service {used_with} at {started_at}, but this client uses {service}"
    );
    Err(Error::new(ErrorKind::Conflict, message))
}
