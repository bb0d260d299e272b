//! Serialization without credentials.

use std::cell::Cell;
use std::fmt;

use serde::{Serialize, Serializer};

thread_local! {
    /// Whether a [`Redacted`] is being serialized on this thread.
    static REDACTING: Cell<bool> = const { Cell::new(false) };
}

/// A wrapper that serializes a value without its credentials: each [`Secret`](crate::Secret) becomes `[redacted]`, and
/// each [`RawJson`](crate::RawJson) value becomes `[untyped]`.
///
/// Serializing a type such as `Mailbox` directly writes its live passwords and seeds, because requests must contain
/// them. Use this wrapper for logs, caches and exports.
///
/// ```
/// use zapmail_sdk::{Redacted, types::Mailbox};
///
/// let mailbox: Mailbox = serde_json::from_str(
///     r#"{"id": "5d4c3b2a-1f0e-4d9c-8b7a-6e5f4d3c2b1a", "username": "dana", "password": "not-a-real-password"}"#,
/// )?;
/// let written = serde_json::to_value(Redacted(&mailbox))?;
/// assert_eq!(written["username"], "dana");
/// assert_eq!(written["password"], "[redacted]");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Redacted<T>(pub T);

impl<T: Serialize> Serialize for Redacted<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// Resets the flag, even if serialization panics.
        struct Reset(bool);

        impl Drop for Reset {
            fn drop(&mut self) {
                REDACTING.set(self.0);
            }
        }

        let _reset = Reset(REDACTING.replace(true));
        self.0.serialize(serializer)
    }
}

impl<T: fmt::Debug> fmt::Debug for Redacted<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// Whether credentials are omitted from the value that is being serialized.
pub(crate) fn is_redacting() -> bool {
    REDACTING.get()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Redacted;
    use crate::{RawJson, Secret};

    #[test]
    fn only_the_wrapped_value_is_redacted() {
        let secret = Secret::from("not-a-real-password");
        let raw = RawJson::from(json!({"seed": "not-a-real-seed"}));
        let value = (Redacted((&secret, &raw)), &secret, &raw);
        assert_eq!(
            serde_json::to_value(value).unwrap(),
            json!([["[redacted]", "[untyped]"], "not-a-real-password", {"seed": "not-a-real-seed"}])
        );
    }
}
