//! Programs that try to send more requests than the limits allow.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use zapmail_sdk_ext::{RetryPolicy, Zapmail};

/// The load that a single-threaded program generates.
#[derive(Debug, Clone, Copy)]
pub struct Demand {
    pub tasks: usize,
    /// How long the program keeps the thread busy after each response, in milliseconds.
    pub busy_ms: u64,
    /// Whether each task races two requests and cancels the loser, or both after a random time.
    pub races: bool,
}

impl Demand {
    pub fn tasks(tasks: usize) -> Self {
        Self { tasks, busy_ms: 0, races: false }
    }

    /// Sends as many requests as possible during `time`. A 429 is not retried, and causes only the delays of the client
    /// itself.
    pub fn run(self, url: &str, time: Duration) {
        let builder = Zapmail::builder().api_key("not-a-real-key").base_url(url).retry_policy(RetryPolicy::none());
        self.run_client(&builder.build().unwrap(), time);
    }

    pub fn run_client(self, zapmail: &Zapmail, time: Duration) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for task in 0..self.tasks {
                tasks.spawn(self.task(task, zapmail.clone()));
            }
            sleep(time).await;
            // The service also counts the requests that are in flight.
            tasks.abort_all();
        });
    }

    async fn task(self, task: usize, zapmail: Zapmail) {
        loop {
            if self.races {
                let both = async {
                    tokio::select! {
                        _ = zapmail.get_user().send() => {}
                        _ = zapmail.get_wallet_balance().send() => {}
                    }
                };
                _ = timeout(Duration::from_millis(fastrand::u64(1..5000)), both).await;
            } else if task.is_multiple_of(4) {
                _ = zapmail.get_user().send().await;
            } else {
                _ = zapmail.get_wallet_balance().send().await;
            }
            let response_at = Instant::now();
            while response_at.elapsed() < Duration::from_millis(self.busy_ms) {}
        }
    }
}
