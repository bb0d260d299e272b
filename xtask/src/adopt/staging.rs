//! Staging of edits on a copy of the folder: an edit that does not merge, or that changes anything else, is not written.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;
use tempfile::TempDir;

use super::change::Files;
use super::entry::unwritten;
use super::lines::Lines;
use crate::document::{Document, elements, entries};

/// A copy of the folder, with the edits so far.
pub struct Staging {
    folder: TempDir,
    pub document: Document,
    pub files: Files,
    /// The document and the files before the first edit.
    original: (Document, Files),
}

impl Staging {
    pub fn start(folder: &Path, document: &Document) -> Result<Self> {
        let copy = TempDir::new().context("cannot create a folder for a copy of the document")?;
        fs::create_dir(copy.path().join("groups")).context("cannot copy the document")?;
        let mut files = Files::new();
        let groups = folder.join("groups");
        let listing = fs::read_dir(&groups).with_context(|| format!("cannot list {}", groups.display()))?;
        let mut names = vec!["api.yaml".to_owned()];
        for entry in listing {
            let name = entry?.file_name().to_string_lossy().into_owned();
            names.extend(name.ends_with(".yaml").then(|| format!("groups/{name}")));
        }
        for name in names {
            let file = folder.join(&name);
            let text = fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;
            fs::write(copy.path().join(&name), &text).context("cannot copy the document")?;
            files.insert(name, Lines::new(&text));
        }
        let original = (document.clone(), files.clone());
        Ok(Self { folder: copy, document: document.clone(), files, original })
    }

    /// Merges the files into a document. Returns `None` if the edit changed more than the operation or one component,
    /// and new components. Descriptions must be kept, except with `may_lose` (a removed parameter, or a new component).
    pub fn merged(&self, files: &Files, id: &str, component: Option<&str>, may_lose: bool) -> Result<Option<Document>> {
        self.copy(files, &self.files)?;
        let next = Document::read(self.folder.path());
        self.copy(&self.files, files)?;
        let Ok(next) = next else { return Ok(None) };
        let expected = component.map_or_else(|| format!("operation {id}"), |name| format!("schemas {name}"));
        let (before, after) = (parts(&self.document), parts(&next));
        let known: BTreeSet<_> = before.iter().map(|(name, _)| name).collect();
        let is_alone = after.iter().all(|part| {
            part.0 == expected || before.contains(part) || (!known.contains(&part.0) && part.0.starts_with("schemas "))
        });
        let kept = before.iter().all(|(name, _)| after.iter().any(|(other, _)| other == name));
        let (mut old_texts, mut new_texts) = (BTreeMap::new(), BTreeMap::new());
        descriptions(self.document.value(), &mut old_texts);
        descriptions(next.value(), &mut new_texts);
        let are_kept = may_lose || old_texts.iter().all(|(text, count)| new_texts.get(text) >= Some(count));
        Ok((is_alone && kept && are_kept && next.value()["info"] == self.document.value()["info"]).then_some(next))
    }

    /// Accepts an edit: the next edit starts from its state.
    pub fn accept(&mut self, files: Files, document: Document) -> Result<()> {
        self.copy(&files, &self.files)?;
        self.files = files;
        self.document = document;
        Ok(())
    }

    /// Writes the files that differ from `other` to the copy.
    fn copy(&self, files: &Files, other: &Files) -> Result<()> {
        for (name, lines) in files.iter().filter(|(name, lines)| other.get(*name) != Some(*lines)) {
            fs::write(self.folder.path().join(name), lines.text()).context("cannot write the copy of the document")?;
        }
        Ok(())
    }

    /// The files that differ from the original, with their new text.
    pub fn changed(&self) -> Vec<(String, String)> {
        let changed = self.files.iter().filter(|(name, lines)| self.original.1.get(*name) != Some(*lines));
        changed.map(|(name, lines)| (name.clone(), lines.text())).collect()
    }

    /// Notes that list the descriptions that a person has to write.
    pub fn unwritten(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let before = parts(&self.original.0);
        for (name, value) in parts(&self.document) {
            if !before.iter().any(|part| part.0 == name && part.1 == value) {
                let mut locations = Vec::new();
                unwritten(value, "", &mut locations);
                if !locations.is_empty() {
                    let name = name.split_once(' ').map_or(name.as_str(), |(_, name)| name);
                    lines.push(format!("write for {name}: {}", locations.join(", ")));
                }
            }
        }
        lines
    }
}

/// The operations and components by name.
fn parts(document: &Document) -> Vec<(String, &Value)> {
    let operations = document.operations().map(|known| (format!("operation {}", known.id), known.value));
    let components = document.components().map(|known| (format!("{} {}", known.kind, known.name), known.value));
    operations.chain(components).collect()
}

/// Counts how often each description occurs.
fn descriptions<'a>(value: &'a Value, found: &mut BTreeMap<&'a str, usize>) {
    for (key, inner) in entries(value) {
        match inner.as_str().filter(|_| matches!(key, "description" | "summary")) {
            Some(text) => *found.entry(text).or_default() += 1,
            None => descriptions(inner, found),
        }
    }
    elements(value).for_each(|inner| descriptions(inner, found));
}
