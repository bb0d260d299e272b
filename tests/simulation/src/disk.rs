//! The disk of the machine: it keeps the files that a killed process has written, without the effects of its
//! destructors.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use zapmail_sdk_ext::AssignReport;

/// An in-memory folder, used if it exists, because syncing it is cheap.
const MEMORY: &str = "/dev/shm";

/// The disk of the machine.
#[derive(Debug)]
pub struct Disk(TempDir);

/// A copy of all files on the disk.
#[derive(Debug)]
pub struct Image(BTreeMap<OsString, Vec<u8>>);

impl Disk {
    /// Creates an empty disk.
    pub fn new() -> io::Result<Self> {
        let folder = if Path::new(MEMORY).is_dir() { TempDir::new_in(MEMORY) } else { TempDir::new() };
        folder.map(Self)
    }

    /// The path of an account's journal.
    pub fn journal(&self, account: usize) -> PathBuf {
        self.0.path().join(format!("purchases-{account}.journal"))
    }

    /// Reads the stored report of an action.
    pub fn report(&self, action: u32) -> Option<AssignReport> {
        let text = fs::read(self.report_path(action)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Stores the report of an action.
    pub fn store_report(&self, action: u32, report: &AssignReport) {
        if let Ok(text) = serde_json::to_vec(report) {
            // Without the report, the action starts from the beginning, and checks the account first.
            _ = fs::write(self.report_path(action), text);
        }
    }

    fn report_path(&self, action: u32) -> PathBuf {
        self.0.path().join(format!("report-{action}.json"))
    }

    /// Copies all files.
    pub fn image(&self) -> io::Result<Image> {
        let files = fs::read_dir(self.0.path())?.map(|file| {
            let file = file?;
            let text = if is_lock(&file.path()) { Vec::new() } else { fs::read(file.path())? };
            Ok((file.file_name(), text))
        });
        files.collect::<io::Result<_>>().map(Image)
    }

    /// Restores the content of changed files. Files are written in place, because other processes might have them open.
    pub fn restore(&self, image: &Image) -> io::Result<()> {
        for (name, text) in &image.0 {
            let path = self.0.path().join(name);
            let is_unchanged = if is_lock(&path) { path.exists() } else { fs::read(&path).ok().as_ref() == Some(text) };
            if !is_unchanged {
                fs::write(path, text)?;
            }
        }
        Ok(())
    }

    /// Simulates a torn write to a journal: appends a part of its last line, without a line break.
    pub fn tear(&self, account: usize, part: u8) -> io::Result<()> {
        let path = self.journal(account);
        let Ok(text) = fs::read(&path) else { return Ok(()) };
        let last = text.split_inclusive(|byte| *byte == b'\n').next_back().unwrap_or_default();
        // The first line is written when the file is created, and is never torn.
        if last.len() == text.len() {
            return Ok(());
        }
        let length = usize::from(part) * last.len().saturating_sub(1) / 255;
        OpenOptions::new().append(true).open(path)?.write_all(&last[..length])
    }

    /// The content of all files, as text.
    pub fn text(&self) -> io::Result<String> {
        Ok(self.image()?.0.values().map(|text| String::from_utf8_lossy(text).into_owned()).collect())
    }

    /// The number of files that mark processes as alive.
    pub fn alive_files(&self) -> io::Result<usize> {
        let files = fs::read_dir(self.0.path())?;
        Ok(files.flatten().filter(|file| file.file_name().to_string_lossy().ends_with(".alive")).count())
    }
}

/// Returns whether a file serves only as a lock. It is empty, and Windows does not let it be read while it is locked.
fn is_lock(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "alive" || extension == "lock")
}
