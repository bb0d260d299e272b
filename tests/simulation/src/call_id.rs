//! The ids of calls.

use std::fmt;
use std::str::FromStr;

/// The id of a call, which all its requests have in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallId {
    /// The action.
    pub action: u32,
    /// The number of earlier starts of the process.
    pub incarnation: u32,
    /// Its number within the action.
    pub nth: u32,
}

impl fmt::Display for CallId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.action, self.incarnation, self.nth)
    }
}

impl FromStr for CallId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parts = text.splitn(3, '.');
        // A missing part is not a number.
        let mut next = || parts.next().unwrap_or_default().parse();
        Ok(Self { action: next()?, incarnation: next()?, nth: next()? })
    }
}
