//! Programs that want to send more than the limits allow.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use zapmail_sdk_ext::{RetryPolicy, Zapmail};

/// What a program does, in one thread.
#[derive(Debug, Clone, Copy)]
pub struct Demand {
    pub tasks: usize,
    /// How long it keeps the thread busy after each response, in milliseconds.
    pub busy_ms: u64,
    /// Whether each task sends two requests at a time and gives one up, or both after a random time.
    pub races: bool,
}

impl Demand {
    pub fn tasks(tasks: usize) -> Self {
        Self { tasks, busy_ms: 0, races: false }
    }

    /// Sends as much as possible for this time. A 429 is not retried, and delays nothing but what the client delays.
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
            // Requests that are on their way are counted by the service.
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
