//! Values in another form than the document's: numbers as text, dates without a time, empty texts.
//!
//! One such value must not lose a page of a list, or the response to a purchase. A body that cannot be decoded is repaired
//! at the place of the error and decoded again: the value is written in the form that is expected, or, if it cannot be,
//! as `null`. That costs nothing unless decoding fails, and needs no code of its own for each field. What must not be
//! guessed stays an error: whole lists, ids and the data itself. The body as it came is in
//! [`Response::body`](crate::Response::body).

use std::mem;

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use serde_json::{Number, Value};

use super::place::{Place, Step};

/// How often one body is repaired. Each repair is for all rows of a list, so there are as many as odd fields.
const MOST: usize = 64;

/// Numbers from here on are milliseconds since 1970, not seconds.
const MILLISECONDS: i64 = 100_000_000_000;

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

    /// Repairs the value that an error is about, and all like it in other rows; `None` if it cannot be repaired.
    pub fn next(&mut self, error: &serde_json::Error) -> Option<&[u8]> {
        self.count += 1;
        let text = error.to_string();
        let place = Place::of(&self.body, error).0;
        let value = self.value.as_mut().filter(|_| error.is_data() && self.count <= MOST)?;
        let expected = expected(&text, &place)?;
        // What the service sends as `null` has no other form.
        let odd = mem::discriminant(at(value, &place).filter(|odd| !odd.is_null())?);
        let changed = change(value, &place, &mut |value| {
            let repaired = convert(value, expected).unwrap_or_default();
            let is_changed = mem::discriminant(value) == odd && repaired != *value;
            if is_changed {
                *value = repaired;
            }
            is_changed
        });
        self.body = serde_json::to_vec(value).ok().filter(|_| changed)?;
        Some(&self.body)
    }
}

/// What a field takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Whole,
    Number,
    Flag,
    Text,
    Time,
    /// Anything else, such as an object.
    Other,
}

/// What is expected, in serde's words; `None` if that must not be guessed.
fn expected(text: &str, place: &[Step]) -> Option<Expected> {
    let (_, words) = text.split_once("expected ").unwrap_or_default();
    let words = words.split(" at line ").next().unwrap_or_default();
    let is = |names: &[&str]| names.contains(&words);
    match words {
        // Nothing else is said of a value that was read as a text or a number first: a date.
        "" if text.starts_with("missing field") || text.starts_with("duplicate field") => None,
        "" => Some(Expected::Time),
        _ if is(&["i64", "u64", "i32", "u32", "u16", "u8"]) => Some(Expected::Whole),
        _ if is(&["f64", "f32"]) => Some(Expected::Number),
        "a boolean" => Some(Expected::Flag),
        _ if words.contains("date") => Some(Expected::Time),
        _ if words.contains("string") => Some(Expected::Text),
        _ if words.contains("sequence") || words.contains("map") || words.contains("list") => None,
        // An object. The data itself is not guessed.
        _ => (!is_data(place)).then_some(Expected::Other),
    }
}

/// Whether a place is the whole body, or the data in an envelope.
fn is_data(place: &[Step]) -> bool {
    match place {
        [] => true,
        [Step::Key(key)] => key == "data",
        _ => false,
    }
}

/// A value in the expected form; `None` if it has no meaning in it.
fn convert(value: &Value, expected: Expected) -> Option<Value> {
    let text = value.as_str().map(str::trim);
    match expected {
        Expected::Whole => {
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

/// A time without a zone is in UTC, and a date is its midnight.
fn time(value: &Value) -> Option<DateTime<Utc>> {
    if let Some(number) = value.as_f64() {
        let number = number as i64;
        return if number.abs() < MILLISECONDS {
            DateTime::from_timestamp(number, 0)
        } else {
            DateTime::from_timestamp_millis(number)
        };
    }
    let text = value.as_str()?.trim();
    let zoned = DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc());
    let forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    let local = || forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    let date = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    zoned.or_else(|| local().or_else(date).map(|time| time.and_utc()))
}

fn at<'v>(value: &'v Value, place: &[Step]) -> Option<&'v Value> {
    place.iter().try_fold(value, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.get(index),
    })
}

/// Changes the values at a place, in all elements of the lists on the way. Returns whether one was changed.
fn change(value: &mut Value, place: &[Step], to: &mut impl FnMut(&mut Value) -> bool) -> bool {
    let Some((step, rest)) = place.split_first() else { return to(value) };
    match (step, value) {
        (Step::Key(key), Value::Object(properties)) => {
            properties.get_mut(key).is_some_and(|property| change(property, rest, to))
        }
        (Step::Index(_), Value::Array(elements)) => {
            elements.iter_mut().fold(false, |changed, element| change(element, rest, to) | changed)
        }
        _ => false,
    }
}
