//! The value of a key in a report, of any JSON type. Stores no more text than can be shown.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::tolerance::EXACT_NUMBER;

/// Length, in bytes, after which no more texts of a list are collected.
const MAX_TEXT_LENGTH: usize = 1000;

/// A value that reports the outcome of the request.
pub(super) enum ReportValue {
    Null,
    Bool(bool),
    /// A number, and its decimal representation.
    Number(f64, String),
    Text(String),
    /// The texts in a list or an object.
    Parts {
        text: String,
        is_empty: bool,
    },
}

impl ReportValue {
    /// Returns a status that is a number or a string that begins with one.
    pub fn status(&self) -> Option<u16> {
        let number = match self {
            Self::Number(number, _) => Some(*number),
            Self::Text(text) => text.split_whitespace().next()?.parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        };
        // The cast saturates, so a number outside the range of `u16` does not become a valid status.
        number.map(|number| number as u16)
    }

    /// Returns a boolean that is sent as JSON or as a string.
    pub fn flag(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            Self::Text(_) => self.word().parse().ok(),
            _ => None,
        }
    }

    /// Returns a string in lower case, without surrounding whitespace; empty for a value of any other type.
    pub fn word(&self) -> String {
        if let Self::Text(text) = self { text.trim().to_ascii_lowercase() } else { String::new() }
    }

    pub fn is_blank(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Bool(flag) => !flag,
            Self::Number(number, _) => *number == 0.0,
            Self::Text(text) => text.trim().is_empty(),
            Self::Parts { is_empty, .. } => *is_empty,
        }
    }

    /// Returns the reason for a failure, unless it is blank.
    pub fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) | Self::Parts { text, .. } if !text.trim().is_empty() => Some(text),
            _ => None,
        }
    }

    pub fn into_id(self) -> Option<String> {
        match self {
            Self::Text(id) | Self::Number(_, id) => Some(id),
            _ => None,
        }
    }
}

impl<'de> Deserialize<'de> for ReportValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReportValueVisitor)
    }
}

struct ReportValueVisitor;

impl<'de> Visitor<'de> for ReportValueVisitor {
    type Value = ReportValue;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<ReportValue, E> {
        Ok(ReportValue::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<ReportValue, E> {
        Ok(ReportValue::Bool(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<ReportValue, E> {
        Ok(ReportValue::Number(number as f64, number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<ReportValue, E> {
        Ok(ReportValue::Number(number as f64, number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<ReportValue, E> {
        Ok(ReportValue::Number(number, number.to_string()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ReportValue, E> {
        Ok(ReportValue::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<ReportValue, E> {
        Ok(ReportValue::Text(text))
    }

    /// Collects the elements that are strings, and the messages of those that are objects.
    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<ReportValue, A::Error> {
        let (mut text, mut is_empty) = (String::new(), true);
        while text.len() < MAX_TEXT_LENGTH
            && let Some(element) = elements.next_element::<ReportValue>()?
        {
            is_empty = false;
            if let Some(part) = element.into_text() {
                text.push_str(if text.is_empty() { "" } else { ", " });
                text.push_str(&part);
            }
        }
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(ReportValue::Parts { text, is_empty })
    }

    /// Reads the message of an object.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ReportValue, A::Error> {
        let (mut text, mut is_empty) = (String::new(), true);
        while let Some(key) = map.next_key::<String>()? {
            is_empty = false;
            if key == EXACT_NUMBER {
                let number = map.next_value::<String>()?;
                return Ok(ReportValue::Number(number.parse().map_err(A::Error::custom)?, number));
            }
            if key == "message" {
                text = map.next_value::<ReportValue>()?.into_text().unwrap_or_default();
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(ReportValue::Parts { text, is_empty })
    }
}
