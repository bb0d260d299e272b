//! Tolerant deserialization: values that the generated types accept in addition to the documented ones.

use std::borrow::Cow;
use std::fmt;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Number;

/// Deserializes null as an empty list or map. The service sends null for lists and maps that may be missing.
pub(crate) fn null_as_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

/// The beginning of the error for a list or an object where a string is expected.
pub(crate) const LIST_OR_OBJECT: &str = "a list or an object";

/// Consumes a list where a string is expected and returns an error. serde's own error would refer to a position inside
/// the list.
pub(crate) fn refuse_list<'de, T, A: SeqAccess<'de>>(mut elements: A) -> Result<T, A::Error> {
    while elements.next_element::<IgnoredAny>()?.is_some() {}
    Err(A::Error::custom(format_args!("{LIST_OR_OBJECT}, expected a string")))
}

/// Consumes an object where a string is expected and returns an error.
pub(crate) fn refuse_object<'de, T, A: MapAccess<'de>>(mut properties: A) -> Result<T, A::Error> {
    while properties.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Err(A::Error::custom(format_args!("{LIST_OR_OBJECT}, expected a string")))
}

/// The key of the object that serde_json passes for a number with a fraction if the program, or one of its
/// dependencies, enables its feature `arbitrary_precision`.
pub(crate) const EXACT_NUMBER: &str = "$serde_json::private::Number";

/// Reads such a number. Returns `None` for any other object, after its first property.
pub(crate) fn exact_number<'de, A: MapAccess<'de>>(properties: &mut A) -> Result<Option<Number>, A::Error> {
    match properties.next_key::<Cow<'de, str>>()? {
        Some(key) if key == EXACT_NUMBER => {
            properties.next_value::<Cow<'de, str>>()?.parse().map(Some).map_err(A::Error::custom)
        }
        Some(_) => properties.next_value::<IgnoredAny>().map(|_| None),
        None => Ok(None),
    }
}

/// A visitor for a union of a list and an object.
pub(crate) struct ListOrObject<L, O, U> {
    list: fn(L) -> U,
    object: fn(O) -> U,
}

impl<L, O, U> ListOrObject<L, O, U> {
    pub(crate) fn new(list: fn(L) -> U, object: fn(O) -> U) -> Self {
        Self { list, object }
    }
}

impl<'de, L: Deserialize<'de>, O: Deserialize<'de>, U> Visitor<'de> for ListOrObject<L, O, U> {
    type Value = U;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list or an object")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, elements: A) -> Result<U, A::Error> {
        L::deserialize(SeqAccessDeserializer::new(elements)).map(self.list)
    }

    fn visit_map<A: MapAccess<'de>>(self, properties: A) -> Result<U, A::Error> {
        O::deserialize(MapAccessDeserializer::new(properties)).map(self.object)
    }
}

#[cfg(test)]
mod tests {
    use crate::types::MailboxPage;

    #[test]
    fn missing_or_null_list_is_empty() {
        for json in ["{}", r#"{"domains": null}"#, r#"{"domains": []}"#] {
            let page: MailboxPage = serde_json::from_str(json).unwrap();
            assert!(page.domains.is_empty(), "{json}");
        }
    }
}
