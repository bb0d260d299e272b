//! Many waiters of the rate limiter that time out at the same time.

use std::time::Duration;

use cpu_time::ThreadTime;
use tokio::task::JoinSet;
use zapmail_sdk_ext::{RateLimits, Timeouts, Zapmail};

use crate::service::{Network, Service};
use crate::verdict;

const SECOND: Duration = Duration::from_secs(1);

/// The maximum factor by which ten times as many waiters increase the time.
const GOAL: f64 = 12.0;

pub fn measure() -> String {
    let service = Service::start(Network::default());
    let url = service.url();
    let mut ratios: Vec<_> = (0..7).map(|_| expire(&url, 10_000) / expire(&url, 1_000)).collect();
    ratios.sort_by(f64::total_cmp);
    let ratio = ratios[ratios.len() / 2];
    let verdict = verdict(ratio <= GOAL);
    format!(
        "| 10,000 waiters expiring together, against 1,000 | | | {ratio:.1} times the time | at most {GOAL} times: {verdict} |"
    )
}

/// Returns the processor time of this thread for `calls` calls, in seconds.
fn expire(url: &str, calls: usize) -> f64 {
    let limits = RateLimits::unlimited().per_minute(1);
    let timeouts = Timeouts::default().call(2 * SECOND).attempt(SECOND);
    let builder = Zapmail::builder().api_key("not-a-real-key").base_url(url).rate_limits(limits).timeouts(timeouts);
    let zapmail = builder.build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let started_at = ThreadTime::now();
    runtime.block_on(async {
        let mut tasks = JoinSet::new();
        for _ in 0..calls {
            let zapmail = zapmail.clone();
            tasks.spawn(async move { zapmail.get_user().send().await.is_ok() });
        }
        let sent = tasks.join_all().await.into_iter().filter(|is_sent| *is_sent).count();
        assert_eq!(sent, 1);
    });
    started_at.elapsed().as_secs_f64()
}
