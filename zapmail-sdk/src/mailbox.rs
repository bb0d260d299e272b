//! Convenience methods for mailboxes.

use std::borrow::Cow;

use crate::types::Mailbox;

impl Mailbox {
    /// Returns the address: `email`, or `username@domain` if the response lacks `email`.
    ///
    /// ```
    /// let mailbox: zapmail_sdk::types::Mailbox = serde_json::from_str(
    ///     r#"{"id": "5d4c3b2a-1f0e-4d9c-8b7a-6e5f4d3c2b1a", "username": "dana", "domain": "acme-example.com"}"#,
    /// )?;
    /// assert_eq!(mailbox.address(), "dana@acme-example.com");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    pub fn address(&self) -> Cow<'_, str> {
        if let Some(email) = self.email.as_deref().filter(|email| !email.is_empty()) {
            return email.into();
        }
        let part = |value: &Option<String>| value.clone().unwrap_or_default();
        format!("{}@{}", part(&self.username), part(&self.domain)).into()
    }
}
