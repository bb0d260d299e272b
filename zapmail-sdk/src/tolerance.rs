//! What the generated types accept beyond the document.

use serde::{Deserialize, Deserializer};

/// A list or a map that may be missing may be null as well.
pub(crate) fn null_as_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use crate::types::MailboxPage;

    #[test]
    fn a_list_may_be_missing_or_null() {
        for json in ["{}", r#"{"domains": null}"#, r#"{"domains": []}"#] {
            let page: MailboxPage = serde_json::from_str(json).unwrap();
            assert!(page.domains.is_empty(), "{json}");
        }
    }
}
