//! Creates a mailbox on each assignable domain, in batches, with a progress bar.
//!
//! ```text
//! cargo run -p zapmail-sdk-ext --example assign_many -- [USERNAME]
//! ```
//!
//! Asks before it writes. Without `ZAPMAIL_API_KEY`, it uses its own sandbox.

#[path = "support/connect.rs"]
mod connect;
#[path = "support/consent.rs"]
mod consent;

use std::error::Error;

use indicatif::ProgressBar;
use zapmail_sdk_ext::{AssignPlan, AssignState, NumberOrText, Paged};

/// Maximum number of mailboxes to create. Slots cost money, so the example leaves most of them free.
const MAX_MAILBOXES: usize = 8;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let username = std::env::args().nth(1).unwrap_or_else(|| "sam.vale".to_owned());
    let (zapmail, sandbox) = connect::connect().await?;

    let free = zapmail.list_mailboxes().limit(1).send().await?.available_mailboxes;
    let free = free.as_ref().and_then(NumberOrText::as_i64).unwrap_or_default();
    let mut plan = AssignPlan::new();
    let mut domains = zapmail.list_assignable_domains().items();
    while let Some(domain) = domains.next().await? {
        if plan.len() == MAX_MAILBOXES.min(usize::try_from(free).unwrap_or_default()) {
            break;
        }
        // The service requires the name.
        let Some(name) = domain.domain else { continue };
        plan = plan.mailbox(domain.id, name, "Sam", "Vale", username.as_str());
    }
    println!("{} mailboxes are planned, {free} slots are free", plan.len());
    if plan.is_empty() || !consent::confirm(sandbox.as_deref(), &format!("Create {} mailboxes", plan.len()))? {
        return Ok(());
    }

    let bar = ProgressBar::new(plan.len() as u64);
    let shown = bar.clone();
    let run = zapmail.assign_mailboxes_in_batches(plan).domains_per_request(2).on_progress(move |report| {
        shown.set_position(report.iter().filter(|(_, state)| **state == AssignState::Accepted).count() as u64);
    });
    match run.run().await {
        Ok(report) => {
            bar.finish();
            println!("{} domains were accepted; their mailboxes are being created", report.iter().count());
            Ok(())
        }
        Err(error) => {
            bar.abandon();
            error.violations().iter().for_each(|violation| eprintln!("{violation}"));
            eprintln!("to resume the run, keep this report: {}", serde_json::to_string(error.report())?);
            Err(error.into())
        }
    }
}
