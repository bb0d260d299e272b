//! Repair of values in undocumented formats, such as numbers sent as strings, dates without a time, and empty strings.
//!
//! A single faulty value must not cost the caller a page of a list or the response to a purchase. A body that cannot be
//! decoded is repaired at the location of the error and decoded again: the value is converted to the expected format,
//! or replaced by `null` if it cannot be converted. That costs nothing unless decoding fails, and needs no separate
//! code for each field. Values that must not be guessed remain errors: whole lists, ids, and the data itself.
//! [`Response::body`](crate::Response::body) returns the original body.

use std::mem;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::{Number, Value};

use super::location::{Location, Step};

/// Maximum number of repairs of one body. A repair applies to all rows of a list, so each faulty field needs only one.
const MAX_REPAIRS: usize = 64;

/// The smallest timestamp that is read as milliseconds since 1970 instead of seconds.
const MIN_MILLISECONDS: i64 = 100_000_000_000;

/// The repairs of one body.
pub(super) struct Repairs {
    body: Vec<u8>,
    value: Option<Value>,
    count: usize,
}

impl Repairs {
    pub fn of(body: &[u8]) -> Self {
        Self { body: body.to_vec(), value: serde_json::from_slice(body).ok(), count: 0 }
    }

    /// Repairs the value that an error refers to, and the same field in all other rows; `None` if it cannot be
    /// repaired.
    pub fn next(&mut self, error: &serde_json::Error) -> Option<&[u8]> {
        self.count += 1;
        let text = error.to_string();
        let location = Location::of(&self.body, error).0;
        let value = self.value.as_mut().filter(|_| error.is_data() && self.count <= MAX_REPAIRS)?;
        let expected = expected(&text, &location)?;
        // `null` cannot be converted to anything else.
        let faulty = mem::discriminant(at(value, &location).filter(|value| !value.is_null())?);
        let changed = change(value, &location, &mut |value| {
            let repaired = convert(value, expected).unwrap_or_default();
            let is_changed = mem::discriminant(value) == faulty && repaired != *value;
            if is_changed {
                *value = repaired;
            }
            is_changed
        });
        self.body = serde_json::to_vec(value).ok().filter(|_| changed)?;
        Some(&self.body)
    }
}

/// The type of value that a field expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Integer,
    Number,
    Flag,
    Text,
    Time,
    /// Anything else, such as an object.
    Other,
}

/// Returns the expected type according to serde's message; `None` if the value must not be guessed.
fn expected(text: &str, location: &[Step]) -> Option<Expected> {
    let (_, words) = text.split_once("expected ").unwrap_or_default();
    let words = words.split(" at line ").next().unwrap_or_default();
    let is = |names: &[&str]| names.contains(&words);
    match words {
        // serde reports no expected type for a value that was first read as a string or a number, which is a date.
        "" if text.starts_with("missing field") || text.starts_with("duplicate field") => None,
        "" => Some(Expected::Time),
        _ if is(&["i64", "u64", "i32", "u32", "u16", "u8"]) => Some(Expected::Integer),
        _ if is(&["f64", "f32"]) => Some(Expected::Number),
        "a boolean" => Some(Expected::Flag),
        _ if words.contains("date") => Some(Expected::Time),
        _ if words.contains("string") => Some(Expected::Text),
        _ if words.contains("sequence") || words.contains("map") || words.contains("list") => None,
        // An object. The data itself must not be guessed.
        _ => (!is_data(location)).then_some(Expected::Other),
    }
}

/// Whether a location is the whole body, or the data in an envelope.
fn is_data(location: &[Step]) -> bool {
    match location {
        [] => true,
        [Step::Key(key)] => key == "data",
        _ => false,
    }
}

/// Converts a value to the expected type; `None` if it cannot be converted.
fn convert(value: &Value, expected: Expected) -> Option<Value> {
    let text = value.as_str().map(str::trim);
    match expected {
        Expected::Integer => {
            let number = text.map_or_else(|| value.as_f64(), |text| text.parse().ok())?;
            let exact = text.and_then(|text| text.parse::<i64>().ok());
            let is_whole = number.fract() == 0.0 && number.abs() < i64::MAX as f64;
            is_whole.then(|| exact.unwrap_or(number as i64).into())
        }
        Expected::Number => Number::from_f64(text?.parse().ok()?).map(Value::Number),
        Expected::Flag => match (text.map(str::to_ascii_lowercase).as_deref(), value.as_f64()) {
            (Some("true" | "1"), _) | (_, Some(1.0)) => Some(true.into()),
            (Some("false" | "0"), _) | (_, Some(0.0)) => Some(false.into()),
            _ => None,
        },
        Expected::Text if value.is_number() || value.is_boolean() => Some(value.to_string().into()),
        Expected::Time => serde_json::to_value(time(value)?).ok(),
        Expected::Text | Expected::Other => None,
    }
}

/// Parses a time. A time without a time zone is in UTC, and a date means midnight UTC.
fn time(value: &Value) -> Option<DateTime<Utc>> {
    if let Some(number) = value.as_f64() {
        let number = number as i64;
        return if number.abs() < MIN_MILLISECONDS {
            DateTime::from_timestamp(number, 0)
        } else {
            DateTime::from_timestamp_millis(number)
        };
    }
    let text = value.as_str()?.trim();
    let zoned = DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc());
    let formats = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    let local = || formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text, format).ok());
    let date = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    zoned.or_else(|| local().or_else(date).map(|time| time.and_utc()))
}

fn at<'v>(value: &'v Value, location: &[Step]) -> Option<&'v Value> {
    location.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.get(index),
    })
}

/// Applies a change to the values at a location, in every element of each list along the path. Returns whether a value
/// was changed.
fn change(value: &mut Value, location: &[Step], apply: &mut impl FnMut(&mut Value) -> bool) -> bool {
    let Some((step, rest)) = location.split_first() else { return apply(value) };
    match (step, value) {
        (Step::Key(key), Value::Object(properties)) => {
            properties.get_mut(key).is_some_and(|property| change(property, rest, apply))
        }
        (Step::Index(_), Value::Array(elements)) => {
            elements.iter_mut().fold(false, |changed, element| change(element, rest, apply) | changed)
        }
        _ => false,
    }
}
