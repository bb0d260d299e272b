//! The journal of purchases: each is made once, also if the command is run again.

use std::path::PathBuf;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use zapmail_sdk_ext::{Journal, Uuid};

use crate::connection::Connection;
use crate::failure::Failure;
use crate::profiles;

/// Opens the journal of a profile, since the keys of two accounts can be the same; without a profile, that of the environment.
pub fn open(profile: Option<&str>) -> Result<Journal, Failure> {
    let of_system = dirs::state_dir().or_else(dirs::data_local_dir);
    at(profiles::folder(of_system)?.join(file(profile)))
}

/// Opens the journal of a connection. A demo has one of its own, which ends with it as its sandbox does.
pub fn of(connection: &Connection) -> Result<Journal, Failure> {
    match connection.demo_folder() {
        Some(folder) => at(folder.join(file(None))),
        None => open(connection.profile.as_deref()),
    }
}

/// Returns the name of a journal's file.
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

/// Returns a key that no other purchase has.
pub fn new_key() -> String {
    format!("cli-{}", Uuid::new_v4())
}
