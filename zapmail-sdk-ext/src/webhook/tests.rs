//! Deliveries: accepted in every form of header and body that a signed event may have, rejected otherwise.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, Mac};
use sha2::Sha256;
use zapmail_sdk::Secret;

use super::{Event, Rejected, TOLERANCE, verify};

const BODY: &[u8] =
    br#"{"id":"evt_1","created":1790000000,"api_version":"2","type":"export.completed","data":{"exportId":10421}}"#;
const TIME: u64 = 1_790_000_000;

fn signature(secret: &str, time: u64, body: &[u8]) -> String {
    let mut signed = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    signed.update(format!("{time}.").as_bytes());
    signed.update(body);
    hex::encode(signed.finalize().into_bytes())
}

fn header(secret: &str, time: u64, body: &[u8]) -> String {
    format!("t={time},v1={}", signature(secret, time, body))
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn check(header: &str, body: &[u8], now: u64) -> Result<Event, Rejected> {
    verify(&Secret::from("not-a-real-secret"), header, body, at(now), TOLERANCE)
}

#[test]
fn valid_signature_returns_event() {
    let event = check(&header("not-a-real-secret", TIME, BODY), BODY, TIME + 5).unwrap();
    assert_eq!((event.id.as_str(), event.kind.as_str()), ("evt_1", "export.completed"));
    assert_eq!(event.data.expose()["exportId"], 10421);
    assert!(!format!("{event:?}").contains("10421"), "data is not printed");
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Export {
        export_id: i64,
    }
    assert_eq!(event.data_as::<Export>().unwrap().export_id, 10421);
    assert_eq!(event.data_as::<Vec<u8>>(), Err(Rejected::Unreadable));
}

#[test]
fn one_valid_signature_of_several_is_enough() {
    let [old, new] = ["another-secret", "not-a-real-secret"].map(|secret| signature(secret, TIME, BODY));
    for header in [format!("t={TIME},v1={old},v1={new}"), format!("t={TIME}, v1={new}, v1={old}, v2=later")] {
        assert!(check(&header, BODY, TIME).is_ok(), "{header}");
    }
}

#[test]
fn unknown_event_type_is_kept() {
    let body = br#"{"id":"evt_2","type":"workspace.renamed"}"#;
    let event = check(&header("not-a-real-secret", TIME, body), body, TIME).unwrap();
    assert_eq!(event.kind.as_str(), "workspace.renamed");
}

#[test]
fn header_with_blanks_commas_and_broken_values_is_accepted() {
    let good = signature("not-a-real-secret", TIME, BODY);
    for header in [
        format!("t={TIME},v1={good},"),
        format!(",t={TIME},,v1={good}, ,"),
        format!(" t={TIME} , v1={good} "),
        format!("t = {TIME}, v1 = {good}\r\n"),
        format!("v1={good},t={TIME}"),
        format!("t={TIME},v1={}", good.to_uppercase()),
        format!("t={TIME},v1=abc,v1={good}"),
        format!("t={TIME},v1={good},v1=not-hexadecimal"),
        format!("t={TIME},v1={good},v1="),
        format!("t={TIME},v1={good},v1"),
        format!("t={TIME},v0=old,v1={good}"),
    ] {
        assert!(check(&header, BODY, TIME).is_ok(), "{header:?}");
    }
}

#[test]
fn secret_with_blanks_around_it_is_trimmed() {
    let signed = header("not-a-real-secret", TIME, BODY);
    for secret in ["not-a-real-secret\n", "not-a-real-secret\r\n", "  not-a-real-secret\t", "\nnot-a-real-secret"] {
        assert!(verify(&Secret::from(secret), &signed, BODY, at(TIME), TOLERANCE).is_ok(), "{secret:?}");
    }
}

#[test]
fn blank_secret_rejects_everything() {
    for secret in ["", " ", "\n", " \r\n\t"] {
        for key in ["", secret] {
            let signed = header(key, TIME, BODY);
            let checked = verify(&Secret::from(secret), &signed, BODY, at(TIME), TOLERANCE);
            assert_eq!(checked.map(|_| ()), Err(Rejected::Forged), "{secret:?}");
        }
    }
}

#[test]
fn time_of_event_is_read_in_every_form() {
    const SECONDS: i64 = 1_790_000_000;
    let rows = [
        ("1790000000", Some(SECONDS)),
        ("1790000000.75", Some(SECONDS)),
        ("1.79e9", Some(SECONDS)),
        ("1790000000999", Some(SECONDS)),
        ("1790000000999.9", Some(SECONDS)),
        ("1790000000999999", Some(SECONDS)),
        ("1790000000999999999", Some(SECONDS)),
        (r#""1790000000""#, Some(SECONDS)),
        (r#"" 1790000000.75 ""#, Some(SECONDS)),
        (r#""1790000000999""#, Some(SECONDS)),
        (r#""2026-09-21T14:13:20Z""#, Some(SECONDS)),
        (r#""2026-09-21T14:13:20.123Z""#, Some(SECONDS)),
        (r#""2026-09-21T16:13:20+02:00""#, Some(SECONDS)),
        (r#""2026-09-21 14:13:20""#, Some(SECONDS)),
        (r#""2026-09-21T14:13:20.123""#, Some(SECONDS)),
        (r#""2026-09-21""#, Some(SECONDS - 51_200)),
        ("0", Some(0)),
        ("-1.5", Some(-2)),
        ("null", None),
        (r#""""#, None),
        (r#""soon""#, None),
        (r#""NaN""#, None),
        (r#""2026-13-45""#, None),
        (r#""2026-09-21T14:13:20\u00fc""#, None),
        ("18446744073709551615", None),
        ("1e300", None),
        ("true", None),
        ("[1790000000]", None),
        (r#"{"seconds":1790000000}"#, None),
    ];
    for (created, expected) in rows {
        let body = format!(r#"{{"id":"evt_1","type":"export.completed","created":{created}}}"#);
        let event = check(&header("not-a-real-secret", TIME, body.as_bytes()), body.as_bytes(), TIME).unwrap();
        assert_eq!(event.created, expected, "{created}");
        let stored = serde_json::to_string(&event).unwrap();
        assert_eq!(serde_json::from_str::<Event>(&stored).unwrap(), event, "{stored}");
    }
}

#[test]
fn id_and_version_are_read_from_text_and_numbers() {
    let rows = [
        (r#""id":"evt_1","api_version":"v2""#, "evt_1", Some("v2")),
        (r#""id":1044,"api_version":2"#, "1044", Some("2")),
        (r#""id":18446744073709551615,"api_version":2.1"#, "18446744073709551615", Some("2.1")),
        (r#""id":"evt_1","api_version":null"#, "evt_1", None),
        (r#""id":"evt_1","api_version":{"major":2}"#, "evt_1", None),
        (r#""id":"evt_1","api_version":[2]"#, "evt_1", None),
        (r#""id":"evt_1""#, "evt_1", None),
    ];
    for (fields, id, version) in rows {
        for data in ["", r#","data":null"#] {
            let body = format!(r#"{{{fields},"type":"export.completed"{data}}}"#);
            let event = check(&header("not-a-real-secret", TIME, body.as_bytes()), body.as_bytes(), TIME).unwrap();
            assert_eq!((event.id.as_str(), event.api_version.as_deref()), (id, version), "{body}");
            assert!(event.data.expose().is_null(), "{body}");
        }
    }
}

#[test]
fn event_without_id_or_type_is_unreadable() {
    for body in [
        r#"{"type":"export.completed"}"#,
        r#"{"id":null,"type":"export.completed"}"#,
        r#"{"id":{},"type":"export.completed"}"#,
        r#"{"id":"evt_1"}"#,
        r#"{"id":"evt_1","type":null}"#,
        "[]",
        "null",
    ] {
        let checked = check(&header("not-a-real-secret", TIME, body.as_bytes()), body.as_bytes(), TIME);
        assert_eq!(checked, Err(Rejected::Unreadable), "{body}");
    }
}

#[test]
fn invalid_delivery_is_rejected_with_reason() {
    let good = signature("not-a-real-secret", TIME, BODY);
    let mut flipped = good.clone().into_bytes();
    flipped[10] = if flipped[10] == b'0' { b'1' } else { b'0' };
    let flipped = String::from_utf8(flipped).unwrap();
    let rows = [
        ("a different secret", header("another-secret", TIME, BODY), Rejected::Forged),
        ("a time that was not signed", format!("t={},v1={good}", TIME + 1), Rejected::Forged),
        ("one digit off", format!("t={TIME},v1={flipped}"), Rejected::Forged),
        ("truncated", format!("t={TIME},v1={}", &good[..40]), Rejected::Forged),
        ("too long", format!("t={TIME},v1={good}00"), Rejected::Forged),
        ("half a byte at the end", format!("t={TIME},v1={}", &good[..41]), Rejected::Forged),
        ("not hexadecimal", format!("t={TIME},v1={}", "z".repeat(64)), Rejected::Forged),
        ("empty value", format!("t={TIME},v1="), Rejected::Forged),
        ("no value", format!("t={TIME}"), Rejected::Malformed),
        ("no value and a comma", format!("t={TIME},"), Rejected::Malformed),
        ("no time", format!("v1={good}"), Rejected::Malformed),
        ("two times", format!("t={TIME},t={TIME},v1={good}"), Rejected::Malformed),
        ("an invalid time", format!("t=now,v1={good}"), Rejected::Malformed),
        ("a negative time", format!("t=-5,v1={good}"), Rejected::Malformed),
        ("an unknown scheme only", format!("t={TIME},v0={good}"), Rejected::Malformed),
        ("nothing", String::new(), Rejected::Malformed),
        ("commas only", ",,".to_owned(), Rejected::Malformed),
        ("text", "not a signature".to_owned(), Rejected::Malformed),
        ("an empty time", format!("t=,v1={good}"), Rejected::Malformed),
        ("a time with a fraction", format!("t={TIME}.0,v1={good}"), Rejected::Malformed),
        ("a time out of range", header("not-a-real-secret", u64::MAX, BODY), Rejected::InTheFuture),
    ];
    for (what, header, reason) in rows {
        assert_eq!(check(&header, BODY, TIME), Err(reason), "{what}");
    }
    let tampered = String::from_utf8_lossy(BODY).replace("10421", "10422");
    assert_eq!(check(&header("not-a-real-secret", TIME, BODY), tampered.as_bytes(), TIME), Err(Rejected::Forged));
    let garbage = b"not an event";
    assert_eq!(check(&header("not-a-real-secret", TIME, garbage), garbage, TIME), Err(Rejected::Unreadable));
}

#[test]
fn time_inside_tolerance_is_accepted() {
    let header = header("not-a-real-secret", TIME, BODY);
    let rows = [
        (TIME + 300, None),
        (TIME + 301, Some(Rejected::TooOld)),
        (TIME - 300, None),
        (TIME - 301, Some(Rejected::InTheFuture)),
    ];
    for (now, rejected) in rows {
        assert_eq!(check(&header, BODY, now).err(), rejected, "{now}");
    }
}
