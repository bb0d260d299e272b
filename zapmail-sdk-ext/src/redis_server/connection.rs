//! A connection to Redis, or to its simulated replacement.

use std::fmt;

#[cfg(feature = "simulation")]
use futures_util::future::BoxFuture;
#[cfg(feature = "simulation")]
use redis::RedisResult;
use redis::aio::ConnectionLike;
use redis::{Cmd, Pipeline, RedisFuture, Value};

/// A factory of connections to a simulated server.
#[cfg(feature = "simulation")]
pub trait Connector: fmt::Debug + Send + Sync + 'static {
    /// Connects.
    ///
    /// # Errors
    ///
    /// If the server does not respond.
    fn connect(&self) -> BoxFuture<'static, RedisResult<Connection>>;
}

/// A connection to Redis.
pub struct Connection(Box<dyn ConnectionLike + Send + Sync>);

impl Connection {
    /// Wraps a connection.
    pub fn new(connection: impl ConnectionLike + Send + Sync + 'static) -> Self {
        Self(Box::new(connection))
    }
}

impl ConnectionLike for Connection {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        self.0.req_packed_command(command)
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        self.0.req_packed_commands(pipeline, offset, count)
    }

    fn get_db(&self) -> i64 {
        self.0.get_db()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Connection")
    }
}
