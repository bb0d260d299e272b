//! A journal in a file: lines of JSON, appended and synced.
//!
//! A lock on a second file keeps processes apart while one reads or writes, for a few milliseconds; that happens in the
//! calling task, so that dropping a call leaves nothing half done. A third file is locked for as long as a process uses the
//! journal, and tells the others whether what it has begun is still running.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fs4::{FileExt, TryLockError};
use futures::FutureExt;
use futures::future::{BoxFuture, ready};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;
use zapmail_sdk::{Error, ErrorKind, Result};

use super::entry::{EntryState, JournalEntry};
use super::store::{Claim, JournalStore};
use super::taken;

/// The version of the format.
const VERSION: u32 = 1;

/// A shorter file is not compacted.
const COMPACT_FROM: u64 = 64 * 1024;

/// The number of lines for each entry from which a file is compacted.
const LINES_PER_ENTRY: usize = 4;

/// A journal in a file.
pub(super) struct FileStore {
    path: PathBuf,
    /// This process, or this handle of it.
    owner: Uuid,
    /// Locked for as long as the handle lives.
    _alive: File,
    state: Mutex<State>,
}

/// What was read of the file.
#[derive(Default)]
struct State {
    generation: Option<Uuid>,
    /// The end of the last line that was read.
    end: u64,
    lines: usize,
    entries: BTreeMap<String, Owned>,
    /// Of runs, by their keys and parts.
    progress: BTreeMap<(String, String), Value>,
    /// The keys of purchases that this handle is making.
    running: BTreeSet<String>,
    /// Calls that were dropped, which could not be noted yet.
    dropped: Vec<JournalEntry>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Owned {
    entry: JournalEntry,
    /// The handle that wrote it.
    owner: Uuid,
}

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Line {
    /// The first one. A file that was compacted has another generation.
    Journal { version: u32, generation: Uuid },
    /// The entry of a key, which replaces an earlier one.
    Entry(Owned),
    /// The key is free.
    Free(String),
    /// A part of the progress of a run, which replaces the earlier one.
    Progress { run: String, part: String, progress: Value },
}

impl FileStore {
    /// # Errors
    ///
    /// If the file cannot be read and written.
    pub fn open(path: &Path) -> Result<Self> {
        let open = || {
            protect(&create(path)?)?;
            // Links and another working directory must lead to the same lock.
            let path = fs::canonicalize(path)?;
            let owner = Uuid::new_v4();
            let alive = create(&alive_path(&path, owner))?;
            FileExt::try_lock(&alive)?;
            Ok(Self { path, owner, _alive: alive, state: Mutex::default() })
        };
        let store = open().map_err(|error| unusable(path, &error))?;
        store.locked(|_| Ok(()))?;
        Ok(store)
    }

    /// Runs an action with the file locked and read to its end.
    fn locked<T>(&self, action: impl FnOnce(&mut Opened<'_>) -> io::Result<T>) -> Result<T> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let run = |state: &mut State| {
            // Released when it is closed.
            let lock = create(&with_suffix(&self.path, "lock"))?;
            FileExt::lock(&lock)?;
            let mut opened = Opened { store: self, file: create(&self.path)?, state };
            opened.read()?;
            opened.note_dropped()?;
            action(&mut opened)
        };
        run(&mut state).map_err(|error| unusable(&self.path, &error))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a handle is in use.
    fn is_alive(&self, owner: Uuid) -> io::Result<bool> {
        let path = alive_path(&self.path, owner);
        let file = match OpenOptions::new().read(true).write(true).open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(error) => return Err(error),
        };
        match FileExt::try_lock(&file) {
            Ok(()) => {
                // Its process has ended without removing it.
                _ = fs::remove_file(path);
                Ok(false)
            }
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// The file while it is locked.
struct Opened<'a> {
    store: &'a FileStore,
    file: File,
    state: &'a mut State,
}

impl Opened<'_> {
    /// Reads what was added. A last line without its end was torn by a crash, and nothing was sent because of it.
    fn read(&mut self) -> io::Result<()> {
        let mut header = Vec::new();
        let length = self.file.metadata()?.len();
        self.file.seek(SeekFrom::Start(0))?;
        Read::by_ref(&mut self.file).take(256).read_to_end(&mut header)?;
        let first = header.split(|byte| *byte == b'\n').next().filter(|line| line.len() < header.len());
        let generation = match first.map(serde_json::from_slice) {
            Some(Ok(Line::Journal { version: VERSION, generation })) => generation,
            Some(Ok(Line::Journal { version, .. })) => {
                return Err(damaged(format!("it has version {version}, and this program knows {VERSION}")));
            }
            None if is_torn_header(&header) => return self.rewrite(),
            _ => return Err(damaged("it is not a journal of purchases".to_owned())),
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

    /// Appends a line, durably.
    fn append(&mut self, line: Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(&line)?;
        text.push(b'\n');
        self.file.seek(SeekFrom::Start(self.state.end))?;
        if let Err(error) = self.file.write_all(&text).and_then(|()| self.file.sync_data()) {
            // A part of a line would be taken for a torn one; without it, the next line can be appended.
            _ = self.file.set_len(self.state.end);
            return Err(error);
        }
        self.state.end += text.len() as u64;
        self.state.apply(line);
        if self.state.end >= COMPACT_FROM
            && self.state.lines > LINES_PER_ENTRY * (self.state.entries.len() + self.state.progress.len())
            && let Err(error) = self.rewrite()
        {
            // The line is written, and the file is merely long.
            tracing::warn!(%error, "the journal could not be compacted");
        }
        Ok(())
    }

    /// Whether a key is of this claim.
    fn is_of(&self, entry: &JournalEntry) -> bool {
        self.state.entries.get(&entry.key).is_some_and(|owned| owned.entry.claim == entry.claim)
    }

    /// Notes calls that were dropped.
    fn note_dropped(&mut self) -> io::Result<()> {
        while let Some(entry) = self.state.dropped.last().cloned() {
            if self.is_of(&entry) {
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

    /// Writes a new file with the present entries in place of the old one.
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
        let mut file = create(&temporary)?;
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&temporary, &self.store.path)?;
        // From now on, it is the new file that counts, whether its name is durable or not.
        self.file = file;
        self.state.generation = Some(generation);
        (self.state.end, self.state.lines) = (text.len() as u64, lines);
        sync_folder(&self.store.path)
    }

    fn claim_of(&self, owned: &Owned) -> io::Result<Claim> {
        let Owned { entry, owner } = owned;
        let may_run = matches!(entry.state, EntryState::Claimed | EntryState::Sent);
        let is_running = may_run
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
    fn claim<'a>(&'a self, entry: &'a JournalEntry, _lasts: Duration) -> BoxFuture<'a, Result<Option<Claim>>> {
        let claim = || {
            self.locked(|opened| {
                if let Some(owned) = opened.state.entries.get(&entry.key) {
                    let claim = opened.claim_of(owned)?;
                    let is_mine = claim.entry.claim == entry.claim;
                    if claim.entry.state != EntryState::Claimed || (claim.is_running && !is_mine) {
                        return Ok(Some(claim));
                    }
                }
                opened.append(opened.owned(entry))?;
                opened.state.running.insert(entry.key.clone());
                Ok(None)
            })
        };
        async move { claim() }.boxed()
    }

    fn write<'a>(&'a self, entry: &'a JournalEntry) -> BoxFuture<'a, Result<()>> {
        async move {
            let is_written = self.locked(|opened| {
                if !opened.is_of(entry) {
                    return Ok(false);
                }
                opened.append(opened.owned(entry))?;
                if entry.state != EntryState::Sent {
                    opened.state.running.remove(&entry.key);
                }
                Ok(true)
            })?;
            if is_written { Ok(()) } else { Err(taken(&entry.key)) }
        }
        .boxed()
    }

    fn remove<'a>(&'a self, entry: &'a JournalEntry) -> BoxFuture<'a, Result<()>> {
        async move {
            let is_removed = self.locked(|opened| {
                if !opened.is_of(entry) {
                    return Ok(false);
                }
                opened.append(Line::Free(entry.key.clone()))?;
                opened.state.running.remove(&entry.key);
                Ok(true)
            })?;
            if is_removed { Ok(()) } else { Err(taken(&entry.key)) }
        }
        .boxed()
    }

    fn read<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Option<Claim>>> {
        async move {
            self.locked(|opened| opened.state.entries.get(key).map(|owned| opened.claim_of(owned)).transpose())
        }
        .boxed()
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<Claim>>> {
        let claims = self.locked(|opened| opened.state.entries.values().map(|owned| opened.claim_of(owned)).collect());
        ready(claims).boxed()
    }

    fn progress<'a>(&'a self, run: &'a str, part: &'a str) -> BoxFuture<'a, Result<Option<Value>>> {
        let key = (run.to_owned(), part.to_owned());
        async move { self.locked(|opened| Ok(opened.state.progress.get(&key).cloned())) }.boxed()
    }

    fn save_progress<'a>(
        &'a self,
        run: &'a JournalEntry,
        part: &'a str,
        progress: &'a Value,
    ) -> BoxFuture<'a, Result<()>> {
        async move {
            let is_saved = self.locked(|opened| {
                if !opened.is_of(run) {
                    return Ok(false);
                }
                let (run, part) = (run.key.clone(), part.to_owned());
                opened.append(Line::Progress { run, part, progress: progress.clone() })?;
                Ok(true)
            })?;
            if is_saved { Ok(()) } else { Err(taken(&run.key)) }
        }
        .boxed()
    }

    fn abandon(&self, entry: &JournalEntry) {
        self.state().dropped.push(entry.clone());
        if let Err(error) = self.locked(|_| Ok(())) {
            // It is noted with the next use of the journal.
            tracing::error!(key = entry.key, %error, "a purchase that was dropped could not be noted");
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

/// Whether a file without a line is empty, or has a part of the first line.
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

/// Opens a file for reading and writing, or creates it for this user alone.
fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Keeps other users from reading a file that was there before.
fn protect(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    _ = file;
    Ok(())
}

/// Makes a new name durable, where the system can do that.
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
        .with_hint("it has to be a journal that this program can read and write, of this version and undamaged")
}
