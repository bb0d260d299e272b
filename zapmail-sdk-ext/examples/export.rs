//! Exports the mailboxes of a domain to a file, and waits until the job is done.
//!
//! ```text
//! cargo run -p zapmail-sdk-ext --example export -- acme.com
//! ```
//!
//! Asks before it writes. Without `ZAPMAIL_API_KEY` it talks to a sandbox of its own, whose time it hurries along.

#[path = "support/connect.rs"]
mod connect;
#[path = "support/consent.rs"]
mod consent;
#[path = "support/hurry.rs"]
mod hurry;

use std::error::Error;
use std::time::Duration;

use zapmail_sdk_ext::prelude::*;
use zapmail_sdk_ext::types::{ExportApp, MailboxExport};

const STEP: Duration = Duration::from_secs(10);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (zapmail, sandbox) = connect::connect().await?;
    let domain = std::env::args().nth(1).unwrap_or_else(|| "acme-001.example.com".to_owned());
    if !consent::may(sandbox.as_deref(), &format!("Export all mailboxes whose address contains {domain}"))? {
        return Ok(());
    }

    let export = MailboxExport::builder().apps(vec![ExportApp::Manual]).contains(domain);
    let export = MailboxExport::try_from(export)?;
    let job = zapmail.export_mailboxes().body(export).call().await?;
    let Some(id) = job.and_then(|job| job.export_id) else {
        println!("the service started the export and did not say under which id");
        return Ok(());
    };
    let pass_time = hurry::pass_time(sandbox.clone(), STEP);
    let wait = zapmail.wait_for_export(id).every(hurry::every(sandbox.as_deref(), STEP)).on_progress(move |export| {
        println!("export {} is {}", export.export_id, export.status.as_deref().unwrap_or("without a status"));
        pass_time();
    });
    wait.await?;
    println!("done");
    Ok(())
}
