//! The place of a value in a body, from the position that serde_json reports.

use std::fmt;

use super::missing;
use crate::operations::PROPERTIES;
use crate::tolerance;

/// The way from the whole body to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place(pub Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// A property, by the name in the body.
    Key(String),
    Index(usize),
}

impl Place {
    /// The place of an error.
    pub fn of(body: &[u8], error: &serde_json::Error) -> Self {
        let end = offset(body, error.line(), error.column());
        // serde reports an error of a field after it has tried to close the object. Of a missing field, the object is the
        // place.
        let text = error.to_string();
        let is_whole = missing(&text).is_some() || text.starts_with(tolerance::LIST_OR_OBJECT);
        Self(steps(body, end, is_whole))
    }
}

/// As `domains[3].status`.
impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, step) in self.0.iter().enumerate() {
            match step {
                Step::Key(key) => {
                    // Any other name can be data, such as a credential.
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

/// The number of bytes before a position as serde_json reports it: lines count from 1, columns are bytes.
fn offset(body: &[u8], line: usize, column: usize) -> usize {
    let newlines = body.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(index, _)| index + 1);
    let start = std::iter::once(0).chain(newlines).nth(line.saturating_sub(1)).unwrap_or_default();
    body.len().min(start.saturating_add(column))
}

/// One container around the position.
enum Frame {
    Object {
        /// The key, as the bytes between its quotes.
        key: Option<(usize, usize)>,
        at_key: bool,
    },
    Array {
        index: usize,
    },
}

/// The way to the last value in the first `end` bytes. If they end with an object or a list,
/// `whole` asks for that, and otherwise the place is the last value in it.
fn steps(body: &[u8], end: usize, whole: bool) -> Vec<Step> {
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
            b'}' | b']' if whole || index < end => _ = frames.pop(),
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
            // With its quotes, so that escapes are undone.
            let quoted = body.get(start.saturating_sub(1)..end + 1).unwrap_or_default();
            Some(Step::Key(serde_json::from_slice(quoted).unwrap_or_default()))
        }
        Frame::Object { key: None, .. } => None,
        Frame::Array { index } => Some(Step::Index(index)),
    };
    frames.into_iter().filter_map(step).collect()
}

/// The index behind a string's closing quote; `start` is behind the opening one.
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
