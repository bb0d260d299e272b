//! Audits the whole account, with a progress bar, and prints counts and findings.
//!
//! ```text
//! cargo run -p zapmail-sdk-ext --example audit -- [--json]
//! ```
//!
//! With `--json`, the whole report is written to standard output as JSON; everything else goes to standard error. Only
//! reads. Without `ZAPMAIL_API_KEY`, it uses its own sandbox.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::SystemTime;

use indicatif::{ProgressBar, ProgressStyle};
use zapmail_sandbox::Sandbox;
use zapmail_sdk_ext::{AuditReport, Zapmail};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let json = std::env::args().any(|argument| argument == "--json");
    let (zapmail, _sandbox) = connect().await?;

    // Most requests of an audit are the two per domain. The bar is drawn on standard error.
    let bar = ProgressBar::new(0).with_style(ProgressStyle::with_template("{bar:40} {pos} of {len} domains, {msg}")?);
    let shown = bar.clone();
    let audit = zapmail.audit().on_progress(move |progress| {
        shown.set_length(progress.domains as u64);
        shown.set_position(progress.domains_done as u64);
        shown.set_message(format!("{} of {} workspaces", progress.workspaces_done, progress.workspaces));
    });
    let report = audit.run().await;
    bar.finish();

    if json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report);
    }
    report.failures.iter().for_each(|failure| eprintln!("could not be read: {failure}"));
    if report.failures.is_empty() { Ok(()) } else { Err("the report is incomplete".into()) }
}

fn print(report: &AuditReport) {
    let rows = [
        ("domains", report.domains.len()),
        ("mailboxes", report.mailboxes.len()),
        ("subscriptions", report.subscriptions.len()),
        ("findings", report.findings.len()),
    ];
    for (name, count) in rows {
        println!("{name:<22} {count:>6}");
    }
    let mut kinds = BTreeMap::<_, usize>::new();
    for finding in &report.findings {
        *kinds.entry(finding.kind).or_default() += 1;
    }
    for (kind, count) in kinds {
        println!("  {kind:<20} {count:>6}");
    }
    println!();
    for finding in &report.findings {
        println!("{:<16} {finding}", finding.workspace_name.as_deref().unwrap_or_default());
    }
}

/// Like `support/connect.rs`, but does not print to standard output, which is for the report.
async fn connect() -> Result<(Zapmail, Option<Sandbox>), Box<dyn Error>> {
    if std::env::var_os("ZAPMAIL_API_KEY").is_some() {
        return Ok((Zapmail::from_env()?, None));
    }
    // Findings about due dates depend on the current time.
    let sandbox = Sandbox::builder().starting_at(SystemTime::now()).start().await?;
    eprintln!("ZAPMAIL_API_KEY is not set; using a sandbox at {}\n", sandbox.base_url());
    let zapmail = Zapmail::builder().api_key(sandbox.api_key()).base_url(sandbox.base_url()).build()?;
    Ok((zapmail, Some(sandbox)))
}
