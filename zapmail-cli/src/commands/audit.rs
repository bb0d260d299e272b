//! `zapmail audit`: the content of one or more accounts, as rows without credentials.

use std::time::Duration;

use clap::ValueEnum;
use serde_json::json;
use zapmail_sdk_ext::Audit;

use crate::connection::Connection;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Rows;
use crate::progress;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Part of the report to print
    #[arg(value_enum, default_value_t)]
    part: Part,
    /// Audit the accounts of all profiles
    #[arg(long)]
    all_profiles: bool,
    /// Skip the health and the DNS records of domains, which require one request each per domain
    #[arg(long)]
    quick: bool,
    /// Report subscriptions and domains that are due within this number of days
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    due_within: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Problems and due dates
    #[default]
    Findings,
    /// One row per domain
    Domains,
    /// One row per mailbox, without credentials
    Mailboxes,
    /// One row per subscription of any kind
    Subscriptions,
    /// The complete report
    All,
}

pub async fn run(context: &Context, arguments: Arguments) -> Result<(), Failure> {
    let audit = if arguments.all_profiles {
        Audit::of(Connection::of_all_profiles(context)?)
    } else {
        Connection::open(context).await?.zapmail.audit()
    };
    let audit = audit.due_within(DAY * arguments.due_within);
    let audit = if arguments.quick { audit.without_health().without_dns() } else { audit };
    let bar = progress::bar("domains");
    let shown = bar.clone();
    let audit = audit.on_progress(move |progress| {
        shown.set_length(progress.domains as u64);
        shown.set_position(progress.domains_done as u64);
        shown.set_message(format!("{} of {} workspaces", progress.workspaces_done, progress.workspaces));
    });
    let report = progress::with_bar(context, &bar, audit.run()).await;
    context.print(&Rows::new(match arguments.part {
        Part::Findings => json!(report.findings),
        Part::Domains => json!(report.domains),
        Part::Mailboxes => json!(report.mailboxes),
        Part::Subscriptions => json!(report.subscriptions),
        Part::All => json!(report),
    }))?;
    if report.failures.is_empty() {
        return Ok(());
    }
    let failure = Failure::incomplete("part of the account could not be read");
    Err(report.failures.iter().fold(failure, |failure, part| failure.hint(part.to_string())))
}
