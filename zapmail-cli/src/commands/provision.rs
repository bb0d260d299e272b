//! `zapmail provision`: runs the plan in a file step by step, and resumes an earlier run of it.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use serde_json::json;
use zapmail_sdk_ext::{Decimal, MailboxState, ProvisionEvent, ProvisionPlan};

use crate::arguments::{Format, Options, Spending, parse_interval};
use crate::confirmation::{self, Purchase};
use crate::connection::Connection;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Rows;
use crate::terminal::note;
use crate::{journal, progress, words};

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// File with the plan: CSV with the columns domain, username, first_name, last_name and source, or JSON
    ///
    /// The source of a domain is buy, connect or owned. To resume after an error or an interruption, run the command
    /// again: nothing is bought or created twice.
    file: PathBuf,
    /// Maximum total price of the domains, in USD
    #[arg(long, value_name = "USD", default_value = "0")]
    at_most: Decimal,
    /// Polling interval, such as 30s; defaults to growing intervals
    #[arg(long, value_name = "TIME", value_parser = parse_interval)]
    interval: Option<Duration>,
    #[command(flatten)]
    spending: Spending,
}

pub async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let plan = read(&arguments.file)?;
    let connection = Connection::open(context).await?;
    let preview = connection.zapmail.provision(plan.clone()).at_most(arguments.at_most).dry_run();
    let preview = progress::during(context, "Reading the account", preview).await?;
    if context.options.dry_run {
        print(context, &preview)?;
    }
    if !preview.problems.is_empty() {
        let failure = Failure::refused("the plan cannot be provisioned");
        let problems = preview.problems.iter().map(|problem| words::translate(problem));
        return Err(problems.fold(failure, Failure::hint));
    }
    if context.options.dry_run {
        return Ok(());
    }
    context.note(preview.to_string());
    if !preview.bought.is_empty() {
        let description = format!("{} domains", preview.bought.len());
        let purchase = Purchase::at_most(&connection.zapmail, description, preview.price);
        confirmation::check_permission(&arguments.spending)?;
        confirmation::confirm(context, &arguments.spending, purchase).await?;
    }
    let client = connection.zapmail.journal(journal::of(&connection)?);
    // Without --yes, the run spends no more than the price that was confirmed.
    let at_most = if arguments.spending.yes { arguments.at_most } else { preview.price };
    let client = if arguments.spending.spend { client.allow_spending() } else { client };
    let name = arguments.spending.once.unwrap_or_else(|| arguments.file.display().to_string());
    let bar = progress::bar("mailboxes");
    bar.set_length(plan.addresses().count() as u64);
    let shown = bar.clone();
    let run = client.once(&name).provision(plan).at_most(at_most).on_progress(move |event| match event {
        ProvisionEvent::Step { step } => shown.set_message(step.to_string()),
        ProvisionEvent::Mailbox { state: MailboxState::Active, .. } => shown.inc(1),
        ProvisionEvent::Failed { subject, reason } => shown.suspend(|| note(&format!("{subject}: {reason}"))),
        _ => {}
    });
    let run = match arguments.interval.or(connection.demo_interval()) {
        Some(interval) => run.intervals(interval, interval),
        None => run,
    };
    let hint = context.set_interruption_hint(
        "requests that were already sent may still be processed; run the same command again to resume",
    );
    let outcome = progress::with_bar(context, &bar, connection.run_long(run.run())).await;
    hint.clear();
    let (report, error) = match outcome {
        Ok(report) => (report, None),
        Err(error) => {
            let (error, report) = error.into_parts();
            (report, Some(error))
        }
    };
    print(context, &report)?;
    match error {
        Some(error) => Err(Failure::from(error).hint("run the same command again to resume")),
        None if report.is_complete() => Ok(()),
        None => Err(Failure::incomplete("the plan is not complete yet").hint("run the same command again to resume")),
    }
}

/// Prints a value as text, or as data if a format or a part of the data is selected.
fn print(context: &Context, value: &(impl Display + Serialize)) -> Result<(), Failure> {
    match &context.options {
        Options { output: Format::Table, query: None, .. } => context.print_text(&format!("{value}\n")),
        _ => context.print(&Rows::new(json!(value))),
    }
}

fn read(path: &Path) -> Result<ProvisionPlan, Failure> {
    let failure = |error| Failure::unreadable(path, error);
    if path.extension().is_some_and(|extension| extension == "json") {
        return Ok(ProvisionPlan::from_json(&fs::read_to_string(path).map_err(failure)?)?);
    }
    Ok(ProvisionPlan::from_csv(&*fs::read(path).map_err(failure)?)?)
}
