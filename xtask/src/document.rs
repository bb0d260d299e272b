//! The document's files: reads `api.yaml` and `groups/*.yaml`, and merges them into the model of `zapmail-openapi`.
//!
//! Only maps are merged, because references in a group are already in their final form. In addition to the model, this
//! layer records the file of each operation and component, so that a finding can name it.

use std::collections::BTreeMap;
use std::fs;
use std::ops::Deref;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};
use zapmail_openapi::document::{self, METHODS};
pub use zapmail_openapi::document::{elements, entries, text};

use crate::suggest;

#[cfg(test)]
mod tests;

/// Sections whose entries come from several files.
const MERGED: [&str; 2] = ["paths", "components"];

/// The merged document, with the file of each part.
#[derive(Debug, Clone)]
pub struct Document {
    pub model: document::Document,
    /// File by `path method` or `kind name`.
    origins: BTreeMap<String, String>,
}

/// One operation of the document, with its file.
#[derive(Debug, Clone, Copy)]
pub struct Operation<'a> {
    pub file: &'a str,
    model: document::Operation<'a>,
}

/// One component of the document, with its file.
#[derive(Debug, Clone, Copy)]
pub struct Component<'a> {
    pub file: &'a str,
    pub kind: &'a str,
    pub name: &'a str,
    pub value: &'a Value,
}

impl Deref for Document {
    type Target = document::Document;

    fn deref(&self) -> &Self::Target {
        &self.model
    }
}

impl<'a> Deref for Operation<'a> {
    type Target = document::Operation<'a>;

    fn deref(&self) -> &Self::Target {
        &self.model
    }
}

impl Document {
    /// Reads and merges the files of the folder `openapi`.
    ///
    /// # Errors
    ///
    /// If a file cannot be read, is not valid YAML, has a section that belongs in another file, or defines a part that
    /// another file already defines.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut document = Self::of(Value::Null);
        let mut shared = map(parse(&folder.join("api.yaml"))?, "api.yaml")?;
        for section in MERGED {
            let parts = shared.remove(section).unwrap_or_default();
            document.merge(section, parts, "api.yaml")?;
        }
        for (key, value) in shared {
            document.model.value_mut()[key] = value;
        }
        for file in group_files(folder)? {
            let name = format!("groups/{}", file.file_name().unwrap_or_default().to_string_lossy());
            for (section, parts) in map(parse(&file)?, &name)? {
                if !MERGED.contains(&section.as_str()) {
                    bail!("openapi/{name}: `{section}` belongs in api.yaml; a group has only paths and components");
                }
                document.merge(&section, parts, &name)?;
            }
        }
        Ok(document)
    }

    /// Wraps a merged document, such as `zapmail.json` at some revision. The files of its parts are unknown.
    pub fn of(merged: Value) -> Self {
        Self { model: document::Document::new(merged), origins: BTreeMap::new() }
    }

    /// Merges the entries of one section, two levels deep: methods of a path, components of a kind.
    ///
    /// # Errors
    ///
    /// If the document already has one of them.
    pub fn merge(&mut self, section: &str, parts: Value, file: &str) -> Result<()> {
        for (outer, inner) in map(parts, file)? {
            for (name, value) in map(inner, file)? {
                if section == "paths" && !METHODS.contains(&name.as_str()) {
                    bail!(
                        "openapi/{file}: {outer} has `{name}`, which is not a method; use get, post, put, patch or delete, \
                                                 and define parameters in the operation"
                    );
                }
                let location = format!("{outer} {name}");
                if let Some(other) = self.origins.insert(location.clone(), file.to_owned()) {
                    bail!(
                        "openapi/{file}: {location} is already defined in {other}; rename it, or use the existing one"
                    );
                }
                self.model.value_mut()[section][&outer][name] = value;
            }
        }
        Ok(())
    }

    /// Returns all operations, with their files.
    pub fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        self.model.operations().map(|model| {
            let id = model.value["operationId"].as_str().unwrap_or("(no operationId)");
            let file = self.origin(&format!("{} {}", model.path, model.method));
            Operation { file, model: document::Operation { id, ..model } }
        })
    }

    /// Returns the operation with this id.
    ///
    /// # Errors
    ///
    /// If the operation does not exist. The message suggests the closest name.
    pub fn named(&self, id: &str) -> Result<Operation<'_>> {
        self.operations()
            .find(|operation| operation.id == id)
            .with_context(|| format!("unknown operation {id}{}", self.near(id)))
    }

    /// Returns the end of a message about an unknown operation.
    pub fn near(&self, id: &str) -> String {
        let near = suggest::did_you_mean(id, self.operations().map(|operation| operation.id));
        if near.is_empty() { "; openapi/OPERATIONS.md lists all operations".to_owned() } else { near }
    }

    /// Returns all components of every kind, with their files.
    pub fn components(&self) -> impl Iterator<Item = Component<'_>> {
        entries(&self.value()["components"]).flat_map(move |(kind, components)| {
            entries(components).map(move |(name, value)| {
                let file = self.origin(&format!("{kind} {name}"));
                Component { file, kind, name, value }
            })
        })
    }

    /// Returns the components that are schemas, with their files.
    pub fn schemas(&self) -> impl Iterator<Item = Component<'_>> {
        self.components().filter(|component| component.kind == "schemas")
    }

    /// Returns the paths and components of each file.
    pub fn by_file(&self) -> BTreeMap<&str, Value> {
        let mut files = BTreeMap::<_, Value>::new();
        for operation in self.operations() {
            files.entry(operation.file).or_default()["paths"][operation.path][operation.method] =
                operation.value.clone();
        }
        for Component { file, kind, name, value } in self.components() {
            files.entry(file).or_default()["components"][kind][name] = value.clone();
        }
        files
    }

    /// Serializes the document in its checked-in form: sorted keys, two spaces of indentation, a final line break.
    ///
    /// # Errors
    ///
    /// Never in practice: every parsed value can be serialized.
    pub fn to_json(&self) -> Result<String> {
        let mut value = self.value().clone();
        value.sort_all_objects();
        Ok(serde_json::to_string_pretty(&value)? + "\n")
    }

    fn origin(&self, key: &str) -> &str {
        self.origins.get(key).map_or("api.yaml", String::as_str)
    }
}

fn group_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let groups = folder.join("groups");
    let listing = fs::read_dir(&groups).with_context(|| format!("cannot list {}", groups.display()))?;
    let mut files = listing.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    Ok(files)
}

fn parse(file: &Path) -> Result<Value> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_saphyr::from_str(&text).with_context(|| format!("{} is not valid YAML", file.display()))
}

/// The value as a map; an empty section is an empty map.
fn map(value: Value, file: &str) -> Result<Map<String, Value>> {
    match value {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Map::new()),
        other => bail!("openapi/{file}: expected a map instead of {other}"),
    }
}
