//! Sent emails, which the sandbox only stores, and downloads of attachments.

use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::accounts::find;
use super::{check_consent, success};
use crate::envelope::{HandlerResult, Refusal, Success};
use crate::request::Request;
use crate::state::{Mail, SENT, State};

/// The content of every attachment.
const FILE: &str = "%PDF-1.4 not a real file";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Outgoing {
    account: String,
    to: String,
    subject: String,
    body: String,
    #[serde(default)]
    cc: Vec<String>,
    #[serde(default)]
    bcc: Vec<String>,
    message_id: Option<String>,
    thread_id: Option<String>,
}

/// Stores an email in the folder of sent emails. No response shows its bcc addresses.
pub(super) fn send_email(state: &mut State, request: &Request) -> HandlerResult {
    check_consent(state)?;
    let mail: Outgoing = request.body()?;
    let account = find(state, request, &mail.account)?;
    if [&mail.to].into_iter().chain(&mail.cc).chain(&mail.bcc).any(|address| !address.contains('@')) {
        return Err(Refusal::rule("to, cc and bcc must be email addresses"));
    }
    let mails = || state.zapbox.mails().filter(|mail| mail.account == account);
    if mail.message_id.as_ref().is_some_and(|id| mails().all(|mail| mail.id() != *id)) {
        return Err(Refusal::not_found("Message"));
    }
    let thread = mail.thread_id.as_ref().map(|id| {
        mails().find(|mail| mail.thread_id() == *id).map(|mail| mail.thread).ok_or_else(|| Refusal::not_found("Thread"))
    });
    let thread = match thread {
        Some(thread) => thread?,
        None => state.zapbox.next_thread(),
    };
    let sent = state.zapbox.add(Mail {
        number: 0,
        account,
        thread,
        folder: SENT.to_owned(),
        from: mail.account,
        to: mail.to,
        cc: mail.cc,
        subject: mail.subject,
        text: mail.body,
        labels: Vec::new(),
        date: request.now,
        warm_up: false,
        attachment: None,
    });
    Ok(success(json!({"messageId": sent.id()})))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Download {
    attachment_id: String,
    message_id: String,
    account: String,
    filename: String,
}

/// Returns the file itself, which is assumed: the service may wrap it in JSON. Any provider is accepted, because the
/// service's values are not documented.
pub(super) fn download_attachment(state: &mut State, request: &Request) -> HandlerResult {
    check_consent(state)?;
    let Download { attachment_id, message_id, account, filename } = request.body()?;
    let account = find(state, request, &account)?;
    let mail = state.zapbox.mails().find(|mail| mail.account == account && mail.id() == message_id);
    let mail = mail.ok_or_else(|| Refusal::not_found("Message"))?;
    let file = mail.attachment.as_ref().filter(|file| file.id == attachment_id && file.filename == filename);
    file.ok_or_else(|| Refusal::not_found("Attachment"))?;
    Ok(Success::file(StatusCode::OK, "application/octet-stream", FILE))
}
