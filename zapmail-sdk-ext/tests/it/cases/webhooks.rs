//! H. Webhooks: genuine events are accepted, and forged, altered or old ones are refused.

use std::collections::HashSet;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::json;
use zapmail_sdk_ext::ErrorKind;
use zapmail_sdk_ext::http::{HeaderMap, HeaderName, HeaderValue};
use zapmail_sdk_ext::types::{ExportApp, SubscriptionStatus};
use zapmail_sdk_ext::webhooks::{
    Event, EventData, Received, Rejected, SIGNATURE_HEADER, SeenInMemory, WebhookVerifier, sign,
};

const SECRET: &str = "whsec_example_0123456789abcdef";
const TIME: u64 = 1_790_000_000;

/// The delivery of C72.
const STATUS_CHANGED: &[u8] = br#"{"id":"evt_0001","type":"subscription.status_changed","created":1790000000,"data":{"subscriptionId":"sub_example_1","subscriptionStatus":"PAST_DUE","uniquePlanKey":"zap_google_growth_monthly","totalMailboxQuantity":30,"price":99,"periodEnd":"2026-10-21T08:00:00.000Z"}}"#;
const SIGNED: &str = "efeb548d63c07ea192a6acd6c01e3b2ea59e02381418fb8c79b842bf50ab292f";

/// The signature of the same body with `t=18446744073709551615`.
const SIGNED_AT_THE_LAST_SECOND: &str = "88bc93a16f8ab5a7c107b793ae265feb002d62ca5ba451cf30ece5b91cb12039";

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn verifier(now: u64) -> WebhookVerifier {
    WebhookVerifier::new(SECRET).unwrap().clock(move || at(now))
}

fn check(header: &str, body: &[u8], now: u64) -> Result<Event, Rejected> {
    verifier(now).verify_signature(header, body)
}

/// C72: the data is flat and in camelCase.
#[test]
fn event_in_camel_case_is_accepted_within_the_tolerance() {
    let header = format!("t=1790000000,v1={SIGNED}");
    let event = check(&header, STATUS_CHANGED, TIME + 300).unwrap();
    assert_eq!((event.id.as_str(), event.kind().as_str()), ("evt_0001", "subscription.status_changed"));
    assert_eq!(event.created.map(|time| time.timestamp()), Some(1_790_000_000));
    let expected = json!({
        "subscriptionId": "sub_example_1", "subscriptionStatus": "PAST_DUE", "uniquePlanKey": "zap_google_growth_monthly",
        "totalMailboxQuantity": 30, "price": 99, "periodEnd": "2026-10-21T08:00:00.000Z",
    });
    assert_eq!(*event.data.raw().expose(), expected);
    let EventData::SubscriptionStatusChanged(change) = event.data else { panic!("{event:?}") };
    assert_eq!(change.subscription_id, Some("sub_example_1".into()));
    assert_eq!(change.subscription_status, Some(SubscriptionStatus::PastDue));
    assert_eq!(change.unique_plan_key.as_deref(), Some("zap_google_growth_monthly"));
    assert_eq!((change.total_mailbox_quantity, change.price), (Some(30), Some(99.into())));
    assert_eq!(change.period_end, Some("2026-10-21T08:00:00Z".parse().unwrap()));
    assert!(check(&header, STATUS_CHANGED, TIME - 300).is_ok());
    assert_eq!(check(&header, STATUS_CHANGED, TIME + 301), Err(Rejected::TooOld));
    assert_eq!(check(&header, STATUS_CHANGED, TIME - 301), Err(Rejected::InTheFuture));
}

/// C73: the data is in snake_case.
#[test]
fn event_in_snake_case_is_decoded_into_a_custom_type() {
    #[derive(Debug, PartialEq, Deserialize)]
    struct Export {
        app_name: String,
        export_id: i64,
    }
    let header = "t=1790000000,v1=edd929066ad5b242a13243ceac7f8de2344338c558ff87ff4be94f31740d3357";
    let body = br#"{"id":"evt_0002","type":"export.completed","created":1790000000,"data":{"app_name":"SMARTLEAD","export_id":10421}}"#;
    let event = check(header, body, TIME).unwrap();
    assert_eq!(event.data_as::<Export>().unwrap(), Export { app_name: "SMARTLEAD".into(), export_id: 10421 });
    let EventData::ExportCompleted(export) = event.data else { panic!("{event:?}") };
    assert_eq!((export.app_name, export.export_id), (Some(ExportApp::Smartlead), Some(10421.into())));
}

/// C74: an event is delivered twice.
#[test]
fn repeated_event_is_accepted_and_has_the_same_id() {
    let header = format!("t=1790000000,v1={SIGNED}");
    let mut handled = HashSet::new();
    let is_new: Vec<_> =
        [0, 60].iter().map(|later| handled.insert(check(&header, STATUS_CHANGED, TIME + later).unwrap().id)).collect();
    assert_eq!(is_new, [true, false]);
    assert!(handled.contains("evt_0001"));
}

/// C74, variant: with replay protection.
#[tokio::test]
async fn repeated_event_is_a_duplicate_once_it_was_handled() {
    let receiver = verifier(TIME).replay_protection(SeenInMemory::new());
    let signature = HeaderValue::try_from(format!("t=1790000000,v1={SIGNED}")).unwrap();
    let headers = HeaderMap::from_iter([(HeaderName::from_static(SIGNATURE_HEADER), signature)]);
    let Received::New(event) = receiver.receive(&headers, STATUS_CHANGED).await.unwrap() else { panic!("not new") };
    event.confirm().await.unwrap();
    let again = receiver.receive(&headers, STATUS_CHANGED).await.unwrap();
    assert!(matches!(again, Received::Duplicate(event) if event.id == "evt_0001"));
}

/// C75: unusual headers. An invalid `v1` next to a valid one is accepted, as in other webhook libraries: one valid
/// signature is enough while a secret is being replaced.
#[test]
fn unusual_header_is_accepted_if_one_signature_is_valid() {
    let upper = SIGNED.to_uppercase();
    for header in [
        format!("t=1790000000,v1={upper}"),
        format!("t=1790000000, v1={SIGNED}"),
        format!("t=1790000000,v0=0123,v1={SIGNED}"),
        format!("t=1790000000,v1=abc,v1={SIGNED}"),
        format!("t=1790000000,v1={SIGNED},v1=junk"),
    ] {
        assert_eq!(check(&header, STATUS_CHANGED, TIME).unwrap().id, "evt_0001", "{header}");
    }
    for (header, expected) in [
        ("t=1790000000,v1=abc".to_owned(), Rejected::SignatureMismatch),
        (format!("t=,v1={SIGNED}"), Rejected::Malformed),
        (format!("t=1790000000.0,v1={SIGNED}"), Rejected::Malformed),
        (format!("t=1790000000,t=1790000000,v1={SIGNED}"), Rejected::Malformed),
        ("t=1790000000".to_owned(), Rejected::Malformed),
        (format!("t=1790000000,v0={SIGNED}"), Rejected::Malformed),
    ] {
        assert_eq!(check(&header, STATUS_CHANGED, TIME), Err(expected), "{header}");
    }
    assert_eq!(WebhookVerifier::new("").unwrap_err().kind(), ErrorKind::Config);
    let header = format!("t=1790000000,v1={SIGNED}");
    let longer = [STATUS_CHANGED, b"\n"].concat();
    assert_eq!(check(&header, &longer, TIME), Err(Rejected::SignatureMismatch));
}

/// C76: the tolerance and the time have their minimum and maximum values.
#[test]
fn extreme_tolerance_does_not_overflow() {
    assert_eq!(sign(SECRET, STATUS_CHANGED, at(TIME)), format!("t=1790000000,v1={SIGNED}"));
    let hour = Duration::from_secs(60 * 60);
    let rows = [
        (TIME, Duration::ZERO, TIME, None),
        (TIME, Duration::ZERO, TIME + 1, Some(Rejected::TooOld)),
        (TIME, Duration::ZERO, TIME - 1, Some(Rejected::InTheFuture)),
        (TIME, hour, TIME + 3600, None),
        (TIME, hour, TIME + 3601, Some(Rejected::TooOld)),
        (TIME, Duration::MAX, TIME + 1_000_000_000, None),
        (TIME, Duration::MAX, 0, None),
        (0, Duration::ZERO, TIME, Some(Rejected::TooOld)),
        (0, hour, TIME, Some(Rejected::TooOld)),
        (0, Duration::MAX, TIME, None),
        (u64::MAX, Duration::ZERO, TIME, Some(Rejected::InTheFuture)),
        (u64::MAX, hour, TIME, Some(Rejected::InTheFuture)),
        // The system clock cannot represent this time.
        (u64::MAX, Duration::MAX, TIME, Some(Rejected::InTheFuture)),
    ];
    for (time, tolerance, now, rejected) in rows {
        let header = match UNIX_EPOCH.checked_add(Duration::from_secs(time)) {
            Some(time) => sign(SECRET, STATUS_CHANGED, time),
            // The system clock cannot represent this time, so the signature was computed elsewhere.
            None => format!("t={time},v1={SIGNED_AT_THE_LAST_SECOND}"),
        };
        let checked = verifier(now).tolerance(tolerance).verify_signature(&header, STATUS_CHANGED);
        assert_eq!(checked.err(), rejected, "t={time}, {tolerance:?}, now {now}");
    }
}
