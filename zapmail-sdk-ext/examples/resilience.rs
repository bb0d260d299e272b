//! The outcome of calls when the service misbehaves: a table of faults, for a read and a purchase.
//!
//! ```text
//! cargo run -p zapmail-sdk-ext --example resilience
//! ```
//!
//! Always uses its own sandbox, into which it injects the faults. The last column is the amount that the sandbox
//! charged: never more than one purchase.

use std::error::Error;
use std::time::{Duration, Instant};

use zapmail_sandbox::{Fault, Sandbox};
use zapmail_sdk_ext::{RetryPolicy, Timeouts, Zapmail};

/// The timeout of an attempt: short, like the delays, so that the table is complete soon.
const ATTEMPT: Duration = Duration::from_millis(200);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    println!("{:<26} {:<5} {:>8}  {:<46} {:>7} {:>10}", "fault", "call", "requests", "outcome", "time", "charged");
    for (name, fault, times) in faults() {
        for call in ["read", "buy"] {
            let row = row(call, fault.clone(), times).await?;
            println!("{name:<26} {call:<5} {row}");
        }
    }
    Ok(())
}

/// The faults, each with the number of consecutive requests that it affects. A call has 4 attempts.
fn faults() -> Vec<(&'static str, Fault, usize)> {
    let too_many = |seconds| Fault::Status {
        status: 429,
        body: String::new(),
        content_type: "text/plain".to_owned(),
        retry_after: Some(Duration::from_secs(seconds)),
    };
    let page = Fault::Status {
        status: 502,
        body: "<html><body><h1>Bad Gateway</h1></body></html>".to_owned(),
        content_type: "text/html".to_owned(),
        retry_after: None,
    };
    vec![
        ("none", Fault::Delay(Duration::ZERO), 1),
        ("429, retry after 1 s", too_many(1), 1),
        ("429, retry after 1 h", too_many(3600), 1),
        ("500 once", Fault::status(500), 1),
        ("502 with a page, twice", page, 2),
        ("503 at each attempt", Fault::status(503), 4),
        ("lost before processing", Fault::DropBeforeRequest, 1),
        ("lost after processing", Fault::DropAfterRequest, 1),
        ("response cut off", Fault::CutBody, 1),
        ("response too late", Fault::Delay(2 * ATTEMPT), 1),
        ("invalid JSON", Fault::GarbledJson, 1),
        ("error inside a 200", Fault::ErrorInside200 { status: 404, message: "No such workspace".to_owned() }, 1),
        ("redirect", Fault::Redirect("https://elsewhere.example.com/".to_owned()), 1),
        ("missing field", Fault::MissingField, 1),
        ("403", Fault::status(403), 1),
    ]
}

/// Sends one call to a service with this fault, and returns the remaining columns of its row.
async fn row(call: &str, fault: Fault, times: usize) -> Result<String, Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let zapmail = Zapmail::builder()
        .api_key(sandbox.api_key())
        .base_url(sandbox.base_url())
        .retry_policy(RetryPolicy::default().backoff(Duration::from_millis(1), Duration::from_millis(20)))
        .timeouts(Timeouts::default().attempt(ATTEMPT))
        .allow_spending()
        .build()?;

    sandbox.fail_next_n("*", fault, times)?;
    let started_at = Instant::now();
    let outcome = match call {
        "read" => zapmail.get_user().send().await.map(drop),
        _ => zapmail.purchase_addon_mailboxes().quantity(2_u32).send().await.map(drop),
    };
    let time = started_at.elapsed();

    let outcome = match outcome {
        Ok(()) => "success".to_owned(),
        Err(error) => match error.retry_after() {
            Some(delay) => format!("{:?}, retry after {delay:?}", error.kind()),
            None if error.may_have_been_processed() => format!("{:?}", error.kind()),
            None => format!("{:?}, not processed", error.kind()),
        },
    };
    let requests = sandbox.requests().len();
    let charged: u64 = sandbox.ledger().iter().map(|entry| entry.cents).sum();
    Ok(format!("{requests:>8}  {outcome:<46} {:>4} ms {:>5}.{:02} $", time.as_millis(), charged / 100, charged % 100))
}
