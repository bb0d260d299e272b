//! The disk of the machine: what a process has written is there after it was killed, and nothing that its destructors did.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use zapmail_sdk_ext::AssignReport;

/// A folder in memory, where there is one: syncing it costs nothing.
const MEMORY: &str = "/dev/shm";

/// The disk of the machine.
#[derive(Debug)]
pub struct Disk(TempDir);

/// What was on the disk.
#[derive(Debug)]
pub struct Image(BTreeMap<OsString, Vec<u8>>);

impl Disk {
    /// An empty one.
    ///
    /// # Errors
    ///
    /// If the folder cannot be created.
    pub fn new() -> io::Result<Self> {
        let folder = if Path::new(MEMORY).is_dir() { TempDir::new_in(MEMORY) } else { TempDir::new() };
        folder.map(Self)
    }

    /// The journal of an account.
    pub fn journal(&self, account: usize) -> PathBuf {
        self.0.path().join(format!("purchases-{account}.journal"))
    }

    /// The report that an action has stored.
    pub fn report(&self, action: u32) -> Option<AssignReport> {
        let text = fs::read(self.report_path(action)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Stores the report of an action.
    pub fn store_report(&self, action: u32, report: &AssignReport) {
        if let Ok(text) = serde_json::to_vec(report) {
            // Without it the action begins anew, and looks first.
            _ = fs::write(self.report_path(action), text);
        }
    }

    fn report_path(&self, action: u32) -> PathBuf {
        self.0.path().join(format!("report-{action}.json"))
    }

    /// Copies everything.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn image(&self) -> io::Result<Image> {
        let files = fs::read_dir(self.0.path())?.map(|file| {
            let file = file?;
            Ok((file.file_name(), fs::read(file.path())?))
        });
        files.collect::<io::Result<_>>().map(Image)
    }

    /// Writes back what has changed since. A file that others hold open stays the same file.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn restore(&self, image: &Image) -> io::Result<()> {
        for (name, text) in &image.0 {
            let path = self.0.path().join(name);
            if fs::read(&path).ok().as_ref() != Some(text) {
                fs::write(path, text)?;
            }
        }
        Ok(())
    }

    /// Tears a line that was being written to a journal: a part of its last line follows, without an end.
    ///
    /// # Errors
    ///
    /// If it cannot be written.
    pub fn tear(&self, account: usize, part: u8) -> io::Result<()> {
        let path = self.journal(account);
        let Ok(text) = fs::read(&path) else { return Ok(()) };
        let last = text.split_inclusive(|byte| *byte == b'\n').next_back().unwrap_or_default();
        // The first line is written before anything else, with the file.
        if last.len() == text.len() {
            return Ok(());
        }
        let length = usize::from(part) * last.len().saturating_sub(1) / 255;
        OpenOptions::new().append(true).open(path)?.write_all(&last[..length])
    }

    /// Everything that is on the disk, as text.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn text(&self) -> io::Result<String> {
        Ok(self.image()?.0.values().map(|text| String::from_utf8_lossy(text).into_owned()).collect())
    }

    /// The number of files that tell of living processes.
    ///
    /// # Errors
    ///
    /// If the folder cannot be read.
    pub fn signs_of_life(&self) -> io::Result<usize> {
        let files = fs::read_dir(self.0.path())?;
        Ok(files.flatten().filter(|file| file.file_name().to_string_lossy().ends_with(".alive")).count())
    }
}
