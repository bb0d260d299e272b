//! Lists all mailboxes, page by page and item by item.
//!
//! ```text
//! cargo run -p zapmail-sdk-ext --example list_mailboxes -- [TEXT]
//! ```
//!
//! Only reads. Without `ZAPMAIL_API_KEY`, it uses its own sandbox.

#[path = "support/connect.rs"]
mod connect;

use std::error::Error;

use zapmail_sdk_ext::{NumberOrText, Paged};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let text = std::env::args().nth(1).unwrap_or_default();
    let (zapmail, _sandbox) = connect::connect().await?;
    let request = zapmail.list_mailboxes().contains(text).limit(5);

    let mut pages = request.clone().pages();
    while let Some(page) = pages.next().await? {
        let count = |number: Option<&NumberOrText>| number.map(ToString::to_string).unwrap_or_default();
        println!("page {} of {}", count(page.current_page.as_ref()), count(page.total_pages.as_ref()));
        for domain in page.domains {
            println!("  {:<32} {} mailboxes", domain.domain.unwrap_or_default(), domain.mailboxes.len());
        }
    }

    let mailboxes = request.items().collect().await?;
    let last = mailboxes.last().map_or("none".into(), |mailbox| mailbox.address());
    println!("\n{} mailboxes, the last is {last}", mailboxes.len());
    Ok(())
}
