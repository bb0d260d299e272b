//! Prints an authenticator code for one mailbox that is valid for at least SECONDS.
//!
//! ```text
//! cargo run -p zapmail-sdk-ext --example otp -- MAILBOX_ID [SECONDS]
//! ```
//!
//! Without MAILBOX_ID, it uses the first mailbox that has a second factor; without `ZAPMAIL_API_KEY`, it uses its own
//! sandbox.

#[path = "support/connect.rs"]
mod connect;
#[path = "support/countdown.rs"]
mod countdown;

use std::error::Error;
use std::time::Duration;

use zapmail_sdk_ext::{MailboxId, OtpTarget, Paged, Zapmail};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let named = arguments.next().map(MailboxId::from);
    let seconds = arguments
        .next()
        .map(|seconds| seconds.parse::<u64>().map_err(|error| format!("SECONDS: {error}")))
        .transpose()?;
    let at_least = Duration::from_secs(seconds.unwrap_or(20));

    let (zapmail, _sandbox) = connect::connect().await?;
    let id = match named {
        Some(id) => id,
        None => first_with_second_factor(&zapmail).await?,
    };
    let otp = zapmail.otp(OtpTarget::mailbox(id));
    let code = countdown::valid_for_with_countdown(&otp, at_least).await?;
    println!("{} expires in {} s", code.expose(), code.remaining().as_secs());
    Ok(())
}

async fn first_with_second_factor(zapmail: &Zapmail) -> Result<MailboxId, Box<dyn Error>> {
    let mut mailboxes = zapmail.list_mailboxes().items();
    while let Some(mailbox) = mailboxes.next().await? {
        if mailbox.secret.is_some() {
            println!("without MAILBOX_ID, using {}", mailbox.address());
            return Ok(mailbox.id);
        }
    }
    Err("no mailbox has a second factor".into())
}
