//! A journal in a file: lines of JSON, each appended and synced to disk.
//!
//! A process locks a second file for a few milliseconds while it reads or writes the journal, so that processes do not
//! interfere with each other. This happens in the calling task, so that a dropped call never leaves a partial change.
//! Each process also keeps a third file locked for as long as it uses the journal. The lock shows the other processes
//! whether the purchases that it has started are still running.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fs4::{FileExt, TryLockError};
use futures_util::FutureExt;
use futures_util::future::{BoxFuture, ready};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;
use zapmail_sdk::{Error, ErrorKind, Result};

use super::claim_lost;
use super::entry::{EntryState, JournalEntry};
use super::store::{Claim, JournalStore};

/// The version of the file format.
const VERSION: u32 = 1;

/// The size, in bytes, from which a file is compacted.
const MIN_COMPACT_SIZE: u64 = 64 * 1024;

/// The number of lines per entry above which a file is compacted.
const MAX_LINES_PER_ENTRY: usize = 4;

/// A journal in a file.
pub(super) struct FileStore {
    path: PathBuf,
    /// The id of this handle.
    owner: Uuid,
    /// Locked for as long as the handle exists.
    _alive: File,
    state: Mutex<State>,
}

/// The contents of the file, as read so far.
#[derive(Default)]
struct State {
    generation: Option<Uuid>,
    /// The offset, in bytes, of the end of the last line that was read.
    end: u64,
    lines: usize,
    entries: BTreeMap<String, Owned>,
    /// The progress of runs, by run key and part.
    progress: BTreeMap<(String, String), Value>,
    /// The keys of the purchases that this handle is making.
    running: BTreeSet<String>,
    /// The entries of dropped calls that have not been recorded in the file yet.
    dropped: Vec<JournalEntry>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Owned {
    entry: JournalEntry,
    /// The id of the handle that wrote the entry.
    owner: Uuid,
}

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Line {
    /// The first line. The generation changes when the file is compacted.
    Journal { version: u32, generation: Uuid },
    /// The entry of a key. It replaces an earlier entry.
    Entry(Owned),
    /// The key is free.
    Free(String),
    /// A part of the progress of a run. It replaces the earlier value.
    Progress { run: String, part: String, progress: Value },
}

impl FileStore {
    /// Opens the journal, and creates its file if it does not exist.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Journal`] if the file cannot be read and written, or is not a journal.
    pub fn open(path: &Path) -> Result<Self> {
        let open = || {
            restrict_access(&open_or_create(path)?)?;
            // Symbolic links and a different working directory must lead to the same lock.
            let path = fs::canonicalize(path)?;
            let owner = Uuid::new_v4();
            let alive = open_or_create(&alive_path(&path, owner))?;
            FileExt::try_lock(&alive)?;
            Ok(Self { path, owner, _alive: alive, state: Mutex::default() })
        };
        let store = open().map_err(|error| unusable(path, &error))?;
        store.with_lock(|_| Ok(()))?;
        Ok(store)
    }

    /// Locks the file, reads it to its end, and runs an action.
    fn with_lock<T>(&self, action: impl FnOnce(&mut LockedFile<'_>) -> io::Result<T>) -> Result<T> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let run = |state: &mut State| {
            // The lock is released when the file is closed.
            let lock = open_or_create(&with_suffix(&self.path, "lock"))?;
            FileExt::lock(&lock)?;
            let mut journal = LockedFile { store: self, file: open_or_create(&self.path)?, state };
            journal.read()?;
            let end = journal.state.end;
            journal.record_dropped()?;
            let result = action(&mut journal)?;
            if journal.state.end > end {
                journal.compact();
            }
            Ok(result)
        };
        run(&mut state).map_err(|error| unusable(&self.path, &error))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether a handle is in use.
    fn is_alive(&self, owner: Uuid) -> io::Result<bool> {
        let path = alive_path(&self.path, owner);
        let file = match OpenOptions::new().read(true).write(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        match FileExt::try_lock(&file) {
            Ok(()) => {
                // The process has ended without removing its file.
                _ = fs::remove_file(path);
                Ok(false)
            }
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// The journal file while it is locked.
struct LockedFile<'a> {
    store: &'a FileStore,
    file: File,
    state: &'a mut State,
}

impl LockedFile<'_> {
    /// Reads the lines that were added. An incomplete last line was cut off by a crash, before anything that depends on
    /// it was sent.
    fn read(&mut self) -> io::Result<()> {
        let mut header = Vec::new();
        let length = self.file.metadata()?.len();
        self.file.seek(SeekFrom::Start(0))?;
        Read::by_ref(&mut self.file).take(256).read_to_end(&mut header)?;
        let first = header.split(|byte| *byte == b'\n').next().filter(|line| line.len() < header.len());
        let generation = match first.map(serde_json::from_slice) {
            Some(Ok(Line::Journal { version: VERSION, generation })) => generation,
            Some(Ok(Line::Journal { version, .. })) => {
                return Err(damaged(format!(
                    "it has version {version}, but this program supports only version {VERSION}"
                )));
            }
            None if is_torn_header(&header) => return self.rewrite(),
            _ => return Err(damaged("it is not a purchase journal".to_owned())),
        };
        if self.state.generation != Some(generation) || self.state.end > length {
            self.state.generation = Some(generation);
            (self.state.end, self.state.lines) = (0, 0);
            self.state.entries.clear();
            self.state.progress.clear();
        }
        let mut added = Vec::new();
        self.file.seek(SeekFrom::Start(self.state.end))?;
        self.file.read_to_end(&mut added)?;
        let complete = added.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
        for line in added[..complete].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
            let number = self.state.lines + 1;
            let line = serde_json::from_slice(line).map_err(|_| damaged(format!("line {number} is damaged")))?;
            self.state.apply(line);
        }
        self.state.end += complete as u64;
        if complete < added.len() {
            self.file.set_len(self.state.end)?;
        }
        Ok(())
    }

    /// Appends a line and syncs it to disk.
    fn append(&mut self, line: Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(&line)?;
        text.push(b'\n');
        self.file.seek(SeekFrom::Start(self.state.end))?;
        if let Err(error) = self.file.write_all(&text).and_then(|()| self.file.sync_data()) {
            // Remove a partially written line, which would be mistaken for a torn one, so that the next line can be
            // appended.
            _ = self.file.set_len(self.state.end);
            return Err(error);
        }
        self.state.end += text.len() as u64;
        self.state.apply(line);
        Ok(())
    }

    /// Rewrites the file if most of its lines are replaced by later ones. Nothing may be appended afterward.
    fn compact(&mut self) {
        let current = self.state.entries.len() + self.state.progress.len();
        if self.state.end >= MIN_COMPACT_SIZE
            && self.state.lines > MAX_LINES_PER_ENTRY * current
            && let Err(error) = self.rewrite()
        {
            // All lines are written; the file is only longer than necessary.
            tracing::warn!(%error, "the journal could not be compacted");
        }
    }

    /// Returns whether the key is still claimed by this entry.
    fn is_claimed_by(&self, entry: &JournalEntry) -> bool {
        self.state.entries.get(&entry.key).is_some_and(|owned| owned.entry.claim == entry.claim)
    }

    /// Records dropped calls in the file.
    fn record_dropped(&mut self) -> io::Result<()> {
        while let Some(entry) = self.state.dropped.last().cloned() {
            if self.is_claimed_by(&entry) {
                match entry.state {
                    EntryState::Claimed => self.append(Line::Free(entry.key.clone()))?,
                    _ => self.append(self.owned(&JournalEntry { state: EntryState::Unknown, ..entry.clone() }))?,
                }
            }
            self.state.running.remove(&entry.key);
            self.state.dropped.pop();
        }
        Ok(())
    }

    /// Replaces the file with a new one that contains only the current entries and progress. After an error, nothing
    /// may be appended.
    fn rewrite(&mut self) -> io::Result<()> {
        let (generation, header) = new_header();
        let mut text = Vec::new();
        let entries = self.state.entries.values().cloned().map(Line::Entry);
        let progress = self.state.progress.iter().map(|((run, part), progress)| Line::Progress {
            run: run.clone(),
            part: part.clone(),
            progress: progress.clone(),
        });
        let mut lines = 0;
        for line in [header].into_iter().chain(entries).chain(progress) {
            lines += 1;
            serde_json::to_writer(&mut text, &line)?;
            text.push(b'\n');
        }
        let temporary = with_suffix(&self.store.path, "new");
        _ = fs::remove_file(&temporary);
        let mut file = open_or_create(&temporary)?;
        file.write_all(&text)?;
        file.sync_all()?;
        // Closes the old file: Windows cannot replace an open file on every file system.
        self.file = file;
        fs::rename(&temporary, &self.store.path)?;
        // From now on, the new file is the journal, even if its name is not durable yet.
        self.state.generation = Some(generation);
        (self.state.end, self.state.lines) = (text.len() as u64, lines);
        sync_folder(&self.store.path)
    }

    fn claim_of(&self, owned: &Owned) -> io::Result<Claim> {
        let Owned { entry, owner } = owned;
        let can_be_running = matches!(entry.state, EntryState::Claimed | EntryState::Sent);
        let is_running = can_be_running
            && if *owner == self.store.owner {
                self.state.running.contains(&entry.key)
            } else {
                self.store.is_alive(*owner)?
            };
        Ok(Claim { entry: entry.clone(), is_running })
    }

    fn owned(&self, entry: &JournalEntry) -> Line {
        Line::Entry(Owned { entry: entry.clone(), owner: self.store.owner })
    }
}

impl State {
    fn apply(&mut self, line: Line) {
        self.lines += 1;
        match line {
            Line::Journal { .. } => {}
            Line::Entry(owned) => _ = self.entries.insert(owned.entry.key.clone(), owned),
            Line::Free(key) => _ = self.entries.remove(&key),
            Line::Progress { run, part, progress } => _ = self.progress.insert((run, part), progress),
        }
    }
}

impl JournalStore for FileStore {
    fn claim<'a>(&'a self, entry: &'a JournalEntry, _max_duration: Duration) -> BoxFuture<'a, Result<Option<Claim>>> {
        let claim = || {
            self.with_lock(|journal| {
                if let Some(owned) = journal.state.entries.get(&entry.key) {
                    let claim = journal.claim_of(owned)?;
                    let is_same_claim = claim.entry.claim == entry.claim;
                    if claim.entry.state != EntryState::Claimed || (claim.is_running && !is_same_claim) {
                        return Ok(Some(claim));
                    }
                }
                journal.append(journal.owned(entry))?;
                journal.state.running.insert(entry.key.clone());
                Ok(None)
            })
        };
        async move { claim() }.boxed()
    }

    fn write<'a>(&'a self, entry: &'a JournalEntry) -> BoxFuture<'a, Result<()>> {
        async move {
            let is_written = self.with_lock(|journal| {
                if !journal.is_claimed_by(entry) {
                    return Ok(false);
                }
                journal.append(journal.owned(entry))?;
                if entry.state != EntryState::Sent {
                    journal.state.running.remove(&entry.key);
                }
                Ok(true)
            })?;
            if is_written { Ok(()) } else { Err(claim_lost(&entry.key)) }
        }
        .boxed()
    }

    fn remove<'a>(&'a self, entry: &'a JournalEntry) -> BoxFuture<'a, Result<()>> {
        async move {
            let is_removed = self.with_lock(|journal| {
                if !journal.is_claimed_by(entry) {
                    return Ok(false);
                }
                journal.append(Line::Free(entry.key.clone()))?;
                journal.state.running.remove(&entry.key);
                Ok(true)
            })?;
            if is_removed { Ok(()) } else { Err(claim_lost(&entry.key)) }
        }
        .boxed()
    }

    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Claim>>> {
        async move {
            self.with_lock(|journal| journal.state.entries.get(key).map(|owned| journal.claim_of(owned)).transpose())
        }
        .boxed()
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<Claim>>> {
        let claims =
            self.with_lock(|journal| journal.state.entries.values().map(|owned| journal.claim_of(owned)).collect());
        ready(claims).boxed()
    }

    fn progress<'a>(&'a self, run: &'a str, part: &'a str) -> BoxFuture<'a, Result<Option<Value>>> {
        let key = (run.to_owned(), part.to_owned());
        async move { self.with_lock(|journal| Ok(journal.state.progress.get(&key).cloned())) }.boxed()
    }

    fn save_progress<'a>(
        &'a self,
        run: &'a JournalEntry,
        part: &'a str,
        progress: &'a Value,
    ) -> BoxFuture<'a, Result<()>> {
        async move {
            let is_saved = self.with_lock(|journal| {
                if !journal.is_claimed_by(run) {
                    return Ok(false);
                }
                let (run, part) = (run.key.clone(), part.to_owned());
                journal.append(Line::Progress { run, part, progress: progress.clone() })?;
                Ok(true)
            })?;
            if is_saved { Ok(()) } else { Err(claim_lost(&run.key)) }
        }
        .boxed()
    }

    fn abandon(&self, entry: &JournalEntry) {
        self.state().dropped.push(entry.clone());
        if let Err(error) = self.with_lock(|_| Ok(())) {
            // It is recorded the next time the journal is used.
            tracing::error!(key = entry.key, %error, "a dropped purchase could not be recorded in the journal");
        }
    }
}

impl Drop for FileStore {
    fn drop(&mut self) {
        _ = fs::remove_file(alive_path(&self.path, self.owner));
    }
}

impl fmt::Debug for FileStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.path.display())
    }
}

/// Returns whether a file without a complete line is empty, or contains only part of the first line.
fn is_torn_header(text: &[u8]) -> bool {
    let written = text.len() - text.iter().rev().take_while(|byte| **byte == 0).count();
    let beginning = format!(r#"{{"journal":{{"version":{VERSION},"generation":""#);
    let common = written.min(beginning.len());
    text[..common] == beginning.as_bytes()[..common]
}

fn new_header() -> (Uuid, Line) {
    let generation = Uuid::new_v4();
    (generation, Line::Journal { version: VERSION, generation })
}

/// Opens a file for reading and writing. If it does not exist, creates it with access for the current user only.
fn open_or_create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Denies other users access to a file that already existed.
fn restrict_access(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    _ = file;
    Ok(())
}

/// Syncs the folder of a file, so that the name of the file is durable, on systems that support it.
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

fn alive_path(path: &Path, owner: Uuid) -> PathBuf {
    with_suffix(path, &format!("{}.alive", owner.simple()))
}

fn damaged(reason: String) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}

fn unusable(path: &Path, error: &io::Error) -> Error {
    Error::new(ErrorKind::Journal, format!("the journal {} cannot be used: {error}", path.display()))
        .with_hint("use an undamaged journal of this version that this program can read and write")
}
