//! Writing files so that nobody ever sees half of one.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Writes the file beside its place and moves it there once it is complete.
///
/// # Errors
///
/// When the folder cannot be made, or the file cannot be written; then what stood there before still does.
pub fn replace(file: &Path, content: &str) -> Result<()> {
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = folder.join(format!(".{name}.{}", std::process::id()));
    let written = fs::create_dir_all(folder)
        .and_then(|()| fs::write(&unfinished, content))
        .and_then(|()| fs::rename(&unfinished, file));
    if written.is_err() {
        // What is left of it; that it cannot be removed either adds nothing to the message.
        let _ = fs::remove_file(&unfinished);
    }
    written.with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::replace;

    #[test]
    fn a_file_is_written_whole_or_not_at_all() {
        let folder = tempfile::TempDir::new().unwrap();
        let file = folder.path().join("new/page.md");
        replace(&file, "one").unwrap();
        replace(&file, "two").unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "two");
        // A folder cannot be replaced by a file.
        replace(&folder.path().join("new"), "three").unwrap_err();
        assert_eq!(std::fs::read_dir(folder.path().join("new")).unwrap().count(), 1);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
