//! The reader of shape files written by `zapmail-sdk-ext`.
//!
//! It does not use that crate's types: the crate is generated from the document, and xtask must run while the document
//! is broken.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::rules::operations::is_day;

/// The supported version of the format.
const FORMAT: u32 = 1;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shapes {
    format: u32,
    /// Whether the recorder omitted parts of responses.
    #[serde(default)]
    pub incomplete: bool,
    /// The responses, by operation and status.
    pub operations: BTreeMap<String, BTreeMap<u16, Response>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// The day of the last response.
    pub observed: String,
    #[serde(rename = "responses")]
    _responses: u64,
    pub shape: Shape,
}

/// The shape of all values at one location.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Shape {
    /// The number of enclosing objects that have this property.
    pub seen: u64,
    types: String,
    pub words: BTreeSet<String>,
    /// Whether there were words that are not recorded.
    pub other_words: bool,
    pub objects: u64,
    #[serde(rename = "empty")]
    _empty: u64,
    pub properties: BTreeMap<String, Shape>,
    /// The combined shape of all properties whose names are not recorded.
    pub unnamed: Option<Box<Shape>>,
    /// The kinds of keys that are data.
    pub keys: String,
    pub values: Option<Box<Shape>>,
    pub items: Option<Box<Shape>>,
}

impl Shape {
    /// The kinds of values, such as `object` or `string:uuid`.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.types.split(" | ").filter(|kind| !kind.is_empty())
    }

    /// The formats of text; the empty string stands for text without a format.
    pub fn formats(&self) -> BTreeSet<&str> {
        let texts = self.kinds().filter_map(|kind| kind.strip_prefix("string"));
        texts.map(|format| format.trim_start_matches(':')).collect()
    }

    pub fn has(&self, kind: &str) -> bool {
        self.kinds().any(|known| known == kind)
    }

    /// The kinds for display.
    pub fn types(&self) -> &str {
        if self.types.is_empty() { "nothing" } else { &self.types }
    }

    /// The shape at a JSON pointer of property names.
    pub fn at(&self, pointer: &str) -> Option<&Self> {
        pointer.split('/').skip(1).try_fold(self, |shape, name| shape.properties.get(name))
    }

    /// Whether any value had content, that is, was not null, an empty list or an empty object.
    pub fn has_content(&self) -> bool {
        self.kinds().any(|kind| !matches!(kind, "null" | "array" | "object"))
            || self.items.is_some()
            || !self.properties.is_empty()
            || self.unnamed.is_some()
            || self.values.is_some()
    }
}

/// Reads a file of shapes.
///
/// # Errors
///
/// If the file cannot be read, or is not a file of shapes in the supported format.
pub fn read(file: &Path) -> Result<Shapes> {
    let text = fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    parse(&text).with_context(|| format!("{} is not a file of shapes", file.display()))
}

pub fn parse(text: &str) -> Result<Shapes> {
    let shapes: Shapes = serde_json::from_str(text)?;
    if shapes.format != FORMAT {
        bail!(
            "format {} is not supported; expected {FORMAT}, as written by the current `zapmail observe`",
            shapes.format
        );
    }
    for (id, responses) in &shapes.operations {
        if let Some((status, response)) = responses.iter().find(|(_, response)| !is_day(&response.observed)) {
            bail!("{id} {status} was observed on {}, which is not a day", response.observed);
        }
    }
    Ok(shapes)
}
