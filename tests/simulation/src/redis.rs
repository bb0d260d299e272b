//! A Redis server within the process: it runs the client's real scripts, under the simulation's clock.

mod data;
mod scripts;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use futures::FutureExt;
use futures::future::BoxFuture;
use redis::aio::ConnectionLike;
use redis::{Cmd, ErrorKind, Pipeline, RedisError, RedisFuture, RedisResult, Value};
use tokio::time::{Instant, sleep};
use zapmail_sdk_ext::simulation::{Connection, Connector};

use self::data::Data;
use self::scripts::Scripts;

/// The longest time that a command takes.
const LONGEST: u32 = 20;

/// How long the client waits for a response (`redis_server.rs`).
const PATIENCE: Duration = Duration::from_secs(2);

/// A server.
pub struct Server(Mutex<State>);

struct State {
    data: Arc<Mutex<Data>>,
    scripts: Scripts,
    rng: Rng,
    started_at: Instant,
    /// Until when it is away, and whether it is silent then.
    away: Option<(Duration, bool)>,
    /// How often it was started: a connection ends with its run.
    run: u32,
    commands: usize,
}

impl Server {
    /// A server without data.
    pub fn new(seed: u64) -> Arc<Self> {
        let data = Arc::new(Mutex::new(Data::new()));
        let state = State {
            scripts: Scripts::new(&data),
            data,
            rng: Rng::with_seed(seed.rotate_left(32)),
            started_at: Instant::now(),
            away: None,
            run: 0,
            commands: 0,
        };
        Arc::new(Self(Mutex::new(state)))
    }

    /// Is away until then.
    pub fn go_away(&self, until: Duration, is_silent: bool) {
        self.state().away = Some((until, is_silent));
    }

    /// Starts again. All connections end.
    pub fn restart(&self, keeps_data: bool) {
        let mut state = self.state();
        state.run += 1;
        let run = state.run;
        lock(&state.data).restart(run, keeps_data);
        state.scripts.forget();
    }

    /// The number of commands so far.
    pub fn commands(&self) -> usize {
        self.state().commands
    }

    /// The way of a process to the server, until it is cut.
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a process has of the server. Cut, it does nothing any more: the process was killed.
#[derive(Debug, Clone)]
pub struct Link {
    server: Arc<Server>,
    is_cut: Arc<AtomicBool>,
}

impl Link {
    /// Cuts it.
    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
    }

    /// Waits as long as the network takes.
    ///
    /// # Errors
    ///
    /// If the server is away, or the link is cut.
    async fn travel(&self) -> RedisResult<()> {
        let (away, delay) = {
            let mut state = self.server.state();
            let now = state.started_at.elapsed();
            let away = state.away.filter(|(until, _)| *until > now).map(|(_, is_silent)| is_silent);
            (away, Duration::from_millis(state.rng.u32(..LONGEST).into()))
        };
        match away {
            Some(true) => {
                sleep(PATIENCE).await;
                return Err(lost(std::io::ErrorKind::TimedOut));
            }
            Some(false) => {
                sleep(delay).await;
                return Err(lost(std::io::ErrorKind::ConnectionRefused));
            }
            None => sleep(delay).await,
        }
        if self.is_cut.load(Ordering::Relaxed) {
            return Err(lost(std::io::ErrorKind::BrokenPipe));
        }
        Ok(())
    }
}

impl Connector for Link {
    fn connect(&self) -> BoxFuture<'static, RedisResult<Connection>> {
        let link = self.clone();
        async move {
            link.travel().await?;
            let run = link.server.state().run;
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
        self.link.travel().await?;
        let value = {
            let mut state = self.link.server.state();
            if state.run != self.run {
                return Err(lost(std::io::ErrorKind::BrokenPipe));
            }
            state.commands += 1;
            let words: Vec<Vec<u8>> = command
                .args_iter()
                .map(|argument| match argument {
                    redis::Arg::Simple(text) => text.to_vec(),
                    _ => b"0".to_vec(),
                })
                .collect();
            state.scripts.carry_out(&words)
        };
        // The response travels as well, and may be lost although the command was carried out.
        self.link.travel().await?;
        value
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

fn lost(kind: std::io::ErrorKind) -> RedisError {
    std::io::Error::from(kind).into()
}

fn refused(reason: &'static str) -> RedisError {
    (ErrorKind::UnexpectedReturnType, reason).into()
}
