//! The location of a value in a body, derived from the position that serde_json reports.

use std::fmt;

use super::missing;
use crate::operations::PROPERTIES;
use crate::tolerance;

/// The path from the whole body to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Location(pub Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A property, by its name in the body.
    Key(String),
    /// An element of a list, counted from 0.
    Index(usize),
}

impl Location {
    /// Returns the location of an error.
    pub fn of(body: &[u8], error: &serde_json::Error) -> Self {
        let end = offset(body, error.line(), error.column());
        // serde reports the error of a field after it has tried to close the object. The location of a missing field is
        // the object itself.
        let text = error.to_string();
        let is_container = missing(&text).is_some() || text.starts_with(tolerance::LIST_OR_OBJECT);
        Self(steps(body, end, is_container))
    }
}

/// Writes the path in the form `domains[3].status`.
impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) => {
                    // An undocumented name can be data, such as a credential.
                    let is_documented = PROPERTIES.binary_search(&key.as_str()).is_ok();
                    formatter.write_str(if index == 0 { "" } else { "." })?;
                    formatter.write_str(if is_documented { key } else { "*" })?;
                }
                Step::Index(index) => write!(formatter, "[{index}]")?,
            }
        }
        Ok(())
    }
}

/// Returns the number of bytes before a position that serde_json reports: lines are counted from 1, and columns in
/// bytes.
fn offset(body: &[u8], line: usize, column: usize) -> usize {
    let newlines = body.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(index, _)| index + 1);
    let start = std::iter::once(0).chain(newlines).nth(line.saturating_sub(1)).unwrap_or_default();
    body.len().min(start.saturating_add(column))
}

/// An object or list that contains the position.
enum Frame {
    Object {
        /// The range of the current key, without its quotes.
        key: Option<(usize, usize)>,
        /// Whether the next string is a key.
        at_key: bool,
    },
    Array {
        index: usize,
    },
}

/// Returns the path to the last value in the first `end` bytes. If these bytes end with an object or a list,
/// `is_container` selects that container; otherwise, the path leads to the last value in it.
fn steps(body: &[u8], end: usize, is_container: bool) -> Vec<Step> {
    let mut frames = Vec::new();
    let mut index = 0;
    while index < end {
        let Some(byte) = body.get(index) else { break };
        index += 1;
        match byte {
            b'"' => {
                let start = index;
                index = end_of_string(body, start);
                if let Some(Frame::Object { key, at_key: at_key @ true }) = frames.last_mut() {
                    *key = Some((start, index.saturating_sub(1)));
                    *at_key = false;
                }
            }
            b'{' => frames.push(Frame::Object { key: None, at_key: true }),
            b'[' => frames.push(Frame::Array { index: 0 }),
            b'}' | b']' if is_container || index < end => _ = frames.pop(),
            b',' => match frames.last_mut() {
                Some(Frame::Object { key, at_key }) => (*key, *at_key) = (None, true),
                Some(Frame::Array { index }) => *index += 1,
                None => {}
            },
            _ => {}
        }
    }
    let step = |frame| match frame {
        Frame::Object { key: Some((start, end)), .. } => {
            // Includes the quotes, so that escape sequences are decoded.
            let quoted = body.get(start.saturating_sub(1)..end + 1).unwrap_or_default();
            Some(Step::Key(serde_json::from_slice(quoted).unwrap_or_default()))
        }
        Frame::Object { key: None, .. } => None,
        Frame::Array { index } => Some(Step::Index(index)),
    };
    frames.into_iter().filter_map(step).collect()
}

/// Returns the index after the closing quote of a string; `start` is the index after the opening quote.
fn end_of_string(body: &[u8], start: usize) -> usize {
    let mut index = start;
    while let Some(byte) = body.get(index) {
        index += 1;
        match byte {
            b'\\' => index += 1,
            b'"' => break,
            _ => {}
        }
    }
    index.min(body.len())
}
