//! A custom transport around the policies. `cases::service` is one below them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::future::BoxFuture;
use zapmail_sdk_ext::reqwest::Request;
use zapmail_sdk_ext::{BufferedResponse, ErrorKind, Operation, Result, SharedTransport, Transport, Zapmail};

use crate::cases::service::{Reply, Service};

/// Counts the calls, and forwards them to another transport.
#[derive(Debug)]
struct Counted {
    inner: SharedTransport,
    calls: Arc<AtomicU32>,
}

impl Transport for Counted {
    fn send<'a>(&'a self, request: Request, operation: &'static Operation) -> BoxFuture<'a, Result<BufferedResponse>> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.inner.send(request, operation)
    }
}

#[tokio::test(start_paused = true)]
async fn wrapped_transport_keeps_every_policy() {
    let calls = Arc::new(AtomicU32::new(0));
    let service = Service::replying([Reply::json(503, r#"{"message":"busy"}"#)]);
    let zapmail = service.careful_builder().build().unwrap();
    let wrapped = |zapmail: &Zapmail| {
        let raw = zapmail.raw();
        raw.sending_through(Counted { inner: raw.transport().clone(), calls: Arc::clone(&calls) })
    };

    let error = wrapped(&zapmail).get_user().send().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Server, 4), "retries");
    assert_eq!((calls.load(Ordering::Relaxed), service.count()), (1, 4));

    let error = wrapped(&zapmail).purchase_addon_mailboxes().quantity(1u32).send().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::SpendingNotAllowed, 0), "spending guard");
    assert_eq!(service.count(), 4);

    let buyer = zapmail.allow_spending();
    let error = wrapped(&buyer).purchase_addon_mailboxes().quantity(1u32).send().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::OutcomeUnknown, 1), "no retry of a purchase");
}
