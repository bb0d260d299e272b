//! The handle of a sandbox, for tests.

mod builder;
mod events;
mod faults;
mod record;
mod zapbox;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

pub use self::builder::Builder;
use crate::abortable_stream::{AbortableListener, ConnectionHandle};
use crate::access::API_KEY;
use crate::dispatch;
use crate::document::BASE_PATH;
use crate::in_process::InProcess;
use crate::routes::Routes;
use crate::service::Service;
use crate::settings::Settings;
use crate::state::{Start, StartingData, WorkspaceEntry};
use crate::storage::Storage;
use crate::webhooks::deliver;

/// Maximum time for which a stopping sandbox waits for a client that is still sending a request.
const GRACE_PERIOD: Duration = Duration::from_secs(1);

/// A sandbox: a stateful stand-in for the service.
///
/// [`Sandbox::start`] and [`Builder::start`] start a sandbox that responds over HTTP until it is dropped. It runs as a
/// task of the tokio runtime that it was started in, and uses that runtime's time: in a test with a paused clock, the
/// sandbox's clock is paused too.
///
/// [`Builder::build`] creates a sandbox without a port and without a task. Requests reach it only through
/// [`transport`](Self::transport).
///
/// ```
/// use zapmail_sandbox::Sandbox;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = Sandbox::start().await?;
/// let user = reqwest::Client::new()
///     .get(format!("{}/v2/users", sandbox.base_url()))
///     .header("x-auth-zapmail", sandbox.api_key())
///     .send()
///     .await?;
/// assert_eq!(user.status(), 200);
/// # Ok(())
/// # }
/// ```
pub struct Sandbox {
    base_url: String,
    service: Arc<Service>,
    /// `None` if it responds within the process only.
    server: Option<Server>,
}

/// The HTTP server, which stops when it is dropped.
struct Server {
    /// Stops the task when it is dropped.
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
    /// The task that delivers webhook events; it stops when the set is dropped.
    _deliveries: JoinSet<()>,
}

impl Sandbox {
    /// Starts a sandbox with the default data on a free port of the loopback interface.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::start().await?;
    /// println!("{}", sandbox.base_url());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`io::Error`] if no port is available.
    pub async fn start() -> io::Result<Self> {
        Self::builder().start().await
    }

    /// Returns a builder, for example to set the initial data or the port.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::builder().domains(200).mailboxes_per_domain(2).start().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) async fn start_with(settings: Settings, data: &StartingData) -> io::Result<Self> {
        data.check()?;
        let listener = TcpListener::bind((settings.address, settings.port)).await?;
        let address = listener.local_addr()?;
        let service = service(settings, data)?;
        // Reports an unwritable file now instead of at the first request.
        service.save().await?;
        let server = Server::start(listener, &service);
        Ok(Self { base_url: format!("http://{address}{BASE_PATH}"), service, server: Some(server) })
    }

    pub(crate) fn build_with(settings: Settings, data: &StartingData) -> io::Result<Self> {
        data.check()?;
        let service = service(settings, data)?;
        // As in `start_with`, but without a runtime.
        service.save_blocking()?;
        Ok(Self { base_url: format!("http://localhost{BASE_PATH}"), service, server: None })
    }

    /// Returns a transport that passes requests to the sandbox within the process, without a network: under a paused
    /// clock, nothing depends on when the machine delivers a packet.
    ///
    /// Quotas, faults and latency apply as over HTTP. The timeouts and the body limit of an HTTP client do not apply. A
    /// connection that a fault closes is an error of kind `Connection`, and a request body that is a stream is an error
    /// of kind `Config`. The `Date` header is the sandbox's time.
    ///
    /// The transport also works after the sandbox was dropped or stopped. Pass it to `ClientBuilder::transport` of
    /// `zapmail-sdk-ext`.
    ///
    /// ```
    /// use zapmail_sandbox::Sandbox;
    /// use zapmail_sdk::builder::GetUser;
    /// use zapmail_sdk::{Client, Request, Transport};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::builder().build()?;
    /// let transport = sandbox.transport();
    /// let mut request = Client::from_transport(sandbox.base_url(), transport.clone())?.get_user().prepare()?;
    /// request.headers_mut().insert("x-auth-zapmail", sandbox.api_key().parse()?);
    /// let response = transport.send(request, GetUser::OPERATION).await?;
    /// assert_eq!(response.status(), 200);
    /// # Ok(())
    /// # }
    /// ```
    pub fn transport(&self) -> InProcess {
        InProcess::new(Arc::clone(&self.service))
    }

    /// Returns the base URL, with the path of the live service: `http://127.0.0.1:PORT/api`.
    ///
    /// For a sandbox created with [`Builder::build`], it is `http://localhost/api`. Nothing listens there; use the URL
    /// with [`transport`](Self::transport).
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::start().await?;
    /// assert!(sandbox.base_url().starts_with("http://127.0.0.1:"));
    /// assert!(sandbox.base_url().ends_with("/api"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// Returns the key for the header `x-auth-zapmail`. It is invented, always the same, and valid for sandboxes only.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let (one, other) = (Sandbox::start().await?, Sandbox::start().await?);
    /// assert_eq!(one.api_key(), other.api_key());
    /// # Ok(())
    /// # }
    /// ```
    pub fn api_key(&self) -> &str {
        API_KEY
    }

    /// Returns the workspaces as they are now. The first is the primary one, in which requests without a workspace run.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::start().await?;
    /// assert_eq!(sandbox.workspaces()[1].name, "Client North");
    /// # Ok(())
    /// # }
    /// ```
    pub fn workspaces(&self) -> Vec<WorkspaceEntry> {
        self.service.state().workspace_entries()
    }

    /// Returns the sandbox's time, which determines its codes and statuses.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::start().await?;
    /// // It starts on 23 November 2026, regardless of the system's date.
    /// let seconds = sandbox.now().duration_since(std::time::UNIX_EPOCH)?.as_secs();
    /// assert!((1_795_424_400..1_795_424_460).contains(&seconds));
    /// # Ok(())
    /// # }
    /// ```
    pub fn now(&self) -> SystemTime {
        self.service.state().clock.now().to_system_time()
    }

    /// Advances the sandbox's time, but not tokio's clock. The time stops at the end of the year 9999.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use zapmail_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::start().await?;
    /// let before = sandbox.now();
    /// // New mailboxes are ready after two minutes.
    /// sandbox.advance(Duration::from_secs(120));
    /// assert!(sandbox.now().duration_since(before)? >= Duration::from_secs(120));
    /// # Ok(())
    /// # }
    /// ```
    pub fn advance(&self, duration: Duration) {
        self.service.state().clock.advance(duration);
    }

    /// Stops a started sandbox, and returns once its port is free and the requests in flight have their responses.
    /// Waits up to one second for a client that is still sending a request. Also writes the state file, if there is
    /// one.
    ///
    /// Dropping a started sandbox also stops it, without waiting. A sandbox created with [`Builder::build`] has no port
    /// and no task to stop; only its state file is written.
    ///
    /// ```
    /// # use zapmail_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let sandbox = Sandbox::start().await?;
    /// sandbox.stop().await;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn stop(self) {
        if let Some(Server { stop, task, .. }) = self.server {
            drop(stop);
            // The sandbox is stopped even if the timeout has elapsed.
            let _ = tokio::time::timeout(GRACE_PERIOD, task).await;
        }
        // If the file cannot be written, the requests have already failed.
        let _ = self.service.save().await;
    }
}

impl Server {
    fn start(listener: TcpListener, service: &Arc<Service>) -> Self {
        let router = dispatch::router(Arc::clone(service));
        let (stop, stopped) = oneshot::channel::<()>();
        let server =
            axum::serve(AbortableListener(listener), router.into_make_service_with_connect_info::<ConnectionHandle>())
                .with_graceful_shutdown(async {
                    // The sender is always dropped, never used.
                    let _ = stopped.await;
                });
        let task = tokio::spawn(async {
            // axum's server never returns an error, because it retries a failed accept.
            let _ = server.await;
        });
        let mut deliveries = JoinSet::new();
        deliveries.spawn(deliver(Arc::clone(service)));
        Self { stop, task, _deliveries: deliveries }
    }
}

fn service(settings: Settings, data: &StartingData) -> io::Result<Arc<Service>> {
    let storage = settings.state_file.as_deref().map(Storage::at);
    let stored = storage.as_ref().map(|storage| storage.load(data)).transpose()?.flatten();
    let state = stored.unwrap_or_else(|| Start::state(data));
    Ok(Arc::new(Service::new(Routes::of_document()?, state, storage, settings)))
}

/// Prints the base URL only.
impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sandbox").field("base_url", &self.base_url).finish_non_exhaustive()
    }
}
