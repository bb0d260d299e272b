//! Access to the fields of JSON objects by name, in any case convention.
//!
//! The service writes `exportId` in one event and `export_id` in another. A value that cannot be read counts as
//! missing: an event must not be lost because of a field that is not needed for handling it.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value};
use zapmail_sdk::ids::{ExportId, SubscriptionId};
use zapmail_sdk::types::{ExportApp, SubscriptionStatus};
use zapmail_sdk::{NumberOrText, RawJson};

use super::times;

/// The fields of an object; empty if the value is not an object.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(Option<&'a Map<String, Value>>);

impl<'a> Fields<'a> {
    pub fn of(value: &'a Value) -> Self {
        Self(value.as_object())
    }

    /// Returns the value of the first readable field with this name, in any case convention.
    pub fn get<T: Field>(self, name: &str) -> Option<T> {
        self.named(name).find_map(T::read)
    }

    /// Returns the fields of the object in the field with this name.
    pub fn object(self, name: &str) -> Self {
        Self(self.named(name).find_map(Value::as_object))
    }

    fn named(self, name: &str) -> impl Iterator<Item = &'a Value> {
        let fields = self.0.into_iter().flatten();
        fields.filter(move |(key, _)| letters(key).eq(letters(name))).map(|(_, value)| value)
    }
}

/// Normalizes a name: lower case, without underscores.
fn letters(name: &str) -> impl Iterator<Item = u8> {
    name.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase())
}

/// A type that a field can be read as.
pub(super) trait Field: Sized {
    /// Reads a value; `None` if it is of a different type.
    fn read(value: &Value) -> Option<Self>;
}

/// Text that is not blank, or a number as text.
impl Field for String {
    fn read(value: &Value) -> Option<Self> {
        number_or_text(value).map(|text| text.to_string()).filter(|text| !text.trim().is_empty())
    }
}

impl Field for i64 {
    fn read(value: &Value) -> Option<Self> {
        number_or_text(value)?.as_i64()
    }
}

impl Field for Decimal {
    fn read(value: &Value) -> Option<Self> {
        number_or_text(value)?.as_decimal()
    }
}

impl Field for DateTime<Utc> {
    fn read(value: &Value) -> Option<Self> {
        times::read(value)
    }
}

impl Field for ExportId {
    fn read(value: &Value) -> Option<Self> {
        i64::read(value).map(Self::from)
    }
}

impl Field for SubscriptionId {
    fn read(value: &Value) -> Option<Self> {
        String::read(value).map(Self::from)
    }
}

impl Field for SubscriptionStatus {
    fn read(value: &Value) -> Option<Self> {
        String::read(value).map(Self::from)
    }
}

impl Field for ExportApp {
    fn read(value: &Value) -> Option<Self> {
        String::read(value).map(Self::from)
    }
}

/// Anything but null.
impl Field for RawJson {
    fn read(value: &Value) -> Option<Self> {
        (!value.is_null()).then(|| value.clone().into())
    }
}

/// Reads a number or text, unchanged.
fn number_or_text(value: &Value) -> Option<NumberOrText> {
    NumberOrText::deserialize(value).ok()
}
