//! Connect time: measures how long a request waits for a new connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use reqwest::ClientBuilder;
use tokio::task_local;
use tokio::time::Instant;
use tower::layer::layer_fn;
use tower::util::MapFuture;

task_local! {
    /// The connect time of the request in this task, in microseconds.
    static CONNECT_MICROS: Arc<AtomicU64>;
}

/// Makes a client measure the connect time of each request.
pub fn measure(builder: ClientBuilder) -> ClientBuilder {
    builder.connector_layer(layer_fn(|connector| MapFuture::new(connector, timed)))
}

/// Runs an exchange and returns its outcome with its connect time, which is zero if it used an open connection.
pub async fn with_connect_time<T>(exchange: impl Future<Output = T>) -> (T, Duration) {
    let micros = Arc::<AtomicU64>::default();
    let outcome = CONNECT_MICROS.scope(Arc::clone(&micros), exchange).await;
    (outcome, Duration::from_micros(micros.load(Ordering::Relaxed)))
}

/// Records how long a connection takes. Called in the task of the request; if another connection becomes free first,
/// the new connection is completed in a different task.
fn timed<T>(connecting: impl Future<Output = T>) -> impl Future<Output = T> {
    let micros = CONNECT_MICROS.try_with(Arc::clone).ok();
    let started_at = Instant::now();
    async move {
        let connection = connecting.await;
        if let Some(micros) = micros {
            micros.store(u64::try_from(started_at.elapsed().as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
        }
        connection
    }
}
