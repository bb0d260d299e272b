//! Buys mailbox slots once per order, even if it is run again: after a crash, after a lost response, or by mistake.
//!
//! ```text
//! cargo run -p zapmail-sdk-ext --features journal --example buy_once -- [ORDER] [JOURNAL]
//! ```
//!
//! Asks before it buys. Without `ZAPMAIL_API_KEY`, it uses its own sandbox.

#[path = "support/connect.rs"]
mod connect;
#[path = "support/consent.rs"]
mod consent;

use std::error::Error;

use zapmail_sdk_ext::Journal;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let order = arguments.next().unwrap_or_else(|| "order-4711".to_owned());
    let path = arguments.next().unwrap_or_else(|| "purchases.journal".to_owned());
    let (zapmail, sandbox) = connect::connect().await?;
    // Purchases in a sandbox are lost when it stops, so its journal is temporary.
    let folder = tempfile::tempdir()?;
    let path = if sandbox.is_some() { folder.path().join(path) } else { path.into() };

    if !consent::confirm(sandbox.as_deref(), &format!("Buy 2 mailbox slots for {order}"))? {
        return Ok(());
    }
    let journal = Journal::file(&path)?;
    let buyer = zapmail.allow_spending().journal(journal.clone()).once(order.as_str());
    // In a sandbox, repeats what a second run of the program does.
    let runs = if sandbox.is_some() { 2 } else { 1 };
    for _ in 0..runs {
        match buyer.purchase_addon_mailboxes().quantity(2u32).send_with_response().await {
            Ok(bought) if bought.attempts() == 0 => println!("{order} was bought before; nothing was sent"),
            Ok(_) => println!("{order} is bought"),
            Err(error) if error.is_outcome_unknown() => {
                eprintln!("{error}\n{}", journal.verify(&zapmail, &order).await?);
                return Err(error.into());
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
