//! What the transport tells the call beside the answer.
//!
//! progenitor's code stands between the two and passes on a status and a body. The rest (how many attempts, when the
//! last one was sent, which error it really was) travels beside it, in a value that belongs to the running call.

use std::cell::RefCell;

use tokio::time::Instant;

use crate::error::Error;

tokio::task_local! {
    static REPORT: RefCell<Report>;
}

/// What happened below one call.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// Requests that were sent, or tried to be.
    pub attempts: u32,
    /// When the last request was sent.
    pub sent_at: Option<Instant>,
    /// HTTP status of the last answer.
    pub status: Option<http::StatusCode>,
    /// Why the call failed.
    pub failure: Option<Error>,
}

/// Runs a call, and returns what its transport told beside the result.
pub(crate) async fn reported<F: Future>(call: F) -> (F::Output, Report) {
    REPORT
        .scope(RefCell::default(), async {
            let output = call.await;
            (output, REPORT.with(RefCell::take))
        })
        .await
}

/// Adds to the report of the running call; does nothing for a raw call, which nobody asks for a report.
pub(super) fn tell(change: impl FnOnce(&mut Report)) {
    // An error means that there is no report to add to.
    _ = REPORT.try_with(|report| change(&mut report.borrow_mut()));
}
