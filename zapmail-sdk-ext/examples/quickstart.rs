//! The main tasks: the user, the wallet, the mailboxes, and an authenticator code that is valid when it is used.
//!
//! ```text
//! cargo run -p zapmail-sdk-ext --example quickstart
//! ```
//!
//! Only reads. Without `ZAPMAIL_API_KEY`, it uses its own sandbox.

#[path = "support/connect.rs"]
mod connect;
#[path = "support/countdown.rs"]
mod countdown;

use std::error::Error;
use std::time::Duration;

use futures::{StreamExt, TryStreamExt};
use zapmail_sdk_ext::types::Mailbox;
use zapmail_sdk_ext::{OtpTarget, Paged};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (zapmail, _sandbox) = connect::connect().await?;

    let user = zapmail.get_user().send().await?;
    let name = [user.first_name, user.last_name].into_iter().flatten().collect::<Vec<_>>().join(" ");
    println!("user      {name} <{}>", user.email.unwrap_or_default());

    let wallet = zapmail.get_wallet_balance().send().await?;
    println!("wallet    {:.2} USD", wallet.wallet_balance.unwrap_or_default());

    let mailboxes: Vec<_> = zapmail.list_mailboxes().items().take(8).try_collect().await?;
    println!("\n{:<40} {:<18} {:<10} second factor", "mailbox", "status", "provider");
    for mailbox in &mailboxes {
        let status = mailbox.status.as_ref().map(ToString::to_string).unwrap_or_default();
        let provider = mailbox.service_provider.as_ref().map(ToString::to_string).unwrap_or_default();
        let second_factor = if has_second_factor(mailbox) { "yes" } else { "no" };
        println!("{:<40} {status:<18} {provider:<10} {second_factor}", mailbox.address());
    }

    let Some(mailbox) = mailboxes.iter().find(|mailbox| has_second_factor(mailbox)) else {
        println!("\nnone of these mailboxes has a second factor, so there is no code");
        return Ok(());
    };
    println!("\na code for {} that is valid for at least 10 seconds:", mailbox.address());
    let otp = zapmail.otp(OtpTarget::mailbox(&mailbox.id));
    let code = countdown::valid_for_with_countdown(&otp, Duration::from_secs(10)).await?;
    println!("{} expires in {} s", code.expose(), code.remaining().as_secs());
    Ok(())
}

fn has_second_factor(mailbox: &Mailbox) -> bool {
    mailbox.secret.is_some()
}
