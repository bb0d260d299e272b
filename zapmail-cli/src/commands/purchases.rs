//! `zapmail purchases`: purchases with an unknown outcome, from the journal of a profile.

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
    /// List purchases whose outcome is unknown
    List,
    /// Compare the account with its state before a purchase, to find out whether it was made
    Verify {
        /// Key of the purchase
        key: String,
    },
    /// Record the outcome of a purchase, after you have verified it
    Settle {
        /// Key of the purchase
        key: String,
        /// Whether the purchase was made; if not, its key can be used again
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
            context.print(&Rows::new(words::translate(&verification.to_string()).into()))
        }
        Arguments::Settle { key, outcome } => {
            let outcome = match outcome {
                Outcome::Made => PurchaseOutcome::Made,
                Outcome::NotMade => PurchaseOutcome::NotMade,
            };
            journal.resolve(&key, outcome).await?;
            context.note(match outcome {
                PurchaseOutcome::Made => format!("the purchase {key} is settled as made"),
                PurchaseOutcome::NotMade => {
                    format!("the purchase {key} is settled as not made; its key can be used again")
                }
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
