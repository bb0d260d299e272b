//! The file that a sandbox keeps its state in.
//!
//! It is replaced as a whole, by renaming another one: whoever reads it, and whenever the sandbox is killed, it is either
//! the old state or the new one.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::service::Service;
use crate::state::{StartingData, State};

/// What the file says that it is.
const FORMAT: &str = "zapmail-sandbox state 3";

/// Keeps the state in a file.
#[derive(Debug)]
pub(crate) struct Storage {
    path: PathBuf,
    /// One writes at a time, so that the file is never older than what was written before.
    gate: Mutex<()>,
}

#[derive(Serialize)]
struct Written<'a> {
    format: &'static str,
    state: &'a State,
}

/// Read before the state is, which another version may have written in another form.
#[derive(Deserialize)]
struct Heading {
    format: String,
}

#[derive(Deserialize)]
struct Read {
    state: State,
}

impl Storage {
    pub(crate) fn at(path: &Path) -> Self {
        Self { path: path.to_owned(), gate: Mutex::default() }
    }

    /// The state in the file, if there is such a file. Its time goes on where it stopped, or where a new sandbox's would
    /// start if that is later.
    pub(crate) fn load(&self, data: &StartingData) -> io::Result<Option<State>> {
        let text = match fs::read(&self.path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(self.explain("cannot be read", &error)),
        };
        let heading: Heading = serde_json::from_slice(&text).map_err(|error| self.broken(&error.to_string()))?;
        if heading.format != FORMAT {
            return Err(self.broken(&format!("its format is not \"{FORMAT}\"")));
        }
        let Read { mut state } = serde_json::from_slice(&text).map_err(|error| self.broken(&error.to_string()))?;
        state.index().map_err(|fault| self.broken(fault))?;
        state.shapes = data.shapes;
        state.clock = Clock::starting_at(state.clock.now().max(data.start));
        Ok(Some(state))
    }

    /// Replaces the file.
    pub(crate) fn save(&self, service: &Service) -> io::Result<()> {
        let _gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        // The state is not held longer than it takes to write it down.
        let text = serde_json::to_vec(&Written { format: FORMAT, state: &service.state() })?;
        self.replace(&text).map_err(|error| self.explain("cannot be written", &error))
    }

    /// The new file is beside the old one: a file can be renamed within its file system only.
    fn replace(&self, text: &[u8]) -> io::Result<()> {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let new = self.path.with_file_name(name);
        let written = write(&new, text).and_then(|()| fs::rename(&new, &self.path));
        if written.is_err() {
            // The fault is told; whether the rest of it can be removed matters no more.
            let _ = fs::remove_file(&new);
        }
        written
    }

    fn broken(&self, fault: &str) -> io::Error {
        let path = self.path.display();
        io::Error::new(io::ErrorKind::InvalidData, format!("{path} holds no state of a sandbox: {fault}"))
    }

    fn explain(&self, what: &str, error: &io::Error) -> io::Error {
        io::Error::new(error.kind(), format!("{} {what}: {error}", self.path.display()))
    }
}

fn write(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut file = BufWriter::new(File::create(path)?);
    file.write_all(text)?;
    file.into_inner()?.sync_all()
}
