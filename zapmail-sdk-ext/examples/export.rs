//! Exports the mailboxes of a domain to a file, and waits until the job is completed.
//!
//! ```text
//! cargo run -p zapmail-sdk-ext --example export -- acme.com
//! ```
//!
//! Asks before it writes. Without `ZAPMAIL_API_KEY`, it uses its own sandbox and advances the sandbox's clock.

#[path = "support/connect.rs"]
mod connect;
#[path = "support/consent.rs"]
mod consent;
#[path = "support/sandbox_clock.rs"]
mod sandbox_clock;

use std::error::Error;
use std::time::Duration;

use zapmail_sdk_ext::types::{ExportApp, MailboxExport};

const STEP: Duration = Duration::from_secs(10);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (zapmail, sandbox) = connect::connect().await?;
    let domain = std::env::args().nth(1).unwrap_or_else(|| "acme-001.example.com".to_owned());
    if !consent::confirm(sandbox.as_deref(), &format!("Export all mailboxes whose address contains {domain}"))? {
        return Ok(());
    }

    let export = MailboxExport::new([ExportApp::Manual]).contains(domain);
    let job = zapmail.export_mailboxes().body(export).send().await?;
    let Some(id) = job.and_then(|job| job.export_id) else {
        println!("the service started the export and did not return its id");
        return Ok(());
    };
    let advance = sandbox_clock::advance(sandbox.clone(), STEP);
    let wait = zapmail.wait_for_export(id).interval(sandbox_clock::interval(sandbox.as_deref(), STEP)).on_progress(
        move |export| {
            println!("export {} is {}", export.export_id, export.status.as_deref().unwrap_or("without a status"));
            advance();
        },
    );
    wait.await?;
    println!("completed");
    Ok(())
}
