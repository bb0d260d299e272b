//! Times in events, which may be numbers in several units, text, or dates.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Serialize, Serializer};
use serde_json::Value;
use zapmail_sdk::NumberOrText;

/// The smallest number that is read as milliseconds: as seconds, it would be in the year 5138.
const FIRST_MILLISECONDS: i64 = 100_000_000_000;

const NANOSECONDS: i64 = 1_000_000_000;

/// Reads a time: seconds, milliseconds, microseconds or nanoseconds since 1970, as a number or text, or a date.
pub(super) fn read(value: &Value) -> Option<DateTime<Utc>> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    match NumberOrText::from(text.as_str()).as_decimal() {
        Some(number) => since_1970(number),
        None => date(&text),
    }
}

fn since_1970(number: Decimal) -> Option<DateTime<Utc>> {
    // No time exceeds 64 bits, even in nanoseconds.
    i64::try_from(number.floor()).ok()?;
    let mut seconds = number;
    while seconds.abs() >= FIRST_MILLISECONDS.into() {
        seconds /= Decimal::ONE_THOUSAND;
    }
    let whole = seconds.floor();
    let rest = (seconds - whole) * Decimal::from(NANOSECONDS);
    DateTime::from_timestamp(whole.try_into().ok()?, rest.floor().try_into().ok()?)
}

/// A date without a zone is in UTC; a date without a time is midnight.
fn date(text: &str) -> Option<DateTime<Utc>> {
    ["", "Z", "T00:00:00Z"].iter().find_map(|rest| format!("{text}{rest}").parse().ok())
}

/// Writes seconds since 1970, as the service does, if they express the time exactly; otherwise a date.
pub(super) fn write<S: Serializer>(time: &Option<DateTime<Utc>>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) if time.timestamp_subsec_nanos() == 0 && time.timestamp().abs() < FIRST_MILLISECONDS => {
            serializer.serialize_i64(time.timestamp())
        }
        time => time.serialize(serializer),
    }
}
