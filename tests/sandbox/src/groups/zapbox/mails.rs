//! Lists of emails: all, by thread, or by search.

use std::collections::HashMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::accounts::{find, limit};
use super::{check_consent, page, success};
use crate::envelope::{HandlerResult, Refusal};
use crate::request::Request;
use crate::state::{Mail, State};

/// The default page size. The service's default is not known.
const DEFAULT_LIMIT: usize = 20;

/// The default number of emails per thread.
const DEFAULT_THREAD_LIMIT: usize = 100;

/// The default number of search results.
const DEFAULT_SEARCH_LIMIT: usize = 50;

/// Lists emails, newest first. The cursor is the number of the last email. Assumption: `nextCursor` returns it.
pub(super) fn list_emails(state: &mut State, request: &Request) -> HandlerResult {
    check_consent(state)?;
    let query = &request.query;
    let limit = limit(query, DEFAULT_LIMIT)?;
    let before = match query.get("cursor").map(str::parse::<f64>) {
        None => u64::MAX,
        Some(Ok(cursor)) if cursor >= 0.0 => cursor as u64,
        Some(_) => return Err(Refusal::rule("cursor must be a number")),
    };
    let account = query.get("account").map(|address| find(state, request, address)).transpose()?;
    let warm_up = query.get("includeWarmUp") == Some("true");
    let addresses = addresses(state, request);
    let is_match = |mail: &&Mail| {
        addresses.contains_key(&mail.account)
            && mail.number < before
            && account.is_none_or(|account| mail.account == account)
            && query.get("folder").is_none_or(|folder| mail.is_in(folder))
            && (warm_up || !mail.warm_up)
    };
    let found: Vec<_> = state.zapbox.mails().filter(is_match).take(limit + 1).collect();
    let has_next = found.len() > limit;
    let shown = &found[..found.len().min(limit)];
    let next = shown.last().filter(|_| has_next).map(|mail| mail.number);
    let rows = shown.iter().map(|mail| row(mail, &addresses)).collect();
    Ok(page(rows, json!({"nextCursor": next, "hasNextPage": has_next})))
}

/// Lists the emails of a thread, oldest first.
pub(super) fn list_thread_emails(state: &mut State, request: &Request) -> HandlerResult {
    check_consent(state)?;
    let thread = request.query.require("threadId")?;
    let limit = limit(&request.query, DEFAULT_THREAD_LIMIT)?;
    let addresses = addresses(state, request);
    let mails = state.zapbox.mails().rev();
    let mut mails = mails.filter(|mail| addresses.contains_key(&mail.account) && mail.thread_id() == thread).peekable();
    if mails.peek().is_none() {
        return Err(Refusal::not_found("Thread"));
    }
    Ok(success(mails.take(limit).map(|mail| row(mail, &addresses)).collect()))
}

/// Searches emails. The name of the search parameter is not documented: here, an email must contain the values of all
/// query parameters except `limit`.
pub(super) fn search_emails(state: &mut State, request: &Request) -> HandlerResult {
    check_consent(state)?;
    let limit = limit(&request.query, DEFAULT_SEARCH_LIMIT)?;
    let addresses = addresses(state, request);
    let pairs = request.query.clone().into_pairs().into_iter().filter(|(name, _)| name != "limit");
    let terms: Vec<_> = pairs.map(|(_, value)| value.to_lowercase()).collect();
    let is_match = |mail: &&Mail| {
        addresses.contains_key(&mail.account)
            && terms.iter().all(|term| {
                let fields = [&mail.from, &mail.to, &mail.subject, &mail.text];
                fields.into_iter().any(|field| field.to_lowercase().contains(term))
            })
    };
    let found: Vec<_> = state.zapbox.mails().filter(is_match).collect();
    let rows = found.iter().take(limit).map(|mail| row(mail, &addresses)).collect();
    Ok(page(rows, json!({"total": found.len(), "hasNextPage": found.len() > limit})))
}

/// Returns the addresses of the accounts in the workspace, whose emails may be shown.
fn addresses(state: &State, request: &Request) -> HashMap<Uuid, String> {
    let mailboxes = state.mailboxes_of(request.workspace);
    mailboxes.map(|(domain, mailbox)| (mailbox.id, mailbox.address(domain))).collect()
}

/// Returns the row of an email. Its fields are assumed, because no response with an email has been seen.
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
