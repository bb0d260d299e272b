//! How long a request waits for its connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::ClientBuilder;
use tokio::task_local;
use tokio::time::Instant;
use tower::layer::layer_fn;
use tower::util::MapFuture;

task_local! {
    /// What the connector takes for the request of this task, in microseconds.
    static CONNECTING: Arc<AtomicU64>;
}

/// Measures each connection, in the request that waits for it.
pub fn measured(builder: ClientBuilder) -> ClientBuilder {
    builder.connector_layer(layer_fn(|connector| MapFuture::new(connector, timed)))
}

/// Runs an exchange; returns how long it waited for a connection of its own, zero if there was one.
pub async fn exchanged<T>(exchange: impl Future<Output = T>) -> (T, Duration) {
    let micros = Arc::<AtomicU64>::default();
    let outcome = CONNECTING.scope(Arc::clone(&micros), exchange).await;
    (outcome, Duration::from_micros(micros.load(Ordering::Relaxed)))
}

/// Called in the task of the request; the connection may be completed in another, if one becomes free meanwhile.
fn timed<T>(connecting: impl Future<Output = T>) -> impl Future<Output = T> {
    let micros = CONNECTING.try_with(Arc::clone).ok();
    let started_at = Instant::now();
    async move {
        let connection = connecting.await;
        if let Some(micros) = micros {
            micros.store(u64::try_from(started_at.elapsed().as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
        connection
    }
}
