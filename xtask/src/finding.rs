//! What a rule found: where, what is wrong, and what to do about it.

use std::fmt;

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// File to edit, below the folder `openapi`.
    pub file: String,
    /// Operation id, or the name of the component.
    pub place: String,
    /// What is wrong, and what to do about it.
    pub message: String,
}

impl Finding {
    pub fn new(file: &str, place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), place: place.into(), message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "openapi/{}: {}: {}", self.file, self.place, self.message)
    }
}
