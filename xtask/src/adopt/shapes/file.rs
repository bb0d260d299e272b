//! A file of shapes, as `zapmail-sdk-ext` writes it.
//!
//! These are not its types: that crate is generated from the document, and xtask has to run while the document is broken.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::rules::operations::is_day;

/// The version that this reads.
const FORMAT: u32 = 1;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shapes {
    format: u32,
    /// Whether the recorder left out a part.
    #[serde(default)]
    pub incomplete: bool,
    /// By operation and status.
    pub operations: BTreeMap<String, BTreeMap<u16, Response>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// The day of the last one.
    pub observed: String,
    #[serde(rename = "responses")]
    _responses: u64,
    pub shape: Shape,
}

/// The shape of all values at one place.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shape {
    /// The number of objects around it that have it.
    pub seen: u64,
    types: String,
    pub words: BTreeSet<String>,
    /// Whether an enum had words that are not recorded.
    pub other_words: bool,
    pub objects: u64,
    #[serde(rename = "empty")]
    _empty: u64,
    pub properties: BTreeMap<String, Shape>,
    /// All properties whose names are not recorded.
    pub unnamed: Option<Box<Shape>>,
    /// The kinds of keys that are data.
    pub keys: String,
    pub values: Option<Box<Shape>>,
    pub items: Option<Box<Shape>>,
}

impl Shape {
    /// The kinds of values: `object`, `string:uuid`.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.types.split(" | ").filter(|kind| !kind.is_empty())
    }

    /// The formats of text; that of text without one is empty.
    pub fn formats(&self) -> BTreeSet<&str> {
        let texts = self.kinds().filter_map(|kind| kind.strip_prefix("string"));
        texts.map(|format| format.trim_start_matches(':')).collect()
    }

    pub fn has(&self, kind: &str) -> bool {
        self.kinds().any(|known| known == kind)
    }

    /// The kinds as one reads them.
    pub fn types(&self) -> &str {
        if self.types.is_empty() { "nothing" } else { &self.types }
    }

    /// The shape that a JSON pointer of properties leads to.
    pub fn at(&self, pointer: &str) -> Option<&Self> {
        pointer.split('/').skip(1).try_fold(self, |shape, name| shape.properties.get(name))
    }

    /// Whether there was more than null, empty lists and empty objects.
    pub fn has_content(&self) -> bool {
        self.kinds().any(|kind| !matches!(kind, "null" | "array" | "object"))
            || self.items.is_some()
            || !self.properties.is_empty()
            || self.unnamed.is_some()
            || self.values.is_some()
    }
}

/// Reads a file.
///
/// # Errors
///
/// When it cannot be read, or is not a file of shapes in the one format that there is.
pub fn read(file: &Path) -> Result<Shapes> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    parse(&text).with_context(|| format!("{} is not a file of shapes", file.display()))
}

pub fn parse(text: &str) -> Result<Shapes> {
    let shapes: Shapes = serde_json::from_str(text)?;
    if shapes.format != FORMAT {
        bail!("its format is {}, and only {FORMAT} is known", shapes.format);
    }
    for (id, responses) in &shapes.operations {
        if let Some((status, response)) = responses.iter().find(|(_, response)| !is_day(&response.observed)) {
            bail!("{id} {status} was observed on {}, which is not a day", response.observed);
        }
    }
    Ok(shapes)
}
