//! `zapmail purchases`: the journal of a profile, and purchases whose outcome is unknown.

use clap::{Subcommand, ValueEnum};
use serde_json::json;
use zapmail_sdk_ext::journal::{JournalEntry, PurchaseOutcome};

use crate::connection::Connection;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Rows;
use crate::{journal, progress, words};

#[derive(Debug, Subcommand)]
pub enum Arguments {
    /// List the purchases whose outcome is unknown
    List,
    /// Read the account, and say whether a purchase was made
    Verify {
        /// Key of the purchase
        key: String,
    },
    /// Settle a purchase whose outcome is unknown, after you have verified it
    Settle {
        /// Key of the purchase
        key: String,
        /// Whether the purchase was made. If it was not, it can be made again under its key.
        outcome: Outcome,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Outcome {
    Made,
    NotMade,
}

pub async fn run(context: &Context, arguments: Option<Arguments>) -> Result<(), Failure> {
    let journal = journal::open(Connection::profile_name(context)?.as_deref())?;
    match arguments.unwrap_or(Arguments::List) {
        Arguments::List => {
            let entries = journal.open_entries().await?;
            context.print(&Rows::new(entries.iter().map(row).collect()))
        }
        Arguments::Verify { key } => {
            let connection = Connection::open(context).await?;
            let work = journal.verify(&connection.zapmail, &key);
            let verification = progress::during(context, "Reading the account", work).await?;
            context.print(&Rows::new(words::of_command_line(&verification.to_string()).into()))
        }
        Arguments::Settle { key, outcome } => {
            let outcome = match outcome {
                Outcome::Made => PurchaseOutcome::Happened,
                Outcome::NotMade => PurchaseOutcome::DidNotHappen,
            };
            journal.resolve(&key, outcome).await?;
            context.note(match outcome {
                PurchaseOutcome::Happened => format!("the purchase {key} counts as made"),
                PurchaseOutcome::DidNotHappen => format!("the purchase {key} can be made again"),
            });
            Ok(())
        }
    }
}

fn row(entry: &JournalEntry) -> serde_json::Value {
    json!({
        "key": entry.key,
        "operation": entry.operation,
        "service": entry.service,
        "workspace": entry.workspace,
        "startedAt": entry.started_at,
        "state": entry.state,
    })
}
