//! The exports so far.

use serde_json::{Value, json};

use super::call::Call;
use crate::clock::Moment;
use crate::envelope::{Answer, Success};
use crate::state::{ExportEntry, ExportedMailbox};

pub(super) fn exports(call: &Call<'_>) -> Answer {
    Ok(Success::data("Exports so far", call.service.state().export_entries().into_iter().map(row).collect()))
}

fn row(entry: ExportEntry) -> Value {
    let mailbox = |mailbox: ExportedMailbox| json!({"id": mailbox.id, "address": mailbox.address});
    json!({
        "id": entry.id,
        "workspace": entry.workspace,
        "apps": entry.apps,
        "mailboxes": entry.mailboxes.into_iter().map(mailbox).collect::<Value>(),
        "status": entry.status,
        "failureReason": entry.failure_reason,
        "startedAt": Moment::from_system_time(entry.started_at).to_json(),
    })
}
