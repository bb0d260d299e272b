//! The file in which a sandbox stores its state.
//!
//! The file is replaced as a whole, by renaming a new file: a reader always sees either the old state or the new one,
//! even if the sandbox is killed.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::lock::lock;
use crate::state::{StartingData, State};

/// The format name in the file.
const FORMAT: &str = "zapmail-sandbox state 4";

/// A file for the state.
#[derive(Debug)]
pub(crate) struct Storage {
    path: PathBuf,
    /// Held while the file is written, so that an older state never replaces a newer one.
    write_lock: Mutex<()>,
}

#[derive(Serialize)]
struct StateFile<'a> {
    format: &'static str,
    state: &'a State,
}

/// Read before the state, which a different version may have written in a different format.
#[derive(Deserialize)]
struct Header {
    format: String,
}

#[derive(Deserialize)]
struct StoredState {
    state: State,
}

impl Storage {
    pub(crate) fn at(path: &Path) -> Self {
        Self { path: path.to_owned(), write_lock: Mutex::default() }
    }

    /// Returns the state in the file; `None` if the file does not exist. The clock continues from the stored time, or
    /// from the initial time in `data` if that is later.
    pub(crate) fn load(&self, data: &StartingData) -> io::Result<Option<State>> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.file_error("cannot be read", &error)),
        };
        let header: Header = serde_json::from_slice(&text).map_err(|error| self.invalid(&error.to_string()))?;
        if header.format != FORMAT {
            return Err(self.invalid(&format!("its format is not \"{FORMAT}\"")));
        }
        let StoredState { mut state } =
            serde_json::from_slice(&text).map_err(|error| self.invalid(&error.to_string()))?;
        state.index().map_err(|reason| self.invalid(reason))?;
        state.shapes = data.shapes;
        state.clock = Clock::starting_at(state.clock.now().max(data.start));
        Ok(Some(state))
    }

    /// Replaces the file.
    pub(crate) fn save(&self, state: &Mutex<State>) -> io::Result<()> {
        let _guard = lock(&self.write_lock);
        // The state is locked only while it is serialized.
        let text = serde_json::to_vec(&StateFile { format: FORMAT, state: &lock(state) })?;
        self.replace(&text).map_err(|error| self.file_error("cannot be written", &error))
    }

    /// Writes a new file, and renames it. The new file is in the same folder, because a file can be renamed only within
    /// a file system.
    fn replace(&self, text: &[u8]) -> io::Result<()> {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let new = self.path.with_file_name(name);
        let written = write(&new, text).and_then(|()| fs::rename(&new, &self.path));
        if written.is_err() {
            // Only the write error matters to the caller.
            let _ = fs::remove_file(&new);
        }
        written
    }

    fn invalid(&self, reason: &str) -> io::Error {
        let path = self.path.display();
        io::Error::new(io::ErrorKind::InvalidData, format!("{path} does not contain the state of a sandbox: {reason}"))
    }

    fn file_error(&self, problem: &str, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{} {problem}: {error}", self.path.display()))
    }
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(text)?;
    file.into_inner()?.sync_all()
}
