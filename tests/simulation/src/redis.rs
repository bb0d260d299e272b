//! A Redis server within the process: it runs the client's real scripts, under the simulation's clock.

mod data;
mod scripts;

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
    /// Until when it is away, and whether it is silent then.
    away: Option<(Instant, bool)>,
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
            away: None,
            run: 0,
            commands: 0,
        };
        Arc::new(Self(Mutex::new(state)))
    }

    /// Is away for a time.
    pub fn go_away(&self, time: Duration, is_silent: bool) {
        self.state().away = Some((Instant::now() + time, is_silent));
    }

    /// Starts again. All connections end.
    pub fn restart(&self, keeps_data: bool) {
        let mut state = self.state();
        state.run += 1;
        let run = state.run;
        lock(&state.data).restart(run, keeps_data);
        state.scripts.forget();
    }

    /// Sets its clock forward, or back.
    pub fn move_clock(&self, time: Duration, back: bool) {
        lock(&self.state().data).move_clock(time, back);
    }

    /// Waits as long as the network takes, or until a silent server is back.
    ///
    /// # Errors
    ///
    /// If the server refuses connections.
    async fn travel(&self) -> RedisResult<()> {
        let (away, delay) = {
            let mut state = self.state();
            (
                state.away.filter(|(until, _)| *until > Instant::now()),
                Duration::from_millis(state.rng.u32(..LONGEST).into()),
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

/// The connections of a process to the server. Once it is cut, no more commands are sent: the process was killed.
#[derive(Debug, Clone)]
pub struct Link {
    server: Arc<Server>,
    is_cut: Arc<AtomicBool>,
}

impl Link {
    /// Cuts it. What was sent before still arrives.
    pub fn cut(&self) {
        self.is_cut.store(true, Ordering::Relaxed);
    }

    /// Sends something, and returns the response. It arrives whatever becomes of this future.
    ///
    /// # Errors
    ///
    /// If the server is away or silent for too long, or the link was cut.
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
            // The response travels as well, and may be lost although the command was carried out.
            let outcome = match server.travel().await {
                Ok(()) => outcome,
                Err(error) => Err(error),
            };
            // The client may not wait any more.
            _ = reply.send(outcome);
        });
        match timeout(PATIENCE, replied).await {
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
            state.scripts.carry_out(&words)
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
