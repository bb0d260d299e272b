//! A list of 20 pages from a service that takes 300 ms per response, under the documented rate limits, in real time.
//!
//! The limits allow 5 requests in any second. The number of pages is known only after the first: it is sent at 0.0 s,
//! the next four at 0.3 s, one at 1.0 s, four at 1.3 s and so on; the last is sent at 3.3 s and arrives at 3.6 s.

use std::time::{Duration, Instant};

use futures::TryStreamExt;
use tokio::runtime::Runtime;
use zapmail_sdk_ext::{Paged, Zapmail};

use crate::row;
use crate::service::Service;

const PAGES: u32 = 20;

/// The shortest time that the limits allow, in seconds.
const ALLOWED: f64 = 3.6;

/// The maximum ratio of the measured time to the shortest time.
const GOAL: f64 = 1.02;

pub fn measure(runtime: &Runtime) {
    let service = Service { latency: Duration::from_millis(300), pages: PAGES, domains: 10 };
    let zapmail = Zapmail::builder().api_key("not-a-real-key").base_url(service.start()).build().unwrap();
    let start = Instant::now();
    let pages = zapmail.list_mailboxes().limit(10u32).pages().try_fold(0, |count, _| async move { Ok(count + 1) });
    assert_eq!(runtime.block_on(pages).unwrap(), PAGES);
    let seconds = start.elapsed().as_secs_f64();
    let (what, ratio) = ("20 pages at 300 ms, documented rate limits", seconds / ALLOWED);
    row(what, "what the limits allow after the first page", &format!("{ALLOWED:.2} s"), None, None);
    row(what, "zapmail-sdk-ext, pages()", &format!("{seconds:.2} s"), Some(ratio), Some((ratio, GOAL)));
}
