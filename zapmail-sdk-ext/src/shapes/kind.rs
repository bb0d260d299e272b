//! The types of values and keys; text is reduced to its format.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use uuid::Uuid;

use crate::names;
use crate::words::words;

/// The type of a value or a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Null,
    Boolean,
    Integer,
    Number,
    Text,
    Uuid,
    Instant,
    Date,
    Email,
    Uri,
    /// A number as text.
    Decimal,
    /// The name of a domain. Only keys have this type.
    Domain,
    Array,
    Object,
}

words!(Kind {
    Null = "null",
    Boolean = "boolean",
    Integer = "integer",
    Number = "number",
    Text = "string",
    Uuid = "string:uuid",
    Instant = "string:date-time",
    Date = "string:date",
    Email = "string:email",
    Uri = "string:uri",
    Decimal = "string:decimal",
    Domain = "string:domain",
    Array = "array",
    Object = "object",
});

/// Returns whether a text has a format.
type Matches = fn(&str) -> bool;

/// The formats of text. The first match applies.
const FORMATS: [(Kind, Matches); 6] = [
    (Kind::Uuid, is_uuid),
    (Kind::Instant, is_instant),
    (Kind::Date, is_date),
    (Kind::Decimal, is_decimal),
    (Kind::Uri, is_uri),
    (Kind::Email, is_email),
];

impl Kind {
    pub fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(number) if number.is_f64() => Self::Number,
            Value::Number(_) => Self::Integer,
            Value::String(text) => Self::of_text(text),
            Value::Array(_) => Self::Array,
            Value::Object(_) => Self::Object,
        }
    }

    fn of_text(text: &str) -> Self {
        FORMATS.iter().find(|(_, matches)| matches(text)).map_or(Self::Text, |(kind, _)| *kind)
    }

    pub fn of_key(key: &str) -> Self {
        match Self::of_text(key) {
            Self::Text if names::is_domain(&names::domain(key)) => Self::Domain,
            kind => kind,
        }
    }
}

pub(super) fn is_uuid(text: &str) -> bool {
    // Other notations of a UUID have different lengths.
    text.len() == 36 && Uuid::try_parse(text).is_ok()
}

fn is_instant(text: &str) -> bool {
    DateTime::parse_from_rfc3339(text).is_ok()
}

fn is_date(text: &str) -> bool {
    text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

/// Returns whether a text is a number in JSON notation. Codes and telephone numbers, which can begin with zeros, are
/// not.
fn is_decimal(text: &str) -> bool {
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    is_digits(whole) && is_digits(fraction) && (whole == "0" || !whole.starts_with('0'))
}

fn is_uri(text: &str) -> bool {
    ["https://", "http://"].iter().any(|scheme| text.starts_with(scheme)) && reqwest::Url::parse(text).is_ok()
}

fn is_email(text: &str) -> bool {
    names::is_address(text) && names::address(text).rsplit_once('@').is_some_and(|(_, domain)| names::is_domain(domain))
}

/// A set of types, serialized as `integer | null`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Kinds(BTreeSet<Kind>);

impl Kinds {
    pub fn insert(&mut self, kind: Kind) {
        self.0.insert(kind);
    }

    pub fn merge(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Serialize for Kinds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // In reverse order: null, the least interesting type, comes last.
        let kinds: Vec<_> = self.0.iter().rev().map(|kind| kind.as_str()).collect();
        serializer.serialize_str(&kinds.join(" | "))
    }
}

impl<'de> Deserialize<'de> for Kinds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.split(" | ").map(|word| word.parse().map_err(D::Error::custom)).collect::<Result<_, _>>().map(Self)
    }
}
