//! `zapmail wait`: waits until exports, connections, domains or mailboxes are ready.

use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::{Value, json};
use zapmail_sdk_ext::{Error, Redacted, Wait};

use crate::arguments::parse_interval;
use crate::connection::Connection;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Rows;
use crate::progress;

#[derive(Debug, Subcommand)]
pub enum Arguments {
    /// Wait until an export is complete
    Export {
        /// Id of the export, as returned by `exports mailboxes`
        id: i64,
        #[command(flatten)]
        limits: Limits,
    },
    /// Wait until connected domains are ready
    Connections(Names),
    /// Wait until purchased domains are active
    Domains(Names),
    /// Wait until mailboxes are active
    Mailboxes(Addresses),
}

#[derive(Debug, Args)]
pub struct Addresses {
    /// Addresses of the mailboxes
    #[arg(required = true, value_parser = NonEmptyStringValueParser::new())]
    addresses: Vec<String>,
    #[command(flatten)]
    limits: Limits,
}

#[derive(Debug, Args)]
pub struct Names {
    /// Names of the domains
    #[arg(required = true, value_parser = NonEmptyStringValueParser::new())]
    names: Vec<String>,
    #[command(flatten)]
    limits: Limits,
}

#[derive(Debug, Args)]
pub struct Limits {
    /// Maximum time to wait, such as 15m or 2h; the default depends on the command
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    timeout: Option<Duration>,
    /// Polling interval, such as 30s; defaults to growing intervals
    #[arg(long, value_name = "TIME", value_parser = parse_interval)]
    interval: Option<Duration>,
}

pub async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let connection = Connection::open(context).await?;
    let zapmail = &connection.zapmail;
    match arguments {
        Arguments::Export { id, limits } => wait(context, &connection, limits, zapmail.wait_for_export(id)).await,
        Arguments::Connections(Names { names, limits }) => {
            wait(context, &connection, limits, zapmail.wait_for_connections(&names)).await
        }
        Arguments::Domains(Names { names, limits }) => {
            wait(context, &connection, limits, zapmail.wait_for_domains(&names)).await
        }
        Arguments::Mailboxes(Addresses { addresses, limits }) => {
            wait(context, &connection, limits, zapmail.wait_for_mailboxes(addresses)).await
        }
    }
}

async fn wait<S: Serialize + Send + 'static>(
    context: &Context,
    connection: &Connection,
    limits: Limits,
    wait: Wait<S>,
) -> Result<(), Failure> {
    let wait = match limits.timeout {
        Some(timeout) => wait.timeout(timeout),
        None => wait,
    };
    let wait = match limits.interval.or(connection.demo_interval()) {
        Some(interval) => wait.interval(interval),
        None => wait,
    };
    let work = connection.run_long(async { wait.await });
    let state = progress::during(context, "Waiting", work).await.map_err(|error| Failure::from(Error::from(error)))?;
    let state = if context.options.reveal { json!(state) } else { json!(Redacted(&state)) };
    let rows = by_name(&state);
    context.print(&Rows { data: state, rows })
}

/// Returns a map of states by name as rows; `None` if the value is a single state.
fn by_name(states: &Value) -> Option<Vec<Value>> {
    let states = states.as_object()?;
    if !states.keys().all(|name| name.contains('.')) {
        return None;
    }
    let rows = states.iter().map(|(name, state)| match state {
        Value::Object(properties) => {
            let mut row = properties.clone();
            row.insert("name".to_owned(), name.as_str().into());
            row.into()
        }
        state => json!({"name": name, "status": state}),
    });
    Some(rows.collect())
}
