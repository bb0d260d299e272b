//! The Redis server that several processes and machines share.

mod connection;

use std::fmt;
#[cfg(feature = "simulation")]
use std::sync::Arc;
use std::time::Duration;

use redis::{AsyncConnectionConfig, Client, ConnectionAddr, RedisError};
use zapmail_sdk::{Error, ErrorKind, Result, Secret};

#[cfg(not(feature = "simulation"))]
pub(crate) use self::connection::Connection;
#[cfg(feature = "simulation")]
pub use self::connection::{Connection, Connector};

/// The timeout of connecting.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// The timeout of a response.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(2);

/// A Redis server (5.0 or newer) or Valkey server, for state that several processes and machines share.
///
/// Start one with `redis-server`, or in a container with `docker run -p 6379:6379 redis`. The client connects when a
/// connection is first needed, and reconnects if it is lost. A user with restricted permissions needs scripts, `TIME`,
/// `INFO`, `DEL`, `PEXPIRE`, and the commands for strings, hashes, sets and sorted sets, on keys that begin with
/// `zapmail:`.
///
/// ```
/// use zapmail_sdk_ext::Redis;
///
/// let redis = Redis::new("redis://:not-a-real-password@127.0.0.1:6379")?;
/// assert_eq!(format!("{redis:?}"), "Redis(127.0.0.1:6379)");
/// # Ok::<(), zapmail_sdk_ext::Error>(())
/// ```
#[derive(Clone)]
pub struct Redis {
    server: Server,
    /// The host and port, or the path of a socket.
    address: String,
}

#[derive(Clone)]
enum Server {
    Real(Box<Client>),
    #[cfg(feature = "simulation")]
    Simulated(Arc<dyn Connector>),
}

impl Redis {
    /// Creates a handle for a simulated server. Background work runs in the current runtime instead of a thread.
    #[cfg(feature = "simulation")]
    #[doc(hidden)]
    pub fn simulated(connector: impl Connector) -> Self {
        Self { address: "a simulated address".to_owned(), server: Server::Simulated(Arc::new(connector)) }
    }

    /// Returns whether the server is simulated.
    #[cfg(feature = "simulation")]
    pub(crate) fn is_simulated(&self) -> bool {
        matches!(self.server, Server::Simulated(_))
    }

    /// Creates a handle from a URL: `redis://host:port`, `redis://user:password@host:port/database`, `rediss://` for
    /// TLS, or `redis+unix:///path`.
    ///
    /// TLS requires the feature `rustls` or `native-tls`, and uses the platform's certificates. With `rustls`, `ring`
    /// becomes the cryptography provider of the process, unless the program has installed another one.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if the URL is invalid. The message does not contain it.
    pub fn new(url: impl Into<Secret>) -> Result<Self> {
        let url = url.into();
        use_tls(url.expose())?;
        // The source error can contain the URL.
        let client = Client::open(url.expose()).map_err(|_| {
            Error::config(
                "the URL of the Redis server is invalid; use `redis://:password@host:6379`, or `rediss://` for TLS",
            )
        })?;
        Ok(Self { address: address(&client), server: Server::Real(Box::new(client)) })
    }

    /// Trusts a custom certificate authority for `rediss://`, in PEM format, instead of the platform's.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] if `pem` is not a certificate.
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    pub fn with_root_certificate(self, pem: impl Into<Vec<u8>>) -> Result<Self> {
        let pem = pem.into();
        let invalid = || Error::config("the root certificate of the Redis server is not a certificate in PEM");
        if !String::from_utf8_lossy(&pem).contains("-----BEGIN CERTIFICATE-----") {
            return Err(invalid());
        }
        #[cfg_attr(
            not(feature = "simulation"),
            expect(clippy::infallible_destructuring_match, reason = "there are other variants")
        )]
        let client = match &self.server {
            Server::Real(client) => client,
            #[cfg(feature = "simulation")]
            Server::Simulated(_) => return Ok(self),
        };
        let certificates = redis::TlsCertificates { client_tls: None, root_cert: Some(pem) };
        let client = Client::build_with_tls(client.get_connection_info().clone(), certificates);
        Ok(Self { server: Server::Real(Box::new(client.map_err(|_| invalid())?)), ..self })
    }

    /// Connects. The connection is driven by the current runtime, and cannot be used again once it is lost.
    pub(crate) async fn connect(&self) -> Result<Connection> {
        let connected = match &self.server {
            Server::Real(client) => {
                let config = AsyncConnectionConfig::new()
                    .set_connection_timeout(Some(CONNECT_TIMEOUT))
                    .set_response_timeout(Some(RESPONSE_TIMEOUT));
                client.get_multiplexed_async_connection_with_config(&config).await.map(Connection::new)
            }
            #[cfg(feature = "simulation")]
            Server::Simulated(connector) => connector.connect().await,
        };
        connected.map_err(|error| self.error(&error))
    }

    /// Creates an error that names the server and contains no credentials. Redis's own messages are not used, because
    /// they quote commands, which can contain the password.
    pub(crate) fn error(&self, error: &RedisError) -> Error {
        let reason = match error.code() {
            Some(code) => code.to_owned(),
            None if error.is_timeout() => "timed out".to_owned(),
            None if error.is_connection_refusal() => "the connection was refused".to_owned(),
            None if error.is_connection_dropped() => "the connection was lost".to_owned(),
            None => error.category().to_owned(),
        };
        let address = &self.address;
        Error::new(ErrorKind::Connection, format!("the Redis server at {address} does not respond: {reason}"))
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Redis({})", self.address)
    }
}

fn address(client: &Client) -> String {
    match client.get_connection_info().addr() {
        ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => format!("{host}:{port}"),
        ConnectionAddr::Unix(path) => path.display().to_string(),
        _ => "an unknown address".to_owned(),
    }
}

/// Prepares TLS if the URL needs it.
///
/// # Errors
///
/// [`ErrorKind::Config`] if the program was built without TLS.
fn use_tls(url: &str) -> Result<()> {
    if !url.starts_with("rediss:") {
        return Ok(());
    }
    if cfg!(not(any(feature = "rustls", feature = "native-tls"))) {
        return Err(Error::config(
            "the URL of the Redis server uses TLS, but this program was built without TLS; enable the feature `rustls` \
             or `native-tls` of zapmail-sdk-ext",
        ));
    }
    #[cfg(feature = "rustls")]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // This fails if another thread has installed a provider in the meantime.
        _ = rustls::crypto::ring::default_provider().install_default();
    }
    Ok(())
}
