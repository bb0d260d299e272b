//! A list of 20 pages from a service that takes 300 ms per response, under the documented rate limits, in real time.
//!
//! The limits allow 5 requests in any second. The number of pages is known only after the first: it is sent at 0.0 s, the
//! next four at 0.3 s, one at 1.0 s, four at 1.3 s and so on; the last is sent at 3.3 s and arrives at 3.6 s. With the
//! number of pages known beforehand, the list would take 3.3 s.

use std::time::{Duration, Instant};

use futures::TryStreamExt;
use zapmail_sdk_ext::{Paged, RateLimits, Zapmail};

use crate::report::{Report, Row};
use crate::runtime;
use crate::support::service::Service;

const GROUP: &str = "20 pages at 300 ms, documented rate limits, real time";
const PAGES: u32 = 20;

pub fn measure(report: &mut Report) {
    let service = Service { latency: Duration::from_millis(300), pages: PAGES, domains: 10 };
    let base_url = service.start();
    let client = || {
        let builder = Zapmail::builder().api_key("not-a-real-key").base_url(&base_url);
        builder.rate_limits(RateLimits::default()).build().unwrap()
    };
    let runtime = runtime();

    let (list, plain) = (client(), client());
    let seconds = runtime.block_on(async {
        let start = Instant::now();
        let pages = list.list_mailboxes().limit(10u32).pages().try_fold(0, |count, _| async move { Ok(count + 1) });
        assert_eq!(pages.await.unwrap(), PAGES);
        start.elapsed().as_secs_f64()
    });
    let one_by_one = runtime.block_on(async {
        let start = Instant::now();
        for page in 1..=PAGES {
            plain.list_mailboxes().limit(10u32).page(page).send().await.unwrap();
        }
        start.elapsed().as_secs_f64()
    });

    let allowed = "what the limits allow after the first page";
    for (name, value) in [
        (allowed, 3.6),
        ("what the limits allow if the number of pages is known", 3.3),
        ("zapmail-sdk-ext, pages()", seconds),
        ("a plain loop", one_by_one),
    ] {
        report.add(Row { group: GROUP, name, value, unit: "s", against: (name != allowed).then_some(allowed) });
    }
}
