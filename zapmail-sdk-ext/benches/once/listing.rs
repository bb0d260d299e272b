//! A list of 20 pages from a service that takes 300 ms an answer, under the documented quota, in real time.
//!
//! The quota lets 5 requests through in any second. The first page has to be there before anybody knows that there are
//! more: it is sent at 0.0 s, the next four at 0.3 s, one at 1.0 s, four at 1.3 s and so on, the last at 3.3 s, and
//! answered at 3.6 s. Whoever knew the number of pages beforehand would be done at 3.3 s.

use std::time::{Duration, Instant};

use futures::TryStreamExt;
use zapmail_sdk_ext::{Paged, Quota, Zapmail, prelude::*};

use crate::report::{Report, Row};
use crate::runtime;
use crate::support::service::Service;

const GROUP: &str = "20 pages at 300 ms, documented quota, real time";
const PAGES: u32 = 20;

pub fn measure(report: &mut Report) {
    let service = Service { latency: Duration::from_millis(300), pages: PAGES, domains: 10 };
    let base_url = service.start();
    let client = || {
        let builder = Zapmail::builder().api_key("not-a-real-key").base_url(&base_url);
        builder.quota(Quota::documented()).build().unwrap()
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
            plain.list_mailboxes().limit(10u32).page(page).call().await.unwrap();
        }
        start.elapsed().as_secs_f64()
    });

    let allowed = "what the quota allows after the first page";
    for (name, value) in [
        (allowed, 3.6),
        ("what the quota allows who knows the number of pages", 3.3),
        ("zapmail-sdk-ext, pages()", seconds),
        ("a plain loop", one_by_one),
    ] {
        report.add(Row { group: GROUP, name, value, unit: "s", against: (name != allowed).then_some(allowed) });
    }
}
