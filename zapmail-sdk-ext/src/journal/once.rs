//! A purchase under a key: claim, look, send, record.

use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use reqwest::header::HeaderMap;
use reqwest::{Request, StatusCode};
use tokio::time::timeout;
use zapmail_sdk::{ApiKey, BufferedResponse, Credentials, Error, ErrorKind, Operation, Result};

use super::entry::{EntryState, JournalEntry, RecordedResponse};
use super::store::Claim;
use super::view::View;
use super::{Journal, check_key};
use crate::Zapmail;

/// What a purchase may take beyond its timeouts, for writing the journal.
const MARGIN: Duration = Duration::from_secs(60);

/// The journal of a client, and the key of its purchase.
#[derive(Debug, Clone)]
pub(crate) struct Once {
    pub journal: Journal,
    pub key: Option<Arc<str>>,
}

impl Once {
    /// The key.
    ///
    /// # Errors
    ///
    /// If there is none, or it is invalid.
    fn key(&self, operation: &'static Operation) -> Result<&str> {
        let Some(key) = self.key.as_deref() else {
            let message = "this client has a journal, and the purchase has no key; the request was not sent";
            return Err(Error::new(ErrorKind::SpendingNotAllowed, message)
                .with_operation(operation)
                .with_hint("name the purchase with `zapmail.once(\"order-4711\")`"));
        };
        check_key(key)?;
        Ok(key)
    }

    /// Sends a purchase with `send`, unless it was made before.
    pub async fn call<F: Future<Output = Result<BufferedResponse>>>(
        &self,
        zapmail: &Zapmail,
        operation: &'static Operation,
        request: Request,
        lasts: Duration,
        send: impl FnOnce(Request) -> F,
    ) -> Result<BufferedResponse> {
        let key = self.key(operation)?;
        let store = self.journal.store();
        let mut entry = JournalEntry::new(key, operation, zapmail.workspace_id(), &request);
        // Before anything is claimed: its provider may fail.
        let api_key = zapmail.key().await?;
        let running_for = lasts.saturating_mul(2).saturating_add(MARGIN);
        let claim = store.claim(&entry, running_for).await.map_err(|error| error.with_hint("nothing was bought"))?;
        if let Some(claim) = claim {
            return recorded(claim, &entry, operation);
        }
        let mut running = Running { journal: &self.journal, entry: entry.clone(), is_over: false };

        // These reads are retried like any others: no purchase has been sent yet.
        let body = request.body().and_then(|body| body.as_bytes()).unwrap_or_default().to_vec();
        let view = timeout(lasts, View::of(zapmail, operation, &body)).await;
        let view =
            view.unwrap_or_else(|_| Err(Error::new(ErrorKind::Timeout, "timed out reading the state before it")));
        entry.before = match view {
            Ok(view) => view,
            Err(error) => {
                store.remove(&entry).await?;
                running.is_over = true;
                let reads = operation.verify_with.unwrap_or_default();
                // Of the purchase, nothing was.
                return Err(error.with_may_have_been_processed(false).with_hint(format!(
                    "the state before `{}` could not be read with `{reads}`; nothing was bought, and the key is free",
                    operation.id
                )));
            }
        };
        entry.state = EntryState::Sent;
        if let Err(error) = store.write(&entry).await {
            // The entry is still one of which nothing was sent.
            return Err(error.with_hint("nothing was bought"));
        }
        running.entry = entry.clone();
        let outcome = send(request).await;
        let (noted, outcome) = match outcome {
            Ok(response) => {
                entry.state = EntryState::Made;
                entry.response = Some(record(&response, zapmail, &api_key, &body));
                (store.write(&entry).await, Ok(response))
            }
            Err(error) if is_refused(&error) => {
                let noted = store.remove(&entry).await;
                let hint = if noted.is_ok() { "and the key is free" } else { "but the key could not be freed" };
                (noted, Err(error.with_hint(format!("nothing was bought under the key `{key}`, {hint}"))))
            }
            Err(error) => {
                entry.state = EntryState::Unknown;
                (store.write(&entry).await, Err(error))
            }
        };
        match noted {
            Ok(()) => running.is_over = true,
            // The program has to know what happened, and the entry stays open.
            Err(error) => tracing::error!(key, %error, "the outcome of a purchase could not be written to the journal"),
        }
        outcome
    }
}

/// What is kept of a response: without the key, and without the one that has replaced it meanwhile.
fn record(response: &BufferedResponse, zapmail: &Zapmail, key: &ApiKey, body: &[u8]) -> RecordedResponse {
    let status = response.status();
    let mut kept = response.without_credentials(Credentials::of(key).with_body(body));
    // A cached key is returned at once; a provider is not waited for.
    if let Some(Ok(newer)) = zapmail.key().now_or_never() {
        let once_more = BufferedResponse::new(status, HeaderMap::new(), kept);
        kept = once_more.without_credentials(Credentials::of(&newer));
    }
    RecordedResponse { status: status.as_u16(), body: String::from_utf8_lossy(&kept).into_owned() }
}

/// Whether nothing was bought for sure.
fn is_refused(error: &Error) -> bool {
    let is_client_error = error.status().is_some_and(|status| (400..500).contains(&status));
    !error.is_outcome_unknown() && (is_client_error || !error.may_have_been_processed())
}

/// What a key that is taken means for a purchase.
fn recorded(claim: Claim, wanted: &JournalEntry, operation: &'static Operation) -> Result<BufferedResponse> {
    let Claim { entry, is_running } = claim;
    let JournalEntry { key, operation: used_for, started_at, .. } = &entry;
    if entry.operation != wanted.operation || entry.request != wanted.request {
        let message = format!("the key `{key}` was used for another request of `{used_for}` at {started_at}");
        return Err(Error::new(ErrorKind::Conflict, message)
            .with_operation(operation)
            .with_hint("use a new key for another purchase; nothing was sent"));
    }
    if is_running {
        let message = format!("the purchase `{key}` is being made now, by another call or process");
        return Err(Error::new(ErrorKind::Conflict, message)
            .with_operation(operation)
            .with_hint("call again later for its outcome; nothing was sent"));
    }
    match (entry.state, &entry.response) {
        (EntryState::Made, Some(response)) => {
            let status = StatusCode::from_u16(response.status).unwrap_or_default();
            // Nothing was sent: no attempts.
            let response = BufferedResponse::new(status, HeaderMap::new(), response.body.clone()).assume_success();
            Ok(response.attempted(0, Duration::ZERO, Duration::ZERO))
        }
        (EntryState::Made | EntryState::Settled, _) => {
            let message = format!("the purchase `{key}` was made at {started_at}, and its response is not known");
            Err(Error::new(ErrorKind::AlreadyBought, message).with_operation(operation).with_hint("nothing was sent"))
        }
        (EntryState::Claimed | EntryState::Sent | EntryState::Unknown, _) => {
            let message = format!("the purchase `{key}` was begun at {started_at}, and its outcome is unknown");
            let error = Error::new(ErrorKind::OutcomeUnknown, message).with_operation(operation);
            Err(error.into_outcome_unknown().with_hint(format!(
                "nothing was sent now; look with `journal.verify(&zapmail, \"{key}\")`{}, and settle it with \
                 `journal.resolve(..)`",
                operation.verify_with.map(|verify| format!(" or `{verify}`")).unwrap_or_default()
            )))
        }
    }
}

/// A call in progress. Dropping it before it has finished notifies the store.
struct Running<'a> {
    journal: &'a Journal,
    entry: JournalEntry,
    is_over: bool,
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.journal.store().abandon(&self.entry);
        }
    }
}
