//! The purchase journal: ensures that each purchase is made only once, even if its command is run again.

use std::path::PathBuf;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use zapmail_sdk_ext::{Journal, Uuid};

use crate::connection::Connection;
use crate::failure::Failure;
use crate::profiles;

/// Opens the journal of a profile, or the journal for the API key of the environment. Each profile has a separate
/// journal, because two accounts can use the same idempotency key.
pub fn open(profile: Option<&str>) -> Result<Journal, Failure> {
    let parent = dirs::state_dir().or_else(dirs::data_local_dir);
    at(profiles::folder(parent)?.join(file(profile)))
}

/// Opens the journal of a connection. The journal of a demo is temporary: it is deleted together with the sandbox.
pub fn of(connection: &Connection) -> Result<Journal, Failure> {
    match connection.demo_folder() {
        Some(folder) => at(folder.join(file(None))),
        None => open(connection.profile.as_deref()),
    }
}

/// Returns the file name of a journal.
fn file(profile: Option<&str>) -> String {
    match profile {
        Some(name) => format!("purchases-{}.journal", utf8_percent_encode(name, NON_ALPHANUMERIC)),
        None => "purchases.journal".to_owned(),
    }
}

fn at(path: PathBuf) -> Result<Journal, Failure> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::io(format!("{} cannot be created", folder.display()), error))?;
    }
    Ok(Journal::file(path)?)
}

/// Generates a unique idempotency key.
pub fn new_key() -> String {
    format!("cli-{}", Uuid::new_v4())
}
