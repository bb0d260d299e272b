//! A list of 100,200 mailboxes, item by item: peak memory.

use allocation_counter::measure as allocations;
use futures::{StreamExt, TryStreamExt};
use tokio::runtime::Runtime;
use zapmail_sdk_ext::{Paged, RateLimits, Zapmail};

use crate::row;
use crate::service::{PER_DOMAIN, Service};

/// The maximum memory per row, in bytes.
const GOAL: f64 = 24.0;

pub fn measure(runtime: &Runtime, quick: bool) {
    let pages = if quick { 4 } else { 334 };
    let service = Service { pages, ..Service::PROMPT };
    let mailboxes = usize::try_from(pages * PER_DOMAIN * service.domains).unwrap();
    let zapmail = Zapmail::builder().api_key("not-a-real-key").base_url(service.start());
    let zapmail = zapmail.rate_limits(RateLimits::unlimited()).build().unwrap();
    let stream = |count: usize| {
        runtime.block_on(async {
            let items = zapmail.list_mailboxes().limit(100u32).items().take(count);
            items.try_fold(0, |count, _| std::future::ready(Ok(count + 1))).await.unwrap()
        })
    };
    // Opens the connection, and makes the allocations that occur only once.
    stream(1);
    let peak = |count| allocations(|| assert_eq!(stream(count), count)).bytes_max as f64;
    let (first, all) = (peak(1_000), peak(mailboxes));
    let each = (all - first) / (mailboxes - 1_000) as f64;
    let what = "peak memory of streaming mailboxes, 300 per page";
    row(what, "the first 1,000", &format!("{:.2} MB", first / 1e6), None, None);
    row(what, &format!("all {mailboxes}"), &format!("{:.2} MB", all / 1e6), None, None);
    row(what, "each after the first 1,000", &format!("{each:.1} bytes"), None, Some((each, GOAL)));
}
