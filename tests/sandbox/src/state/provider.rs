//! The providers of mailboxes.

use serde::{Deserialize, Serialize};

/// A mailbox provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Provider {
    Google,
    Microsoft,
}

impl Provider {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Google => "GOOGLE",
            Self::Microsoft => "MICROSOFT",
        }
    }
}
