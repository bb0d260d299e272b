//! All mailboxes, page by page, with the counters of the account.
//!
//! ```text
//! cargo run -p zapmail-sdk-ext --example list_mailboxes -- [TEXT]
//! ```
//!
//! Only reads. Without `ZAPMAIL_API_KEY` it talks to a sandbox of its own.

#[path = "support/connect.rs"]
mod connect;

use std::error::Error;

use futures::TryStreamExt;
use zapmail_sdk_ext::{Numeric, prelude::*};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let text = std::env::args().nth(1).unwrap_or_default();
    let (zapmail, _sandbox) = connect::connect().await?;
    let request = zapmail.list_mailboxes().contains(text).limit(5);

    let mut pages = request.clone().pages();
    while let Some(page) = pages.try_next().await? {
        let count = |numeric: Option<&Numeric>| numeric.map(ToString::to_string).unwrap_or_default();
        println!("page {} of {}", count(page.current_page.as_ref()), count(page.total_pages.as_ref()));
        for domain in page.domains {
            println!("  {:<32} {} mailboxes", domain.domain.unwrap_or_default(), domain.mailboxes.len());
        }
    }

    let addresses: Vec<_> = request.items().map_ok(|mailbox| mailbox.address().into_owned()).try_collect().await?;
    println!("\n{} mailboxes, the last is {}", addresses.len(), addresses.last().map_or("none", String::as_str));
    Ok(())
}
