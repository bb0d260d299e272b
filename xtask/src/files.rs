//! The source files of the workspace, and the atomic replacement of files.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::git;

/// Writes a temporary file in the same folder, and renames it once it is complete.
///
/// # Errors
///
/// If the folder cannot be created or the file cannot be written. An existing file is then unchanged.
pub fn replace(file: &Path, content: &str) -> Result<()> {
    let folder = file.parent().unwrap_or_else(|| Path::new("."));
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let unfinished = folder.join(format!(".{name}.{}", std::process::id()));
    let written = fs::create_dir_all(folder)
        .and_then(|()| fs::write(&unfinished, content))
        .and_then(|()| fs::rename(&unfinished, file));
    if written.is_err() {
        // A second error would add nothing to the message.
        let _ = fs::remove_file(&unfinished);
    }
    written.with_context(|| format!("cannot write {}", file.display()))
}

/// Returns the names of all source files in alphabetical order: files that git tracks, and new files that it does not
/// ignore.
///
/// # Errors
///
/// If the folder is not a checkout.
pub fn sources(workspace: &Path) -> Result<Vec<String>> {
    let names = git::output(workspace, &["ls-files", "-z", "--cached", "--others", "--exclude-standard"])?;
    // Git still lists a removed file until its removal is staged.
    let exists = |name: &&str| !name.is_empty() && workspace.join(name).exists();
    let mut names: Vec<_> = names.split('\0').filter(exists).map(str::to_owned).collect();
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::replace;

    #[test]
    fn file_is_replaced_completely_or_not_at_all() {
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
