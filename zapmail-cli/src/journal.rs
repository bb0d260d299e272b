//! The journal of purchases: each is made once, also if the command is run again.

use std::path::PathBuf;

use zapmail_sdk_ext::{Journal, Uuid, Zapmail};

use crate::connection::Connection;
use crate::failure::Failure;
use crate::profiles;

/// The name of the journal's file.
const FILE: &str = "purchases.journal";

/// Returns a client that may spend, and writes its purchases to the journal of this user.
///
/// A demo has a journal of its own, which ends with it as its sandbox does.
pub fn buyer(connection: &Connection) -> Result<Zapmail, Failure> {
    keep(connection, connection.zapmail.clone(), true)
}

/// Returns a client that keeps this journal, and may spend if that is permitted.
pub fn keep(connection: &Connection, client: Zapmail, may_spend: bool) -> Result<Zapmail, Failure> {
    let path = match connection.demo_folder() {
        Some(folder) => folder.join(FILE),
        None => path()?,
    };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::io(format!("{} cannot be created", folder.display()), error))?;
    }
    let client = if may_spend { client.allow_spending() } else { client };
    Ok(client.journal(Journal::file(path)?))
}

/// Returns a key that no other purchase has.
pub fn new_key() -> String {
    format!("cli-{}", Uuid::new_v4())
}

/// The file with the journal.
pub fn path() -> Result<PathBuf, Failure> {
    let of_system = dirs::state_dir().or_else(dirs::data_local_dir);
    profiles::folder(of_system).map(|folder| folder.join(FILE))
}
