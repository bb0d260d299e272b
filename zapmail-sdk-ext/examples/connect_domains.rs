//! Connects domains whose name servers already point at the service, and waits until all are connected.
//!
//! ```text
//! cargo run -p zapmail-sdk-ext --example connect_domains -- acme.com other.com
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

use zapmail_sdk_ext::types::DomainConnection;

const MINUTE: Duration = Duration::from_secs(60);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (zapmail, sandbox) = connect::connect().await?;
    let mut names: Vec<String> = std::env::args().skip(1).collect();
    if names.is_empty() && sandbox.is_some() {
        names = vec!["brand-one.example.com".to_owned(), "brand-two.example.com".to_owned()];
    }
    if names.is_empty() {
        return Err("pass the domains to connect".into());
    }
    if !consent::confirm(sandbox.as_deref(), &format!("Connect {}", names.join(", ")))? {
        return Ok(());
    }

    zapmail.connect_domains().body(DomainConnection::new(&names)).send().await?;
    let advance = sandbox_clock::advance(sandbox.clone(), MINUTE);
    let wait = zapmail
        .wait_for_connections(&names)
        .interval(sandbox_clock::interval(sandbox.as_deref(), MINUTE))
        .on_progress(move |states| {
            let states: Vec<_> = states
                .iter()
                .map(|(name, state)| format!("{name}: {}", state.as_ref().map_or("-", |state| state.as_str())))
                .collect();
            println!("{}", states.join("   "));
            advance();
        });
    wait.await?;
    println!("all domains are connected");
    Ok(())
}
