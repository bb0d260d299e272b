//! What a mailbox can be asked beside its fields.

use std::borrow::Cow;

use zapmail_sdk::types::Mailbox;

/// Questions about a mailbox.
pub trait MailboxExt {
    /// The address: `email`, or `username@domain` in the answers that lack it.
    ///
    /// ```
    /// use zapmail_sdk_ext::prelude::*;
    ///
    /// let mailbox: zapmail_sdk_ext::types::Mailbox = serde_json::from_str(
    ///     r#"{"id": "5d4c3b2a-1f0e-4d9c-8b7a-6e5f4d3c2b1a", "username": "dana", "domain": "acme-example.com"}"#,
    /// )?;
    /// assert_eq!(mailbox.address(), "dana@acme-example.com");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    fn address(&self) -> Cow<'_, str>;
}

impl MailboxExt for Mailbox {
    fn address(&self) -> Cow<'_, str> {
        if let Some(email) = self.email.as_deref().filter(|email| !email.is_empty()) {
            return email.into();
        }
        let part = |value: &Option<String>| value.clone().unwrap_or_default();
        format!("{}@{}", part(&self.username), part(&self.domain)).into()
    }
}
