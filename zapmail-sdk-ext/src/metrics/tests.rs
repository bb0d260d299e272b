//! Tests of the metrics that a recorder receives from calls against the sandbox.

use std::collections::BTreeMap;
use std::time::Duration;

use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use zapmail_sandbox::{Fault, Sandbox};

use crate::testing::client_of;
use crate::{Metrics, OtpTarget, Paged, RateLimits};

/// Returns the metrics by name and labels: the value of a counter, or the number of values of a histogram.
fn recorded(recorder: &DebuggingRecorder) -> BTreeMap<String, u64> {
    let metrics = recorder.snapshotter().snapshot().into_vec().into_iter();
    let metrics = metrics.map(|(key, _, _, value)| {
        let labels: Vec<_> = key.key().labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        let value = match value {
            DebugValue::Counter(count) => count,
            DebugValue::Histogram(values) => values.len() as u64,
            DebugValue::Gauge(_) => panic!("unexpected gauge"),
        };
        (format!("{} {}", key.key().name(), labels.join(" ")).trim_end().to_owned(), value)
    });
    metrics.collect()
}

#[test]
fn calls_attempts_delays_and_codes_are_counted_by_operation() {
    let recorder = DebuggingRecorder::new();
    metrics::with_local_recorder(&recorder, || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(calls());
    });
    let expected = [
        ("zapmail_attempt_duration_seconds operation=get_user", 4),
        ("zapmail_attempts_total operation=get_user status=200", 2),
        ("zapmail_attempts_total operation=get_user status=429", 1),
        ("zapmail_attempts_total operation=get_user status=503", 1),
        ("zapmail_attempts_total operation=purchase_addon_mailboxes status=none", 1),
        ("zapmail_call_duration_seconds operation=get_user", 2),
        ("zapmail_calls_total operation=get_user outcome=ok", 2),
        ("zapmail_calls_total operation=get_zap_site outcome=NotFound", 1),
        ("zapmail_calls_total operation=purchase_addon_mailboxes outcome=OutcomeUnknown", 1),
        ("zapmail_codes_total source=cache", 1),
        ("zapmail_codes_total source=request", 1),
        ("zapmail_rate_limited_total operation=get_user", 1),
        ("zapmail_rate_limiter_wait_seconds operation=get_user", 2),
        ("zapmail_retries_total operation=get_user", 2),
        ("zapmail_unknown_outcomes_total operation=purchase_addon_mailboxes", 1),
    ];
    let recorded = recorded(&recorder);
    for (metric, count) in expected {
        assert_eq!(recorded.get(metric), Some(&count), "{metric}: {recorded:#?}");
    }
}

async fn calls() {
    let sandbox = Sandbox::builder().build().unwrap();
    let builder = client_of(&sandbox).rate_limits(RateLimits::default().per_second(1)).allow_spending();
    let zapmail = builder.observer(Metrics::new()).build().unwrap();
    sandbox.fail_next("get_user", Fault::status(503)).unwrap();
    sandbox.fail_next("get_user", Fault::status(429)).unwrap();
    zapmail.get_user().send().await.unwrap();
    zapmail.get_user().send().await.unwrap();
    zapmail.get_zap_site().id("00000000-0000-4000-8000-000000000000").send().await.unwrap_err();
    sandbox.fail_next("purchase_addon_mailboxes", Fault::DropAfterRequest).unwrap();
    zapmail.purchase_addon_mailboxes().quantity(1u32).send().await.unwrap_err();

    let mailboxes = zapmail.list_mailboxes().items().collect().await.unwrap();
    let mailbox = mailboxes.iter().find(|mailbox| mailbox.secret.is_some()).unwrap();
    let otp = zapmail.otp(OtpTarget::mailbox(&mailbox.id));
    let code = otp.valid_for(Duration::from_secs(2)).await.unwrap();
    assert_eq!(otp.current().await.unwrap().expose(), code.expose());
}
