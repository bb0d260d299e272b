//! The error of a document that cannot be used.

use std::fmt;

/// The reason why a document cannot be used, and the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentError(String);

impl DocumentError {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for DocumentError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for DocumentError {}
