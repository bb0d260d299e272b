//! `zapmail audit`: everything that the accounts have, as rows without credentials.

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
    /// What is printed
    #[arg(value_enum, default_value_t)]
    what: What,
    /// Audit the accounts of all profiles
    #[arg(long)]
    all_profiles: bool,
    /// Leave out the health of domains and their DNS records, which cost a request per domain each
    #[arg(long)]
    quick: bool,
    /// Report subscriptions and domains that are due within these days
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    due_within: u32,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum What {
    /// Problems, and what is due
    #[default]
    Findings,
    /// A row for each domain
    Domains,
    /// A row for each mailbox, without credentials
    Mailboxes,
    /// A row for each subscription of any kind
    Subscriptions,
    /// The whole report
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
    let report = progress::shown(context, &bar, audit.run()).await;
    context.print(&Rows::new(match arguments.what {
        What::Findings => json!(report.findings),
        What::Domains => json!(report.domains),
        What::Mailboxes => json!(report.mailboxes),
        What::Subscriptions => json!(report.subscriptions),
        What::All => json!(report),
    }))?;
    if report.failures.is_empty() {
        return Ok(());
    }
    let failure = Failure::incomplete("a part of the account could not be read");
    Err(report.failures.iter().fold(failure, |failure, part| failure.hint(part.to_string())))
}
