//! Passwords that requests choose for mailboxes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A mailbox password. It is redacted in `Debug` output, to keep it out of the logs of tests.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Password(String);

impl Password {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Prints `[redacted]`.
impl fmt::Debug for Password {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[redacted]")
    }
}
