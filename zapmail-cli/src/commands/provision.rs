//! `zapmail provision`: runs the plan in a file step by step, and resumes an earlier run of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;
use zapmail_sdk_ext::{Decimal, MailboxState, ProvisionEvent, ProvisionPlan};

use crate::arguments::{Format, Spending};
use crate::confirmation::{self, Purchase};
use crate::connection::Connection;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{self, Rows};
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
    /// Name of the run in the journal; defaults to the path of the file
    #[arg(long, value_name = "NAME")]
    run: Option<String>,
    /// Polling interval, such as 30s; defaults to growing intervals
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
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
        match context.options.output {
            Format::Table => output::write(&format!("{preview}\n"))?,
            _ => context.print(&Rows::new(json!(preview)))?,
        }
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
    let client = if arguments.spending.spend { client.allow_spending() } else { client };
    let name = arguments.run.unwrap_or_else(|| arguments.file.display().to_string());
    let bar = progress::bar("mailboxes");
    bar.set_length(plan.addresses().count() as u64);
    let shown = bar.clone();
    let run = client.once(&name).provision(plan).at_most(arguments.at_most).on_progress(move |event| match event {
        ProvisionEvent::Step { step } => shown.set_message(step.to_string()),
        ProvisionEvent::Mailbox { state: MailboxState::Active, .. } => shown.inc(1),
        ProvisionEvent::Failed { subject, reason } => shown.suspend(|| anstream::eprintln!("{subject}: {reason}")),
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
    match context.options.output {
        Format::Table => output::write(&format!("{report}\n"))?,
        _ => context.print(&Rows::new(json!(report)))?,
    }
    match error {
        Some(error) => Err(Failure::from(error).hint("run the same command again to resume")),
        None if report.is_complete() => Ok(()),
        None => Err(Failure::incomplete("the plan is not complete yet").hint("run the same command again to resume")),
    }
}

fn read(path: &Path) -> Result<ProvisionPlan, Failure> {
    let failure = |error| Failure::unreadable(path, error);
    if path.extension().is_some_and(|extension| extension == "json") {
        return Ok(ProvisionPlan::from_json(&fs::read_to_string(path).map_err(failure)?)?);
    }
    Ok(ProvisionPlan::from_csv(fs::File::open(path).map_err(failure)?)?)
}
