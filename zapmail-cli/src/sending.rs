//! Sending an operation: the purchase is confirmed, the pages are followed, and the credentials of the response are masked.

use std::fs;
use std::io::{self, IsTerminal, Write};

use clap::ArgMatches;
use serde_json::{Value, json};
use zapmail_sdk_ext::{Error, RequestBuilder, Zapmail};

use crate::arguments::{self, ALL, FILE, Spending};
use crate::catalog::{Call, OperationCommand};
use crate::connection::Connection;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Rows, masked};
use crate::{confirmation, journal, pages, progress};

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
        let body = purchase(context, &connection, what, &spending, summary, |client| call.request(client)).await?;
        return print(context, command, &body);
    }
    if command.returns_file() {
        return download(&connection.zapmail, &call, matches.get_one::<String>(FILE)).await;
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
    let body = progress::during(operation.summary(), work).await?;
    print(context, command, &body)
}

/// Makes a purchase once, after it was confirmed. An interruption or a lost response names the key for the next attempt.
pub async fn purchase(
    context: &Context,
    connection: &Connection,
    what: confirmation::Purchase<'_>,
    spending: &Spending,
    summary: &str,
    request: impl Fn(&Zapmail) -> RequestBuilder,
) -> Result<Value, Failure> {
    // An invalid request is refused before anything is asked.
    request(&connection.zapmail).prepare()?;
    confirmation::confirm(context, spending, what).await?;
    let key = spending.once.clone().unwrap_or_else(journal::new_key);
    let buyer = journal::buyer(connection)?.once(&key);
    context.note(format!("key of this purchase: {key}"));
    let again = format!("run the same command with --once {key}: it looks at the journal and does not buy again");
    let stake = context.at_stake(format!("the purchase may have been made; {again}"));
    let outcome = progress::during(summary, request(&buyer).send::<Value>()).await;
    stake.over();
    outcome.map_err(|error: Error| {
        let is_open = error.is_outcome_unknown();
        let failure = Failure::from(error).detail("once", key.as_str());
        if is_open { failure.hint(again) } else { failure }
    })
}

async fn download(zapmail: &Zapmail, call: &Call, file: Option<&String>) -> Result<(), Failure> {
    if file.is_none() && io::stdout().is_terminal() {
        return Err(Failure::usage("the response is a file; name one with --file, or redirect the output"));
    }
    let response = progress::during("Downloading", call.request(zapmail).send_raw()).await?;
    match file {
        Some(path) => {
            fs::write(path, response.bytes()).map_err(|error| Failure::io(format!("{path} cannot be written"), error))
        }
        None => {
            io::stdout().write_all(response.bytes()).map_err(|error| Failure::io("the output cannot be written", error))
        }
    }
}

/// Prints the data of a response.
fn print(context: &Context, command: &OperationCommand, body: &Value) -> Result<(), Failure> {
    let OperationCommand { document, operation } = *command;
    let schema = document.success_schema(&operation);
    let body = if context.options.reveal { body.clone() } else { masked(document, schema, body) };
    let items = operation.paging().map(|paging| pages::items(&body, &paging));
    let data = operation.data().and_then(|pointer| body.pointer(pointer)).filter(|data| !data.is_null());
    let rows = Rows { data: data.unwrap_or(&body).clone(), rows: items };
    context.print(&rows)
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
