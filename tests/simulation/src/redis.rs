//! A simulated Redis server: it runs the client's real scripts, with the simulation's clock.

mod data;
mod scripts;

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use fastrand::Rng;
use futures::FutureExt;
use futures::future::BoxFuture;
use redis::aio::ConnectionLike;
use redis::{Arg, Cmd, ErrorKind, Pipeline, RedisError, RedisFuture, RedisResult, Value};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use zapmail_sdk_ext::simulation::{Connection, Connector};

use self::data::Data;
use self::scripts::Scripts;
use crate::lock::lock;

/// The maximum latency of a command in each direction, in milliseconds.
const MAX_LATENCY_MS: u32 = 20;

/// The client's timeout for a response (`redis_server.rs`).
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);

/// A simulated server.
pub struct Server(Mutex<State>);

struct State {
    data: Arc<Mutex<Data>>,
    scripts: Scripts,
    rng: Rng,
    /// The end of the outage, and whether the server is silent until then.
    away: Option<(Instant, bool)>,
    /// The number of restarts. A restart ends all connections.
    run: u32,
    commands: usize,
}

impl Server {
    /// Creates a server without data.
    pub fn new(seed: u64) -> Arc<Self> {
        let data = Arc::new(Mutex::new(Data::new()));
        let state = State {
            scripts: Scripts::new(&data),
            data,
            rng: Rng::with_seed(seed.rotate_left(32)),
            away: None,
            run: 0,
            commands: 0,
        };
        Arc::new(Self(Mutex::new(state)))
    }

    /// Makes the server unavailable for a time.
    pub fn fail_for(&self, time: Duration, is_silent: bool) {
        self.state().away = Some((Instant::now() + time, is_silent));
    }

    /// Restarts the server, which ends all connections.
    pub fn restart(&self, keeps_data: bool) {
        let mut state = self.state();
        state.run += 1;
        let run = state.run;
        lock(&state.data).restart(run, keeps_data);
        state.scripts.forget();
    }

    /// Moves the server's clock forward or back.
    pub fn move_clock(&self, time: Duration, back: bool) {
        lock(&self.state().data).move_clock(time, back);
    }

    /// Waits for the latency of the network, and for the end of the outage of a silent server.
    ///
    /// # Errors
    ///
    /// If the server refuses connections.
    async fn travel(&self) -> RedisResult<()> {
        let (away, delay) = {
            let mut state = self.state();
            (
                state.away.filter(|(until, _)| *until > Instant::now()),
                Duration::from_millis(state.rng.u32(..MAX_LATENCY_MS).into()),
            )
        };
        sleep(delay).await;
        match away {
            Some((until, true)) => {
                sleep_until(until).await;
                Ok(())
            }
            Some((_, false)) => Err(lost(io::ErrorKind::ConnectionRefused)),
            None => Ok(()),
        }
    }

    /// The number of commands so far.
    pub fn commands(&self) -> usize {
        self.state().commands
    }

    /// Creates the link of a process to the server.
    pub fn link(self: &Arc<Self>) -> Link {
        Link { server: Arc::clone(self), is_cut: Arc::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.0)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Server")
    }
}

/// The connections of a process to the server. Once the process is killed, the link is cut and sends no more commands.
#[derive(Debug, Clone)]
pub struct Link {
    server: Arc<Server>,
    is_cut: Arc<AtomicBool>,
}

impl Link {
    /// Cuts the link. Commands that were sent before still arrive.
    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
    }

    /// Performs an action on the server, and returns its outcome. The action continues if this future is dropped.
    ///
    /// # Errors
    ///
    /// If the server is unavailable or silent for too long, or the link is cut.
    async fn exchange<T: Send + 'static>(
        &self,
        action: impl FnOnce(&mut State) -> RedisResult<T> + Send + 'static,
    ) -> RedisResult<T> {
        if self.is_cut.load(Ordering::Relaxed) {
            return Err(lost(io::ErrorKind::BrokenPipe));
        }
        let (reply, replied) = oneshot::channel();
        let server = Arc::clone(&self.server);
        tokio::spawn(async move {
            let arrived = server.travel().await;
            let outcome = arrived.and_then(|()| action(&mut server.state()));
            // The response can be lost although the command was executed.
            let outcome = match server.travel().await {
                Ok(()) => outcome,
                Err(error) => Err(error),
            };
            // The client might have stopped waiting.
            _ = reply.send(outcome);
        });
        match timeout(RESPONSE_TIMEOUT, replied).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(lost(io::ErrorKind::BrokenPipe)),
            Err(_) => Err(lost(io::ErrorKind::TimedOut)),
        }
    }
}

impl Connector for Link {
    fn connect(&self) -> BoxFuture<'static, RedisResult<Connection>> {
        let link = self.clone();
        async move {
            let run = link.exchange(|state| Ok(state.run)).await?;
            Ok(Connection::new(Open { link, run }))
        }
        .boxed()
    }
}

/// An open connection.
struct Open {
    link: Link,
    run: u32,
}

impl Open {
    async fn exchange(&self, command: &Cmd) -> RedisResult<Value> {
        let words = command.args_iter().map(|argument| match argument {
            Arg::Simple(text) => text.to_vec(),
            _ => b"0".to_vec(),
        });
        let (words, run): (Vec<Vec<u8>>, _) = (words.collect(), self.run);
        let exchange = self.link.exchange(move |state| {
            if state.run != run {
                return Err(lost(io::ErrorKind::BrokenPipe));
            }
            state.commands += 1;
            state.scripts.execute(&words)
        });
        exchange.await
    }
}

impl ConnectionLike for Open {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        self.exchange(command).boxed()
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        _offset: usize,
        _count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        async move {
            let mut values = Vec::new();
            for command in pipeline.cmd_iter() {
                values.push(self.exchange(command).await?);
            }
            Ok(values)
        }
        .boxed()
    }

    fn get_db(&self) -> i64 {
        0
    }
}

fn lost(kind: io::ErrorKind) -> RedisError {
    io::Error::from(kind).into()
}

fn refused(reason: &'static str) -> RedisError {
    (ErrorKind::UnexpectedReturnType, reason).into()
}
