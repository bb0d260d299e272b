//! From a plan to active mailboxes: buys and connects domains, sets them up, creates mailboxes and exports them.
//!
//! ```text
//! cargo run -p zapmail-sdk-ext --features journal --example provision -- [PLAN.csv|PLAN.json] [--at-most USD] [--dry-run]
//! ```
//!
//! Run it again to continue after a failure or a crash. Asks before it buys. Without `ZAPMAIL_API_KEY`, it uses its own
//! sandbox and advances the sandbox's clock.

#[path = "support/connect.rs"]
mod connect;
#[path = "support/consent.rs"]
mod consent;
#[path = "support/sandbox_clock.rs"]
mod sandbox_clock;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use zapmail_sandbox::Sandbox;
use zapmail_sdk_ext::types::ExportApp;
use zapmail_sdk_ext::{
    ClientBuilder, Decimal, DomainSettings, Journal, ProvisionEvent, ProvisionPlan, RateLimits, Zapmail,
};

#[derive(Parser)]
struct Arguments {
    /// The plan: a CSV file with the columns domain, username, first_name, last_name and source, or a JSON file.
    plan: Option<PathBuf>,
    /// Maximum total price of the domains, in USD.
    #[arg(long, default_value = "30")]
    at_most: Decimal,
    /// File of the run's journal.
    #[arg(long, default_value = "provision.journal")]
    journal: PathBuf,
    /// Shows the steps and their cost, without executing them.
    #[arg(long)]
    dry_run: bool,
    /// Disables rate limits and long waits, for a sandbox in another process.
    #[arg(long)]
    fast: bool,
}

const MINUTE: Duration = Duration::from_secs(60);
const SHORT: Duration = Duration::from_millis(100);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let (zapmail, sandbox) = client(arguments.fast).await?;
    let plan = match &arguments.plan {
        Some(path) => read(path)?,
        None if sandbox.is_some() => sample(),
        None => return Err("pass a file with the plan".into()),
    };

    let preview = zapmail.provision(plan.clone()).dry_run().await?;
    println!("{preview}\n");
    let is_agreed = || consent::confirm(sandbox.as_deref(), "Execute this plan");
    if arguments.dry_run || !is_agreed()? {
        return Ok(());
    }

    // Purchases in a sandbox are lost when it stops, so its journal is temporary.
    let folder = tempfile::tempdir()?;
    let path = if sandbox.is_some() { folder.path().join(&arguments.journal) } else { arguments.journal };
    let bar = ProgressBar::new(plan.addresses().count() as u64)
        .with_style(ProgressStyle::with_template("{bar:30} {pos}/{len} mailboxes  {msg}")?);
    let run = zapmail
        .allow_spending()
        .journal(Journal::file(path)?)
        // The journal contains one run. If it contained several, each would need a separate name.
        .once("provision")
        .provision(plan)
        .at_most(arguments.at_most)
        .on_progress(progress(bar.clone()));
    let interval = sandbox_clock::interval(sandbox.as_deref(), MINUTE);
    let run = match (arguments.fast, &sandbox) {
        (true, _) => run.intervals(SHORT / 20, SHORT).settle_time(SHORT),
        (false, Some(_)) => run.intervals(interval, interval),
        (false, None) => run,
    };
    let clock = advance_clock(sandbox);
    let report = tokio::select! { report = run.run() => report?, () = clock => unreachable!() };
    bar.finish_and_clear();
    println!("{report}");
    if report.is_complete() { Ok(()) } else { Err("the run is incomplete; run it again".into()) }
}

/// Returns a client for the live service, or for a sandbox if no key is set.
async fn client(fast: bool) -> Result<(Zapmail, Option<Arc<Sandbox>>), Box<dyn Error>> {
    if fast {
        return Ok((ClientBuilder::from_env()?.rate_limits(RateLimits::unlimited()).build()?, None));
    }
    connect::connect().await
}

fn read(path: &Path) -> Result<ProvisionPlan, Box<dyn Error>> {
    if path.extension().is_some_and(|extension| extension == "json") {
        return Ok(ProvisionPlan::from_json(&fs::read_to_string(path)?)?);
    }
    Ok(ProvisionPlan::from_csv(fs::File::open(path)?)?)
}

/// A plan for the sandbox.
fn sample() -> ProvisionPlan {
    ProvisionPlan::new()
        .buy("tryacme.com")
        .connect("acme-mail.example.org")
        .mailbox("dana.reed@tryacme.com", "Dana", "Reed")
        .mailbox("lee.wood@tryacme.com", "Lee", "Wood")
        .mailbox("dana.reed@acme-mail.example.org", "Dana", "Reed")
        .settings(DomainSettings::new().dmarc("reports@acme.example").forward_to("acme.example"))
        .export(ExportApp::Manual, None)
}

/// Displays the current step and the number of active mailboxes.
fn progress(bar: ProgressBar) -> impl FnMut(&ProvisionEvent) + Send + 'static {
    use zapmail_sdk_ext::MailboxState::Active;
    move |event| match event {
        ProvisionEvent::Step { step } => bar.set_message(step.to_string()),
        ProvisionEvent::Mailbox { state: Active, .. } => bar.inc(1),
        ProvisionEvent::Failed { subject, reason } => bar.println(format!("{subject}: {reason}")),
        _ => {}
    }
}

/// Advances the clock of a sandbox by a minute every 100 milliseconds. Never returns.
async fn advance_clock(sandbox: Option<Arc<Sandbox>>) {
    let advance = sandbox_clock::advance(sandbox, MINUTE);
    loop {
        tokio::time::sleep(SHORT).await;
        advance();
    }
}
