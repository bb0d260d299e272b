//! A finding of a rule: the location, the problem and the remedy.

use std::fmt;

/// One violation of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// File to edit, below the folder `openapi`.
    pub file: String,
    /// Operation id, or the name of the component.
    pub location: String,
    /// The problem and the remedy.
    pub message: String,
}

impl Finding {
    pub fn new(file: &str, location: impl Into<String>, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), location: location.into(), message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "openapi/{}: {}: {}", self.file, self.location, self.message)
    }
}
