//! An audit log of purchases: one line of JSON per call that can cost money, regardless of its outcome.
//!
//! ```text
//! cargo run -p zapmail-sdk-ext --example purchase_log
//! ```
//!
//! Buys two mailbox slots in its own sandbox, loses the response to the purchase of a third, and is refused a fourth.

use std::error::Error;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde_json::json;
use zapmail_sandbox::{Fault, Sandbox};
use zapmail_sdk_ext::Zapmail;
use zapmail_sdk_ext::chrono::{DateTime, Utc};
use zapmail_sdk_ext::observer::{CallEnd, Observer};
use zapmail_sdk_ext::operations::Effect;

/// A file to which lines are appended.
struct PurchaseLog(Mutex<File>);

impl PurchaseLog {
    fn open(path: &Path) -> std::io::Result<Self> {
        Ok(Self(Mutex::new(OpenOptions::new().create(true).append(true).open(path)?)))
    }
}

impl Observer for PurchaseLog {
    fn call_ended(&self, end: &CallEnd<'_>) {
        if !matches!(end.call.operation.effect, Effect::Spend | Effect::Authorize) {
            return;
        }
        // The text of an error contains no secret.
        let error = end.error();
        let line = json!({
            "at": DateTime::<Utc>::from(SystemTime::now()).to_rfc3339(),
            "operation": end.call.operation.id,
            "workspace": end.call.workspace,
            "outcome": error.map_or("ok", |error| if error.is_outcome_unknown() { "unknown" } else { "refused" }),
            "error": error.map(ToString::to_string),
            "attempts": end.attempts(),
        });
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(error) = writeln!(file, "{line}") {
            eprintln!("a purchase could not be logged: {error}: {line}");
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("purchases.jsonl");
    let sandbox = Sandbox::start().await?;
    let zapmail = Zapmail::builder()
        .api_key(sandbox.api_key())
        .base_url(sandbox.base_url())
        .observer(PurchaseLog::open(&path)?)
        .build()?;

    let buyer = zapmail.allow_spending();
    buyer.purchase_addon_mailboxes().quantity(2u32).send().await?;
    sandbox.fail_next("purchase_addon_mailboxes", Fault::DropAfterRequest)?;
    let unknown = buyer.purchase_addon_mailboxes().quantity(1u32).send().await;
    let refused = zapmail.purchase_addon_mailboxes().quantity(1u32).send().await;
    assert!(unknown.is_err() && refused.is_err());

    print!("{}", std::fs::read_to_string(&path)?);
    Ok(())
}
