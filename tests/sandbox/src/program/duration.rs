//! Durations on the command line.

use std::time::Duration;

/// Parses a number with a unit.
pub fn duration(text: &str) -> Result<Duration, String> {
    let expected = || "pass a number with the unit ms, s or m, such as 300ms, 1.5s or 2m".to_owned();
    let unit = text.trim_start_matches(|character: char| character.is_ascii_digit() || character == '.');
    let seconds = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        _ => return Err(expected()),
    };
    let number: f64 = text.trim_end_matches(unit).parse().map_err(|_| expected())?;
    Duration::try_from_secs_f64(number * seconds).map_err(|_| expected())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::duration;

    #[test]
    fn duration_is_number_and_unit() {
        for (text, milliseconds) in
            [("300ms", Some(300)), ("1.5s", Some(1500)), ("2m", Some(120_000)), ("0ms", Some(0)), ("300", None)]
        {
            assert_eq!(duration(text).ok(), milliseconds.map(Duration::from_millis), "{text}");
        }
        for text in ["", "s", "-1s", "1h", "1.2.3s", "ms300", "1e400s", "3 s"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
