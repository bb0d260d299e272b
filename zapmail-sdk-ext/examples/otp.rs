//! An authenticator code for one mailbox that can be used for some seconds yet.
//!
//! ```text
//! cargo run -p zapmail-sdk-ext --example otp -- MAILBOX_ID [SECONDS]
//! ```
//!
//! Without `ZAPMAIL_API_KEY` it talks to a sandbox of its own, and takes its first mailbox when none is named.

#[path = "support/connect.rs"]
mod connect;
#[path = "support/countdown.rs"]
mod countdown;

use std::error::Error;
use std::time::Duration;

use futures::TryStreamExt;
use uuid::Uuid;
use zapmail_sdk_ext::{OtpTarget, Zapmail, prelude::*};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let named =
        arguments.next().map(|id| id.parse::<Uuid>().map_err(|error| format!("MAILBOX_ID: {error}"))).transpose()?;
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
    let code = countdown::fresh_with_countdown(&otp, at_least).await?;
    println!("{} for {} more seconds", code.expose(), code.remaining().as_secs());
    Ok(())
}

async fn first_with_second_factor(zapmail: &Zapmail) -> Result<Uuid, Box<dyn Error>> {
    let mut mailboxes = zapmail.list_mailboxes().items();
    while let Some(mailbox) = mailboxes.try_next().await? {
        if mailbox.secret.is_some() {
            println!("no MAILBOX_ID given: taking {}", mailbox.address());
            return Ok(mailbox.id);
        }
    }
    Err("no mailbox has a second factor; name one with MAILBOX_ID".into())
}
