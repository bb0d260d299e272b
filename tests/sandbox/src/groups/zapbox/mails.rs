//! The mails: listed, by thread, searched.

use std::collections::HashMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::accounts::{find, limit};
use super::{check_consent, page, success};
use crate::envelope::{Answer, Refusal};
use crate::request::Request;
use crate::state::{Mail, State};

/// Mails of a page when the request does not say; the service's number is not known.
const USUAL: usize = 20;

/// Mails of a thread when the request does not say.
const USUAL_OF_THREAD: usize = 100;

/// Mails that a search finds when the request does not say.
const USUAL_OF_SEARCH: usize = 50;

/// Newest first. The cursor is the number of the last mail; that `nextCursor` tells it is assumed.
pub(super) fn list_emails(state: &mut State, request: &Request) -> Answer {
    check_consent(state)?;
    let query = &request.query;
    let limit = limit(query, USUAL)?;
    let before = match query.get("cursor").map(str::parse::<f64>) {
        None => u64::MAX,
        Some(Ok(cursor)) if cursor >= 0.0 => cursor as u64,
        Some(_) => return Err(Refusal::rule("cursor must be a number")),
    };
    let account = query.get("account").map(|address| find(state, request, address)).transpose()?;
    let warm_up = query.get("includeWarmUp") == Some("true");
    let addresses = addresses(state, request);
    let wanted = |mail: &&Mail| {
        addresses.contains_key(&mail.account)
            && mail.number < before
            && account.is_none_or(|account| mail.account == account)
            && query.get("folder").is_none_or(|folder| mail.is_in(folder))
            && (warm_up || !mail.warm_up)
    };
    let found: Vec<_> = state.zapbox.mails().filter(wanted).take(limit + 1).collect();
    let more = found.len() > limit;
    let shown = &found[..found.len().min(limit)];
    let next = shown.last().filter(|_| more).map(|mail| mail.number);
    let rows = shown.iter().map(|mail| row(mail, &addresses)).collect();
    Ok(page(rows, json!({"nextCursor": next, "hasNextPage": more})))
}

/// Oldest first.
pub(super) fn list_thread_emails(state: &mut State, request: &Request) -> Answer {
    check_consent(state)?;
    let thread = request.query.require("threadId")?;
    let limit = limit(&request.query, USUAL_OF_THREAD)?;
    let addresses = addresses(state, request);
    let mails = state.zapbox.mails().rev();
    let mut mails = mails.filter(|mail| addresses.contains_key(&mail.account) && mail.thread_id() == thread).peekable();
    if mails.peek().is_none() {
        return Err(Refusal::not_found("Thread"));
    }
    Ok(success(mails.take(limit).map(|mail| row(mail, &addresses)).collect()))
}

/// How the service is told what to look for is not documented. Here the mails are found that contain all that the query
/// holds, whatever its parameters are called.
pub(super) fn search_emails(state: &mut State, request: &Request) -> Answer {
    check_consent(state)?;
    let limit = limit(&request.query, USUAL_OF_SEARCH)?;
    let addresses = addresses(state, request);
    let pairs = request.query.clone().into_pairs().into_iter().filter(|(name, _)| name != "limit");
    let sought: Vec<_> = pairs.map(|(_, value)| value.to_lowercase()).collect();
    let wanted = |mail: &&Mail| {
        addresses.contains_key(&mail.account)
            && sought.iter().all(|text| {
                let parts = [&mail.from, &mail.to, &mail.subject, &mail.text];
                parts.into_iter().any(|part| part.to_lowercase().contains(text))
            })
    };
    let found: Vec<_> = state.zapbox.mails().filter(wanted).collect();
    let rows = found.iter().take(limit).map(|mail| row(mail, &addresses)).collect();
    Ok(page(rows, json!({"total": found.len(), "hasNextPage": found.len() > limit})))
}

/// The accounts whose mails may be shown.
fn addresses(state: &State, request: &Request) -> HashMap<Uuid, String> {
    let mailboxes = state.mailboxes_of(request.workspace);
    mailboxes.map(|(domain, mailbox)| (mailbox.id, mailbox.address(domain))).collect()
}

/// What a mail is made of is assumed: no answer with one has been seen.
fn row(mail: &Mail, addresses: &HashMap<Uuid, String>) -> Value {
    let attachments = mail.attachment.iter();
    let attachments = attachments.map(|file| json!({"attachmentId": file.id, "filename": file.filename}));
    json!({
        "messageId": mail.id(),
        "threadId": mail.thread_id(),
        "account": addresses.get(&mail.account),
        "folder": mail.folder,
        "from": mail.from,
        "to": mail.to,
        "cc": mail.cc,
        "subject": mail.subject,
        "body": mail.text,
        "labels": mail.labels,
        "date": mail.date.to_json(),
        "isWarmUp": mail.warm_up,
        "attachments": attachments.collect::<Value>(),
    })
}
