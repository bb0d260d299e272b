//! A purchase under a journal key: claims the key, reads the state before, sends the purchase, and records its outcome.

mod numbers;
mod verification;

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use reqwest::header::HeaderMap;
use reqwest::{Request, StatusCode};
use tokio::time::timeout;
use zapmail_sdk::{ApiKey, BufferedResponse, Credentials, Error, ErrorKind, Operation, Result};

use super::Zapmail;
use crate::journal::{Claim, EntryState, Journal, JournalEntry, RecordedResponse, View, check_key, check_service};

/// Additional time for writing the journal, on top of the timeouts of a purchase.
const MARGIN: Duration = Duration::from_secs(60);

/// The journal of a client, and the key of the client's purchase.
#[derive(Debug, Clone)]
pub(crate) struct Once {
    pub journal: Journal,
    pub key: Option<Arc<str>>,
}

impl Once {
    /// Returns the key.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::SpendingNotAllowed`] if there is no key, and [`ErrorKind::Config`] if the key is invalid.
    fn key(&self, operation: &'static Operation) -> Result<&str> {
        let Some(key) = self.key.as_deref() else {
            let message = "this client has a journal, but the purchase has no key; the request was not sent";
            return Err(Error::new(ErrorKind::SpendingNotAllowed, message)
                .with_operation(operation)
                .with_hint("set a key for this purchase with `zapmail.once(key)`, such as the number of its order"));
        };
        check_key(key)?;
        Ok(key)
    }

    /// Sends a purchase with `send`. If it was made before under the same key, returns the recorded response instead.
    pub async fn call<F: Future<Output = Result<BufferedResponse>>>(
        &self,
        zapmail: &Zapmail,
        operation: &'static Operation,
        request: Request,
        max_duration: Duration,
        send: impl FnOnce(Request) -> F,
    ) -> Result<BufferedResponse> {
        let key = self.key(operation)?;
        let store = self.journal.store();
        let mut entry = JournalEntry::new(key, operation, zapmail.base_url(), zapmail.workspace_id(), &request);
        // Read the API key before claiming anything, because its provider can fail.
        let api_key = zapmail.key().await?;
        let running_for = max_duration.saturating_mul(2).saturating_add(MARGIN);
        let claim = store.claim(&entry, running_for).await.map_err(|error| error.with_hint("nothing was bought"))?;
        if let Some(claim) = claim {
            return recorded_outcome(claim, &entry, operation);
        }
        let mut running = Running { journal: &self.journal, entry: entry.clone(), has_ended: false };

        // These reads are retried like any others: no purchase has been sent yet.
        let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default().to_vec();
        let view = timeout(max_duration, View::of(zapmail, operation, &body)).await;
        let view = view
            .unwrap_or_else(|_| Err(Error::new(ErrorKind::Timeout, "timed out reading the state before the purchase")));
        entry.before = match view {
            Ok(view) => view,
            Err(error) => {
                store.remove(&entry).await?;
                running.has_ended = true;
                let verify_with = operation.verify_with.unwrap_or_default();
                // The purchase itself was not sent.
                return Err(error.with_may_have_been_processed(false).with_hint(format!(
                    "the state before `{}` could not be read with `{verify_with}`; nothing was bought, and the key is free",
                    operation.id
                )));
            }
        };
        entry.state = EntryState::Sent;
        if let Err(error) = store.write(&entry).await {
            // The entry is still in the state `Claimed`: nothing was sent.
            return Err(error.with_hint("nothing was bought"));
        }
        running.entry = entry.clone();
        let outcome = send(request).await;
        let (written, outcome) = match outcome {
            Ok(response) => {
                entry.state = EntryState::Made;
                entry.response = Some(record(&response, zapmail, &api_key, &body));
                (store.write(&entry).await, Ok(response))
            }
            Err(error) if is_certainly_not_made(&error) => {
                let written = store.remove(&entry).await;
                let hint = if written.is_ok() { "and the key is free" } else { "but the key could not be freed" };
                (written, Err(error.with_hint(format!("nothing was bought under the key `{key}`, {hint}"))))
            }
            Err(error) => {
                entry.state = EntryState::Unknown;
                (store.write(&entry).await, Err(error))
            }
        };
        match written {
            Ok(()) => running.has_ended = true,
            // Return the outcome of the purchase nevertheless. The entry stays open.
            Err(error) => tracing::error!(key, %error, "the outcome of a purchase could not be written to the journal"),
        }
        outcome
    }
}

/// Returns the response to store: without the API key, and without a newer API key that has replaced it in the
/// meantime.
fn record(response: &BufferedResponse, zapmail: &Zapmail, key: &ApiKey, body: &[u8]) -> RecordedResponse {
    let status = response.status();
    let mut stored = response.without_credentials(Credentials::of(key).with_body(body));
    // A cached key is returned immediately. If the provider must be called, its response is not awaited.
    if let Some(Ok(newer)) = zapmail.key().now_or_never() {
        let once_more = BufferedResponse::new(status, HeaderMap::new(), stored);
        stored = once_more.without_credentials(Credentials::of(&newer));
    }
    RecordedResponse { status: status.as_u16(), body: String::from_utf8_lossy(&stored).into_owned() }
}

/// Returns whether it is certain that nothing was bought.
fn is_certainly_not_made(error: &Error) -> bool {
    let is_client_error = error.status().is_some_and(|status| (400..500).contains(&status));
    !error.is_outcome_unknown() && (is_client_error || !error.may_have_been_processed())
}

/// Returns the recorded response of a key that is already claimed, or the error that explains why there is none.
fn recorded_outcome(claim: Claim, wanted: &JournalEntry, operation: &'static Operation) -> Result<BufferedResponse> {
    let Claim { entry, is_running } = claim;
    let JournalEntry { key, operation: used_for, .. } = &entry;
    let started_at = entry.start_time();
    check_service(&entry, &wanted.service).map_err(|error| {
        error
            .with_operation(operation)
            .with_hint("use a different key, or a separate journal for each service; nothing was sent")
    })?;
    if entry.operation != wanted.operation || entry.request != wanted.request {
        let message =
            format!("the key `{key}` was already used for a different request of `{used_for}` at {started_at}");
        return Err(Error::new(ErrorKind::Conflict, message)
            .with_operation(operation)
            .with_hint("use a different key for this purchase; nothing was sent"));
    }
    if is_running {
        let message = format!("the purchase `{key}` is in progress, in another call or process");
        return Err(Error::new(ErrorKind::Conflict, message)
            .with_operation(operation)
            .with_hint("call again later to get its outcome; nothing was sent"));
    }
    match (entry.state, &entry.response) {
        (EntryState::Made, Some(response)) => {
            let status = StatusCode::from_u16(response.status).unwrap_or_default();
            // Nothing was sent: no attempts.
            let response = BufferedResponse::new(status, HeaderMap::new(), response.body.clone()).assume_success();
            Ok(response.attempted(0, Duration::ZERO, Duration::ZERO))
        }
        (EntryState::Made | EntryState::Settled, _) => {
            let message = format!("the purchase `{key}` was made at {started_at}, but its response is unknown");
            Err(Error::new(ErrorKind::AlreadyBought, message).with_operation(operation).with_hint("nothing was sent"))
        }
        (EntryState::Claimed | EntryState::Sent | EntryState::Unknown, _) => {
            let message = format!("the purchase `{key}` was started at {started_at}, and its outcome is unknown");
            let error = Error::new(ErrorKind::OutcomeUnknown, message).with_operation(operation);
            Err(error.into_outcome_unknown().with_hint(format!(
                "check with `journal.verify(&zapmail, \"{key}\")`{}, then settle the purchase with `journal.resolve(..)`; nothing was sent \
                 this time",
                operation.verify_with.map(|verify| format!(" or `{verify}`")).unwrap_or_default()
            )))
        }
    }
}

/// A purchase in progress. Notifies the store if it is dropped before the purchase has ended.
struct Running<'a> {
    journal: &'a Journal,
    entry: JournalEntry,
    has_ended: bool,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            self.journal.store().abandon(&self.entry);
        }
    }
}
