//! Sending an operation: the purchase is confirmed, the pages are followed, and the credentials of the response are masked.

use std::fs;
use std::io::{self, IsTerminal, Write};

use clap::ArgMatches;
use serde_json::{Value, json};
use zapmail_openapi::document::Operation;
use zapmail_sdk_ext::journal::EntryState;
use zapmail_sdk_ext::{Error, RequestBuilder, Zapmail};

use crate::arguments::{self, ALL, FILE, Spending};
use crate::catalog::{Call, OperationCommand};
use crate::connection::Connection;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Rows, masked};
use crate::{catalog, confirmation, journal, pages, payment, progress};

/// Runs the command of an operation.
pub async fn run(context: &Context, command: &OperationCommand, matches: &ArgMatches) -> Result<(), Failure> {
    let call = command.call(matches).await?;
    if context.options.dry_run {
        return dry_run(context, command, &call);
    }
    let connection = Connection::open(context).await?;
    if command.needs_permission_to_spend() {
        let spending: Spending = arguments::read(matches)?;
        let summary = command.operation.summary();
        let what = confirmation::Purchase::of_operation(&connection.zapmail, &command.operation, &call);
        let request = |client: &Zapmail| call.request(client);
        return purchase(context, &connection, what, &spending, Some(command.operation), summary, request).await;
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

/// Makes a purchase once, after it was confirmed, and prints its response. An interruption or a lost response names the key
/// for the next attempt.
pub async fn purchase(
    context: &Context,
    connection: &Connection,
    what: confirmation::Purchase<'_>,
    spending: &Spending,
    operation: Option<Operation<'static>>,
    summary: &str,
    request: impl Fn(&Zapmail) -> RequestBuilder,
) -> Result<(), Failure> {
    // An invalid request is refused before anything is asked.
    request(&connection.zapmail).prepare()?;
    confirmation::check_permission(spending)?;
    if let Some(key) = &spending.once
        && let Some(response) = earlier(context, connection, key, &request).await?
    {
        return print(context, operation, &response);
    }
    confirmation::confirm(context, spending, what).await?;
    let balance = payment::balance(&connection.zapmail).await;
    let key = spending.once.clone().unwrap_or_else(journal::new_key);
    let buyer = connection.zapmail.allow_spending().journal(journal::of(connection)?).once(&key);
    context.note(format!("key of this purchase: {key}"));
    let again = format!("run the same command with --once {key}: it looks at the journal and does not buy again");
    let stake = context.at_stake(format!("the purchase may have been made; {again}"));
    let outcome = progress::during(context, summary, request(&buyer).send::<Value>()).await;
    stake.over();
    let response = outcome.map_err(|error: Error| {
        let is_open = error.is_outcome_unknown();
        let failure = Failure::from(error).detail("once", key.as_str());
        if is_open { failure.hint(again) } else { failure }
    })?;
    print(context, operation, &response)?;
    payment::check(context, &connection.zapmail, balance, &response)
        .await
        .map_err(|failure| failure.detail("once", key.as_str()))
}

/// Returns the response of a purchase that was made under this key before. If it was another purchase, that is a failure.
async fn earlier(
    context: &Context,
    connection: &Connection,
    key: &str,
    request: impl Fn(&Zapmail) -> RequestBuilder,
) -> Result<Option<Value>, Failure> {
    let journal = journal::of(connection)?;
    let Some(entry) = journal.entry(key).await?.filter(|entry| entry.state == EntryState::Made) else {
        return Ok(None);
    };
    let buyer = connection.zapmail.allow_spending().journal(journal).once(key);
    let response = request(&buyer).send::<Value>().await?;
    let time = entry.started_at.format("%Y-%m-%d %H:%M:%S UTC");
    context.note(format!("already bought under the key {key} at {time}; this is the response of then"));
    payment::note(context, &response);
    Ok(Some(response))
}

async fn download(context: &Context, zapmail: &Zapmail, call: &Call, file: Option<&String>) -> Result<(), Failure> {
    if file.is_none() && io::stdout().is_terminal() {
        return Err(Failure::usage("the response is a file; name one with --file, or redirect the output"));
    }
    let response = progress::during(context, "Downloading", call.request(zapmail).send_raw()).await?;
    match file {
        Some(path) => {
            fs::write(path, response.bytes()).map_err(|error| Failure::io(format!("{path} cannot be written"), error))
        }
        None => {
            io::stdout().write_all(response.bytes()).map_err(|error| Failure::io("the output cannot be written", error))
        }
    }
}

/// Prints the data of a response: of an operation, or of a request that is not documented.
fn print(context: &Context, operation: Option<Operation<'static>>, body: &Value) -> Result<(), Failure> {
    let body = shown(context, operation, body);
    context.print(&Rows { data: data(operation, &body).clone(), rows: items(operation, &body) })
}

/// Prints a whole response. Its data are the rows of a table.
pub fn print_whole(context: &Context, operation: Option<Operation<'static>>, body: &Value) -> Result<(), Failure> {
    let body = shown(context, operation, body);
    let rows = items(operation, &body).unwrap_or_else(|| match data(operation, &body) {
        Value::Array(rows) => rows.clone(),
        one => vec![one.clone()],
    });
    context.print(&Rows { data: body, rows: Some(rows) })
}

/// Returns a response without its credentials, unless they are asked for.
fn shown(context: &Context, operation: Option<Operation<'static>>, body: &Value) -> Value {
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

/// Prints a request instead of sending it.
fn dry_run(context: &Context, command: &OperationCommand, call: &Call) -> Result<(), Failure> {
    let zapmail = Connection::for_dry_run(context)?;
    let request = call.request(&zapmail).prepare()?;
    let document = command.document;
    let body = call.body.as_ref().map(|body| {
        let schema = command.operation.body_schema();
        if context.options.reveal { body.clone() } else { masked(document, schema, body) }
    });
    let effect = command.operation.effect();
    let mut shown = json!({"method": call.method.as_str(), "url": request.url().as_str(), "effect": effect});
    if let Some(body) = body {
        shown["body"] = body;
    }
    context.print(&Rows::new(shown))
}
