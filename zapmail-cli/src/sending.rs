//! Running an operation: confirms purchases, fetches pages, and masks the credentials in the response.

use std::fs;
use std::io::{self, IsTerminal, Write};

use clap::ArgMatches;
use serde_json::Value;
use zapmail_openapi::document::Operation;
use zapmail_sdk_ext::journal::EntryState;
use zapmail_sdk_ext::{Error, RequestBuilder, Zapmail};

use crate::arguments::{self, ALL, FILE, Spending};
use crate::catalog::{Call, OperationCommand};
use crate::connection::Connection;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, Rows, masked};
use crate::{catalog, confirmation, dry_run, journal, pages, payment, progress};

/// Runs the command of an operation.
pub async fn run(context: &Context, command: &OperationCommand, matches: &ArgMatches) -> Result<(), Failure> {
    let call = command.call(matches).await?;
    if context.options.dry_run {
        return dry_run::print(context, call.request(&Connection::for_dry_run(context)?));
    }
    if command.creates_credential() && !context.options.reveal {
        return Err(Failure::usage("the service shows the created secret only once; pass --reveal to print it"));
    }
    let connection = Connection::open(context).await?;
    if command.needs_permission_to_spend() {
        let spending: Spending = arguments::read(matches)?;
        let summary = command.operation.summary();
        let description = confirmation::Purchase::of_call(&connection.zapmail, &command.operation, &call);
        let request = |client: &Zapmail| call.request(client);
        return purchase(context, &connection, description, &spending, Some(command.operation), summary, request).await;
    }
    if command.returns_file() {
        return download(context, &connection.zapmail, &call, matches.get_one::<String>(FILE)).await;
    }
    let operation = &command.operation;
    let paging = operation.paging();
    let is_all = paging.is_some() && matches.get_flag(ALL);
    let work = async {
        match &paging {
            Some(paging) if is_all => pages::all(&connection.zapmail, &call, paging).await,
            _ => Ok(call.request(&connection.zapmail).send().await?),
        }
    };
    let body = progress::during(context, operation.summary(), work).await?;
    print(context, Some(*operation), &body)
}

/// Confirms a purchase, makes it once, and prints its response. If it is interrupted or its outcome is unknown, the
/// error contains the key for a retry.
pub async fn purchase(
    context: &Context,
    connection: &Connection,
    description: confirmation::Purchase<'_>,
    spending: &Spending,
    operation: Option<Operation<'static>>,
    summary: &str,
    request: impl Fn(&Zapmail) -> RequestBuilder,
) -> Result<(), Failure> {
    // Refuse an invalid request before the user confirms it.
    request(&connection.zapmail).prepare()?;
    confirmation::check_permission(spending)?;
    if let Some(key) = &spending.once
        && let Some(response) = recorded_response(context, connection, key, &request).await?
    {
        return print(context, operation, &response);
    }
    confirmation::confirm(context, spending, description).await?;
    let balance = payment::balance(&connection.zapmail).await;
    let key = spending.once.clone().unwrap_or_else(journal::new_key);
    let buyer = connection.zapmail.allow_spending().journal(journal::of(connection)?).once(&key);
    context.note(format!("purchase key: {key}"));
    let retry = format!("run the same command with --once {key}: it checks the journal and does not buy twice");
    let hint = context.set_interruption_hint(format!("the purchase may have been made; {retry}"));
    let outcome = progress::during(context, summary, request(&buyer).send::<Value>()).await;
    hint.clear();
    let response = outcome.map_err(|error: Error| {
        let is_open = error.is_outcome_unknown();
        let failure = Failure::from(error).detail("once", key.as_str());
        if is_open { failure.hint(retry) } else { failure }
    })?;
    // The invoice is reported even if the response cannot be printed.
    let printed = print(context, operation, &response).map_err(|failure| failure.hint("the purchase was made"));
    let paid = payment::check(context, &connection.zapmail, balance, &response).await;
    paid.and(printed).map_err(|failure| failure.detail("once", key.as_str()))
}

/// Returns the recorded response if the purchase was already made under this key. Returns an error if its outcome is
/// unknown, or if the key was used for a different purchase.
async fn recorded_response(
    context: &Context,
    connection: &Connection,
    key: &str,
    request: impl Fn(&Zapmail) -> RequestBuilder,
) -> Result<Option<Value>, Failure> {
    let journal = journal::of(connection)?;
    let Some(entry) = journal.entry(key).await?.filter(|entry| entry.state != EntryState::Claimed) else {
        return Ok(None);
    };
    let buyer = connection.zapmail.allow_spending().journal(journal).once(key);
    let response = request(&buyer).send::<Value>().await.map_err(|error| Failure::from(error).detail("once", key))?;
    let time = entry.started_at.format("%Y-%m-%d %H:%M:%S UTC");
    context.note(format!("the purchase {key} was already made at {time}; printing the recorded response"));
    payment::print_link(context, &response);
    Ok(Some(response))
}

async fn download(context: &Context, zapmail: &Zapmail, call: &Call, file: Option<&String>) -> Result<(), Failure> {
    if file.is_none() && io::stdout().is_terminal() {
        return Err(Failure::usage("the response is a file; pass --file PATH, or redirect the output"));
    }
    let response = progress::during(context, "Downloading", call.request(zapmail).send_raw()).await?;
    match file {
        Some(path) => {
            fs::write(path, response.bytes()).map_err(|error| Failure::io(format!("{path} cannot be written"), error))
        }
        None => io::stdout().write_all(response.bytes()).map_err(output::failure),
    }
}

/// Prints the data of a response. Without an operation, the request is undocumented, and the data is the complete body.
fn print(context: &Context, operation: Option<Operation<'static>>, body: &Value) -> Result<(), Failure> {
    let body = without_credentials(context, operation, body);
    context.print(&Rows { data: data(operation, &body).clone(), rows: items(operation, &body) })
}

/// Prints a complete response. Tables, CSV and JSON lines contain only its data, as rows.
pub fn print_complete(context: &Context, operation: Option<Operation<'static>>, body: &Value) -> Result<(), Failure> {
    let body = without_credentials(context, operation, body);
    let rows = items(operation, &body).unwrap_or_else(|| match data(operation, &body) {
        Value::Array(rows) => rows.clone(),
        value => vec![value.clone()],
    });
    context.print(&Rows { data: body, rows: Some(rows) })
}

/// Returns a response with its credentials masked, unless `--reveal` is passed.
fn without_credentials(context: &Context, operation: Option<Operation<'static>>, body: &Value) -> Value {
    match catalog::document() {
        Some(document) if !context.options.reveal => {
            masked(document, operation.and_then(|operation| document.success_schema(&operation)), body)
        }
        _ => body.clone(),
    }
}

fn data<'a>(operation: Option<Operation<'static>>, body: &'a Value) -> &'a Value {
    let pointer = operation.and_then(|operation| operation.data());
    pointer.and_then(|pointer| body.pointer(pointer)).filter(|data| !data.is_null()).unwrap_or(body)
}

fn items(operation: Option<Operation<'static>>, body: &Value) -> Option<Vec<Value>> {
    operation?.paging().map(|paging| pages::items(body, &paging))
}
