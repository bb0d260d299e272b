//! The value of a report's key, in any form, without keeping more than can be shown.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Longest text that is collected from the parts of a list, in bytes.
const LONGEST_TEXT: usize = 1000;

/// A value that says how the request went.
pub(super) enum Told {
    Null,
    Bool(bool),
    /// As `f64`, and as it was written.
    Number(f64, String),
    Text(String),
    /// A list or an object: its texts.
    Parts {
        text: String,
        is_empty: bool,
    },
}

impl Told {
    /// A status as a number, or as a text that begins with one.
    pub fn status(&self) -> Option<u16> {
        let number = match self {
            Self::Number(number, _) => Some(*number),
            Self::Text(text) => text.split_whitespace().next()?.parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        };
        // Saturates, so that a number that is not a status stays out of the range of statuses.
        number.map(|number| number as u16)
    }

    /// Yes or no, also as text.
    pub fn flag(&self) -> Option<bool> {
        match self {
            Self::Bool(flag) => Some(*flag),
            Self::Text(_) => self.word().parse().ok(),
            _ => None,
        }
    }

    /// A text in lower case, without surrounding blanks; empty for anything else.
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

    /// A reason in words.
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

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ToldVisitor)
    }
}

struct ToldVisitor;

impl<'de> Visitor<'de> for ToldVisitor {
    type Value = Told;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Told, E> {
        Ok(Told::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Told, E> {
        Ok(Told::Bool(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Told, E> {
        Ok(Told::Number(number as f64, number.to_string()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Told, E> {
        Ok(Told::Number(number as f64, number.to_string()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Told, E> {
        Ok(Told::Number(number, number.to_string()))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Told, E> {
        Ok(Told::Text(text.to_owned()))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Told, E> {
        Ok(Told::Text(text))
    }

    /// The texts of the elements, or of their messages.
    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Told, A::Error> {
        let (mut text, mut is_empty) = (String::new(), true);
        while text.len() < LONGEST_TEXT
            && let Some(element) = elements.next_element::<Told>()?
        {
            is_empty = false;
            if let Some(part) = element.into_text() {
                text.push_str(if text.is_empty() { "" } else { ", " });
                text.push_str(&part);
            }
        }
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Told::Parts { text, is_empty })
    }

    /// The object's message.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Told, A::Error> {
        let (mut text, mut is_empty) = (String::new(), true);
        while let Some(key) = map.next_key::<String>()? {
            is_empty = false;
            if key == "message" {
                text = map.next_value::<Told>()?.into_text().unwrap_or_default();
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Told::Parts { text, is_empty })
    }
}
