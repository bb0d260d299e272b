//! Observers: the order and the arguments of their calls. The arguments print no secret.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use zapmail_sdk_ext::observer::{Attempt, AttemptEnd, Call, CallEnd, CodeSource, Observer, Retry};
use zapmail_sdk_ext::{ErrorKind, RateLimits};

use crate::clients::{KEY, Kind, WORKSPACE, builder, careful_client, client, ok};
use crate::server::{Act, Server};

/// Records the arguments of its calls, and their debug output.
#[derive(Clone, Default)]
struct Notes(Arc<Mutex<Vec<String>>>, Arc<Mutex<String>>);

impl Notes {
    fn note(&self, text: String, printed: &dyn std::fmt::Debug) {
        self.0.lock().unwrap().push(text);
        self.1.lock().unwrap().push_str(&format!("{printed:?}"));
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Observer for Notes {
    fn attempt_started(&self, attempt: &Attempt<'_>) {
        self.note(format!("{} starts", attempt.number), attempt);
    }

    fn attempt_ended(&self, end: &AttemptEnd<'_>) {
        self.note(format!("{} ends: {:?}", end.attempt.number, end.status()), end);
    }

    fn waited_for_rate_limiter(&self, call: &Call<'_>, time: Duration) {
        self.note(format!("waited {} s", time.as_secs()), call);
    }

    fn retrying(&self, retry: &Retry<'_>) {
        self.note(format!("{} again in {:?}", retry.attempt.number, retry.delay), retry);
    }

    fn call_ended(&self, end: &CallEnd<'_>) {
        let CallEnd { call, elapsed, .. } = end;
        let outcome = end.error().map_or_else(|| "ok".to_owned(), |error| format!("{:?}", error.kind()));
        let (operation, attempts) = (call.operation.id, end.attempts());
        self.note(format!("{operation} in {} s: {outcome}, {attempts}", elapsed.as_secs()), end);
    }

    fn code_used(&self, source: CodeSource) {
        self.note(format!("code: {source}"), &source);
    }
}

#[tokio::test(start_paused = true)]
async fn observers_see_each_step_of_a_call() {
    let busy = Act::answer(503, "retry-after: 2\r\n", br#"{"data": "planted"}"#);
    let silent = Act::Silence;
    let server = Server::acting(vec![busy, ok(), ok(), silent]);
    let (one, two) = (Notes::default(), Notes::default());
    let limits = RateLimits::default().per_second(1);
    let zapmail = builder(&server.url()).rate_limits(limits).observer(one.clone()).allow_spending().build().unwrap();
    let zapmail = zapmail.workspace(WORKSPACE).with_observer(two.clone());
    Kind::Read.call(&zapmail).await.unwrap();
    let first =
        ["1 starts", "1 ends: Some(503)", "1 again in 2s", "2 starts", "2 ends: Some(200)", "get_user in 2 s: ok, 2"];
    assert_eq!(one.take(), first);
    assert_eq!(two.take(), first);

    Kind::Read.call(&zapmail).await.unwrap();
    let [waited, rest @ ..] = &one.take()[..] else { panic!("nothing was observed") };
    assert!(waited.starts_with("waited "), "{waited}");
    assert_eq!(rest[..2], ["1 starts", "1 ends: Some(200)"]);

    let error = Kind::Spend.call(&zapmail).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    let last = one.take().pop().unwrap();
    assert!(last.contains("OutcomeUnknown, 1"), "{last}");
    let printed = one.1.lock().unwrap();
    assert!(!printed.contains(KEY) && !printed.contains("planted"), "{printed}");
}

#[tokio::test(start_paused = true)]
async fn refused_call_ends_without_an_attempt() {
    let server = Server::acting(vec![Act::json(200, &json!({}))]);
    let notes = Notes::default();
    let zapmail = careful_client(&server.url()).with_observer(notes.clone());
    Kind::Spend.call(&zapmail).await.unwrap_err();
    let [only] = &notes.take()[..] else { panic!("one observation") };
    assert!(only.ends_with("SpendingNotAllowed, 0"), "{only}");
    assert!(server.requests().is_empty());
    // Clients without the observer are not observed.
    Kind::Read.call(&client(&server.url())).await.unwrap_err();
    assert!(notes.take().is_empty());
}
