//! Tests of deliveries, which are accepted with every valid form of header and body, and rejected otherwise.

use http::{HeaderMap, HeaderValue};
use zapmail_sdk::ErrorKind;

use super::{SECRET, TIME, at, headers, verifier};
use crate::webhooks::{Event, Rejected, SIGNATURE_HEADER, WebhookVerifier, sign};

const BODY: &[u8] =
    br#"{"id":"evt_1","created":1790000000,"api_version":"2","type":"export.completed","data":{"exportId":10421}}"#;

/// Computes a signature independently of `sign`, which is compared with it.
fn signature(secret: &str, time: u64, body: &[u8]) -> String {
    let signed = [time.to_string().as_bytes(), b".", body].concat();
    hex::encode(hmac_sha256::HMAC::mac(signed, secret))
}

fn header(secret: &str, time: u64, body: &[u8]) -> String {
    format!("t={time},v1={}", signature(secret, time, body))
}

fn check(header: &str, body: &[u8], now: u64) -> Result<Event, Rejected> {
    verifier(now).verify_signature(header, body)
}

#[test]
fn data_of_a_different_type_is_an_error_without_its_values() {
    let event = check(&header(SECRET, TIME, BODY), BODY, TIME).unwrap();
    let error = event.data_as::<Vec<u8>>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(!format!("{error} {error:?}").contains("10421"), "{error}");
}

#[test]
fn unusual_header_with_one_valid_signature_is_accepted() {
    let [good, old] = [SECRET, "another-secret"].map(|secret| signature(secret, TIME, BODY));
    for header in [
        format!("t={TIME},v1={old},v1={good}"),
        format!("t={TIME}, v1={good}, v1={old}, v2=later"),
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
fn half_of_a_surrogate_pair_does_not_lose_the_event() {
    let body = br#"{"id":"evt_1","type":"mailbox.updated","data":{"name":"Dana \ud83d"}}"#;
    let event = check(&header(SECRET, TIME, body), body, TIME).unwrap();
    assert_eq!(event.data.raw().expose()["name"], "Dana \u{fffd}");
}

#[test]
fn secret_is_trimmed() {
    let signed = header(SECRET, TIME, BODY);
    for secret in ["not-a-real-secret\n", "not-a-real-secret\r\n", "  not-a-real-secret\t", "\nnot-a-real-secret"] {
        let verifier = WebhookVerifier::new(secret).unwrap().clock(|| at(TIME));
        assert!(verifier.verify_signature(&signed, BODY).is_ok(), "{secret:?}");
        let verifier = WebhookVerifier::new("another-secret").unwrap().also(secret).unwrap().clock(|| at(TIME));
        assert!(verifier.verify_signature(&signed, BODY).is_ok(), "{secret:?}");
        assert_eq!(sign(secret, BODY, at(TIME)), signed, "{secret:?}");
    }
}

#[test]
fn blank_secret_is_refused() {
    for secret in ["", " ", "\n", " \r\n\t"] {
        for refused in [WebhookVerifier::new(secret), WebhookVerifier::new(SECRET).unwrap().also(secret)] {
            let error = refused.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{secret:?}");
            assert!(error.to_string().starts_with("`secret` is blank; pass the secret"), "{error}");
        }
    }
}

#[test]
fn each_of_several_secrets_is_accepted() {
    let verifier = WebhookVerifier::new(SECRET).unwrap().also("the-old-secret").unwrap().clock(|| at(TIME));
    for (secret, expected) in
        [(SECRET, None), ("the-old-secret", None), ("a-third-secret", Some(Rejected::SignatureMismatch))]
    {
        let verified = verifier.verify_signature(&header(secret, TIME, BODY), BODY);
        assert_eq!(verified.err(), expected, "{secret}");
    }
    assert_eq!(format!("{verifier:?}"), "WebhookVerifier { secrets: 2, tolerance: 300s, .. }");
}

#[test]
fn signature_header_is_read_from_request() {
    let verifier = verifier(TIME);
    let good = headers(BODY);
    assert_eq!(verifier.verify(&good, BODY).unwrap().id, "evt_1");
    let mut in_capitals = HeaderMap::new();
    in_capitals.insert("X-Zapmail-Signature".parse::<http::HeaderName>().unwrap(), good[SIGNATURE_HEADER].clone());
    assert!(verifier.verify(&in_capitals, BODY).is_ok());

    assert_eq!(verifier.verify(&HeaderMap::new(), BODY), Err(Rejected::HeaderMissing));
    for second in [good[SIGNATURE_HEADER].clone(), HeaderValue::from_static("")] {
        let mut repeated = good.clone();
        repeated.append(SIGNATURE_HEADER, second);
        assert_eq!(verifier.verify(&repeated, BODY), Err(Rejected::HeaderRepeated));
    }
    let not_text = HeaderValue::from_bytes("t=1790000000,v1=\u{fc}".as_bytes()).unwrap();
    let not_text = HeaderMap::from_iter([(SIGNATURE_HEADER.parse().unwrap(), not_text)]);
    assert_eq!(verifier.verify(&not_text, BODY), Err(Rejected::HeaderNotText));
}

#[test]
fn rejection_has_advice_and_converts_to_error() {
    let rows = [
        (Rejected::HeaderMissing, "pass all headers"),
        (Rejected::HeaderRepeated, "check that no proxy adds one"),
        (Rejected::HeaderNotText, "forward it unchanged"),
        (Rejected::Malformed, "t=<unix seconds>,v1=<hex>"),
        (Rejected::TooOld, "clock"),
        (Rejected::InTheFuture, "clock"),
        (Rejected::SignatureMismatch, "pass the endpoint's secret and the raw body"),
        (Rejected::Unreadable, "`id` and a `type`"),
    ];
    for (rejected, part) in rows {
        let error = zapmail_sdk::Error::from(rejected);
        assert!(rejected.to_string().contains(part), "{rejected}");
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::Invalid, rejected.to_string()));
        assert_eq!(rejected.status(), 400);
    }
}

#[test]
fn sign_returns_signature_of_the_service() {
    for (time, seconds) in [(at(TIME), TIME), (at(TIME) + std::time::Duration::from_millis(999), TIME), (at(0), 0)] {
        assert_eq!(sign(SECRET, BODY, time), header(SECRET, seconds, BODY));
    }
    assert_eq!(sign(SECRET, BODY, at(0) - std::time::Duration::from_secs(5)), header(SECRET, 0, BODY));
}

#[test]
fn time_of_event_is_read_in_every_format() {
    let rows = [
        ("1790000000", Some("2026-09-21T14:13:20Z")),
        ("1790000000.75", Some("2026-09-21T14:13:20.750Z")),
        ("1.79e9", Some("2026-09-21T14:13:20Z")),
        ("1790000000123", Some("2026-09-21T14:13:20.123Z")),
        ("1790000000999.9", Some("2026-09-21T14:13:20.999900Z")),
        ("1790000000123456", Some("2026-09-21T14:13:20.123456Z")),
        ("1790000000123456789", Some("2026-09-21T14:13:20.123456789Z")),
        (r#""1790000000""#, Some("2026-09-21T14:13:20Z")),
        (r#"" 1790000000.75 ""#, Some("2026-09-21T14:13:20.750Z")),
        (r#""1790000000999""#, Some("2026-09-21T14:13:20.999Z")),
        (r#""2026-09-21T14:13:20Z""#, Some("2026-09-21T14:13:20Z")),
        (r#""2026-09-21T16:13:20.5+02:00""#, Some("2026-09-21T14:13:20.500Z")),
        (r#""2026-09-21 14:13:20""#, Some("2026-09-21T14:13:20Z")),
        (r#""2026-09-21T14:13:20.123""#, Some("2026-09-21T14:13:20.123Z")),
        (r#""2026-09-21""#, Some("2026-09-21T00:00:00Z")),
        ("0", Some("1970-01-01T00:00:00Z")),
        ("-1.5", Some("1969-12-31T23:59:58.500Z")),
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
        let event = check(&header(SECRET, TIME, body.as_bytes()), body.as_bytes(), TIME).unwrap();
        assert_eq!(event.created, expected.map(|time| time.parse().unwrap()), "{created}");
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
            let event = check(&header(SECRET, TIME, body.as_bytes()), body.as_bytes(), TIME).unwrap();
            assert_eq!((event.id.as_str(), event.api_version.as_deref()), (id, version), "{body}");
            assert!(event.data.raw().expose().is_null(), "{body}");
        }
    }
}

#[test]
fn event_without_id_or_type_is_unreadable() {
    for body in [
        r#"{"type":"export.completed"}"#,
        r#"{"id":null,"type":"export.completed"}"#,
        r#"{"id":{},"type":"export.completed"}"#,
        r#"{"id":" ","type":"export.completed"}"#,
        r#"{"id":"evt_1"}"#,
        r#"{"id":"evt_1","type":null}"#,
        "[]",
        "null",
    ] {
        let checked = check(&header(SECRET, TIME, body.as_bytes()), body.as_bytes(), TIME);
        assert_eq!(checked, Err(Rejected::Unreadable), "{body}");
    }
}

#[test]
fn invalid_delivery_is_rejected_with_reason() {
    let good = signature(SECRET, TIME, BODY);
    let mut flipped = good.clone().into_bytes();
    flipped[10] = if flipped[10] == b'0' { b'1' } else { b'0' };
    let flipped = String::from_utf8(flipped).unwrap();
    let rows = [
        ("a different secret", header("another-secret", TIME, BODY), Rejected::SignatureMismatch),
        ("a time that was not signed", format!("t={},v1={good}", TIME + 1), Rejected::SignatureMismatch),
        ("one digit off", format!("t={TIME},v1={flipped}"), Rejected::SignatureMismatch),
        ("truncated", format!("t={TIME},v1={}", &good[..40]), Rejected::SignatureMismatch),
        ("too long", format!("t={TIME},v1={good}00"), Rejected::SignatureMismatch),
        ("half a byte at the end", format!("t={TIME},v1={}", &good[..41]), Rejected::SignatureMismatch),
        ("not hexadecimal", format!("t={TIME},v1={}", "z".repeat(64)), Rejected::SignatureMismatch),
        ("empty value", format!("t={TIME},v1="), Rejected::SignatureMismatch),
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
        ("a time out of range", header(SECRET, u64::MAX, BODY), Rejected::InTheFuture),
    ];
    for (what, header, reason) in rows {
        assert_eq!(check(&header, BODY, TIME), Err(reason), "{what}");
    }
    let tampered = String::from_utf8_lossy(BODY).replace("10421", "10422");
    assert_eq!(check(&header(SECRET, TIME, BODY), tampered.as_bytes(), TIME), Err(Rejected::SignatureMismatch));
    let garbage = b"not an event";
    assert_eq!(check(&header(SECRET, TIME, garbage), garbage, TIME), Err(Rejected::Unreadable));
}

#[test]
fn time_inside_tolerance_is_accepted() {
    let header = header(SECRET, TIME, BODY);
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
