//! What becomes of a call when the service misbehaves: a table of faults, for a call that reads and one that buys.
//!
//! ```text
//! cargo run -p zapmail-sdk-ext --example resilience
//! ```
//!
//! Always talks to a sandbox of its own, which misbehaves on cue. The last column is what the sandbox has charged: never
//! for more than one purchase, whatever happens.

use std::error::Error;
use std::time::{Duration, Instant};

use zapmail_sandbox::{Fault, Sandbox};
use zapmail_sdk_ext::{Retries, Spending, Timeouts, Zapmail, prelude::*};

/// How long a client here waits for an answer; as short as its pauses, so that the table is soon complete.
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

/// The faults, and how many requests in a row meet each; there are 4 attempts.
fn faults() -> Vec<(&'static str, Fault, usize)> {
    let too_many = |wait| Fault::Status {
        status: 429,
        body: String::new(),
        content_type: "text/plain".to_owned(),
        retry_after: Some(Duration::from_secs(wait)),
    };
    let page = Fault::Status {
        status: 502,
        body: "<html><body><h1>Bad Gateway</h1></body></html>".to_owned(),
        content_type: "text/html".to_owned(),
        retry_after: None,
    };
    vec![
        ("none", Fault::Delay(Duration::ZERO), 1),
        ("429, wait 1 s", too_many(1), 1),
        ("429, wait an hour", too_many(3600), 1),
        ("500 once", Fault::status(500), 1),
        ("502 with a page, twice", page, 2),
        ("503 for ever", Fault::status(503), 4),
        ("connection lost, undone", Fault::DropBeforeRequest, 1),
        ("connection lost, done", Fault::DropAfterRequest, 1),
        ("half an answer", Fault::CutBody, 1),
        ("answer too late", Fault::Delay(2 * ATTEMPT), 1),
        ("answer that is no JSON", Fault::GarbledJson, 1),
        ("error inside a 200", Fault::ErrorInside200 { status: 404, message: "No such workspace".to_owned() }, 1),
        ("redirect elsewhere", Fault::Redirect("https://elsewhere.example.com/".to_owned()), 1),
        ("field is missing", Fault::MissingField, 1),
        ("403", Fault::status(403), 1),
    ]
}

/// One call against a service that misbehaves so: the rest of its line.
async fn row(call: &str, fault: Fault, times: usize) -> Result<String, Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let zapmail = Zapmail::builder()
        .api_key(sandbox.api_key())
        .base_url(sandbox.base_url())
        .retries(Retries::default().pauses(Duration::from_millis(1), Duration::from_millis(20)))
        .timeouts(Timeouts::default().attempt(ATTEMPT))
        .spending(Spending::Allowed)
        .build()?;

    sandbox.fail_next_n("*", fault, times)?;
    let asked_at = Instant::now();
    let outcome = match call {
        "read" => zapmail.get_user().call().await.map(drop),
        _ => zapmail.purchase_addon_mailboxes().quantity(2_u32).call().await.map(drop),
    };
    let time = asked_at.elapsed();

    let outcome = match outcome {
        Ok(()) => "done".to_owned(),
        Err(error) => match error.retry_after() {
            Some(wait) => format!("{:?}, again in {wait:?}", error.kind()),
            None if error.may_have_been_sent() => format!("{:?}", error.kind()),
            None => format!("{:?}, surely not done", error.kind()),
        },
    };
    let requests = sandbox.requests().len();
    let charged: u64 = sandbox.ledger().iter().map(|entry| entry.cents).sum();
    Ok(format!("{requests:>8}  {outcome:<46} {:>4} ms {:>5}.{:02} $", time.as_millis(), charged / 100, charged % 100))
}
