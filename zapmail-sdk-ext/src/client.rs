//! The client: all operations for one workspace, sent under the client's policies.

mod builder;
mod execution;
#[cfg(feature = "journal")]
mod once;
mod policies;
mod spans;
mod transport;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Method;
use rust_decimal::Decimal;
#[cfg(feature = "journal")]
use zapmail_sdk::{ApiKey, Error, Operation};
use zapmail_sdk::{Client, Result};

pub use self::builder::ClientBuilder;
#[cfg(feature = "journal")]
use self::once::Once;
use self::policies::Policies;
use self::transport::PolicyTransport;
use crate::codes::CodeCache;
#[cfg(feature = "journal")]
use crate::journal::Journal;
use crate::observer::{Observer, Observers};
use crate::policy::{Budget, RateLimiter, RetryPolicy, Scope, Spending, Timeouts};
use crate::request::RequestBuilder;

/// A client for the Zapmail API.
///
/// Every operation is a method that returns a builder; [`send()`](crate::Request::send) on the builder runs it, and
/// [`items()`](crate::Paged::items) lists all rows of a paginated operation.
///
/// Cloning is cheap. Derived clients ([`workspace`](Self::workspace), [`allow_spending`](Self::allow_spending) and the
/// `with_` methods) share connections, rate limiter and cached codes with the original.
///
/// A connection is driven by the Tokio runtime that opened it, and calls in other runtimes reuse it. While that runtime
/// is not running, those calls wait until their timeouts; if the runtime ends, they fail as if the connection had been
/// lost, and the outcome of a purchase is unknown. Create one client per runtime, all with the same
/// [`RateLimiter`](crate::ClientBuilder::rate_limiter), unless each runtime ends before the next one starts.
///
/// ```no_run
/// use zapmail_sdk_ext::Zapmail;
///
/// # async fn example() -> zapmail_sdk_ext::Result<()> {
/// let zapmail = Zapmail::from_env()?;
/// let user = zapmail.get_user().send().await?;
/// println!("{:?} has {:?} USD", user.email, user.wallet_balance);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Zapmail {
    raw: Client,
    policies: Arc<Policies>,
}

/// # Creating clients
impl Zapmail {
    /// Creates a client from environment variables.
    ///
    /// | variable | setting |
    /// | --- | --- |
    /// | `ZAPMAIL_API_KEY` | the account's API key; required |
    /// | `ZAPMAIL_WORKSPACE_KEY` | the id of the workspace that calls run in; defaults to the key owner's primary one |
    /// | `ZAPMAIL_BASE_URL` | the base URL of a service other than the live one, such as a sandbox |
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if a variable is missing or invalid; the message names it.
    pub fn from_env() -> Result<Self> {
        ClientBuilder::from_env()?.build()
    }

    /// Creates a builder, for custom settings.
    ///
    /// ```
    /// use zapmail_sdk_ext::Zapmail;
    ///
    /// let zapmail = Zapmail::builder().api_key("not-a-real-key").build()?;
    /// # Ok::<(), zapmail_sdk_ext::Error>(())
    /// ```
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    pub(crate) fn new(base_url: &str, policies: Policies) -> Result<Self> {
        let policies = Arc::new(policies);
        let raw = Client::from_transport(base_url, PolicyTransport(Arc::clone(&policies)))?;
        Ok(Self { raw, policies })
    }

    /// Creates a client with these policies.
    pub(crate) fn from_policies(policies: &Arc<Policies>) -> Result<Self> {
        let raw = Client::from_transport(policies.shared.base_url.as_str(), PolicyTransport(Arc::clone(policies)))?;
        Ok(Self { raw, policies: Arc::clone(policies) })
    }

    fn derived(&self, change: impl FnOnce(&mut Policies)) -> Self {
        let mut policies = (*self.policies).clone();
        change(&mut policies);
        let policies = Arc::new(policies);
        Self { raw: self.raw.sending_through(PolicyTransport(Arc::clone(&policies))), policies }
    }

    /// Returns a client for another workspace.
    ///
    /// `id` is a workspace id, as returned by `list_workspaces`. An invalid id makes every call fail with
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) before it is sent.
    ///
    /// ```
    /// # fn example(zapmail: &zapmail_sdk_ext::Zapmail) {
    /// let north = zapmail.workspace("1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f");
    /// # }
    /// ```
    #[must_use]
    pub fn workspace(&self, id: impl fmt::Display) -> Self {
        self.derived(|policies| match Scope::workspace(&id.to_string(), policies.shared.key.fixed()) {
            Ok(scope) => policies.scope = scope,
            Err(error) => policies.invalid = Some(error),
        })
    }

    /// Returns a client that is allowed to call operations that can cost money, immediately or later.
    ///
    /// ```
    /// # fn example(zapmail: &zapmail_sdk_ext::Zapmail) {
    /// let buyer = zapmail.allow_spending();
    /// # }
    /// ```
    #[must_use = "returns a client that can buy; this client is unchanged"]
    pub fn allow_spending(&self) -> Self {
        self.derived(|policies| policies.spending = Spending::Allowed)
    }

    /// Returns a client that may spend up to `amount` USD, together with its clones and the clients derived from it.
    ///
    /// The client reads the wallet balance before each purchase. Any decrease of the balance since its first purchase
    /// counts as spent, and so does each amount that it requests to be added to the wallet. A purchase is refused once
    /// the limit is reached, or if the request contains a price that would exceed the limit. This is a safeguard, not a
    /// guarantee: the price of most purchases is not known in advance, payments through a link are not taken from the
    /// wallet, concurrent purchases do not see each other, and settings that allow later charges are not limited.
    ///
    /// ```
    /// # fn example(zapmail: &zapmail_sdk_ext::Zapmail) {
    /// let buyer = zapmail.allow_spending_up_to(50);
    /// # }
    /// ```
    #[must_use = "returns a client that can buy; this client is unchanged"]
    pub fn allow_spending_up_to(&self, amount: impl Into<Decimal>) -> Self {
        let budget = Arc::new(Budget::new(amount.into()));
        self.derived(|policies| policies.spending = Spending::UpTo(budget))
    }

    /// Returns a client that records purchases in a journal, so that each is made only once. Each purchase needs a key;
    /// see [`once`](Self::once).
    ///
    /// ```
    /// use zapmail_sdk_ext::Journal;
    ///
    /// # fn example(zapmail: &zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// let buyer = zapmail.allow_spending().journal(Journal::file("purchases.journal")?);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "journal")]
    #[must_use]
    pub fn journal(&self, journal: Journal) -> Self {
        self.derived(|policies| policies.once = Some(Once { journal, key: None }))
    }

    /// Returns a client whose next purchase is made only once under `key`, such as an order number.
    ///
    /// Repeating the purchase under the same key returns the recorded response and sends nothing; a different purchase
    /// under that key, or one from a different service, fails with [`Conflict`](crate::ErrorKind::Conflict). If a crash
    /// or a lost response left the outcome unknown, the purchase fails with
    /// [`OutcomeUnknown`](crate::ErrorKind::OutcomeUnknown) until [`Journal::resolve`] settles it. If the service
    /// rejects the purchase, the key can be used again. Without a [`journal`](Self::journal), every call fails with
    /// [`Config`](crate::ErrorKind::Config).
    ///
    /// ```no_run
    /// # async fn example(buyer: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// let link = buyer.once("order-4711").purchase_addon_mailboxes().quantity(2u32).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "journal")]
    #[must_use]
    pub fn once(&self, key: impl Into<String>) -> Self {
        let key = key.into();
        self.derived(|policies| match &mut policies.once {
            Some(once) => once.key = Some(key.into()),
            None => {
                policies.invalid = Some(Error::config(
                    "`once` needs a journal; call `zapmail.journal(Journal::file(\"purchases.journal\")?)` first",
                ));
            }
        })
    }

    /// Returns a client with these timeouts. A timeout of zero makes every call fail with
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) before it is sent.
    ///
    /// ```
    /// use std::time::Duration;
    /// use zapmail_sdk_ext::Timeouts;
    ///
    /// # fn example(zapmail: &zapmail_sdk_ext::Zapmail) {
    /// let patient = zapmail.with_timeouts(Timeouts::default().call(Duration::from_secs(900)));
    /// # }
    /// ```
    #[must_use]
    pub fn with_timeouts(&self, timeouts: Timeouts) -> Self {
        self.derived(|policies| match timeouts.check() {
            Ok(()) => policies.timeouts = timeouts,
            Err(error) => policies.invalid = Some(error),
        })
    }

    /// Returns a client with this retry policy. A policy that is out of range makes every call fail with
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) before it is sent.
    ///
    /// ```
    /// # fn example(zapmail: &zapmail_sdk_ext::Zapmail) {
    /// let impatient = zapmail.with_retry_policy(zapmail_sdk_ext::RetryPolicy::none());
    /// # }
    /// ```
    #[must_use]
    pub fn with_retry_policy(&self, retry: RetryPolicy) -> Self {
        self.derived(|policies| match retry.check() {
            Ok(()) => policies.retry = retry,
            Err(error) => policies.invalid = Some(error),
        })
    }

    /// Returns a client that adds a header to every request. A second value for the same name replaces the first.
    ///
    /// ```
    /// # fn example(zapmail: &zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// let tagged = zapmail.with_header("x-request-tag", "nightly")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) if the name or the value is invalid, or if the client sets this
    /// header itself.
    pub fn with_header(&self, name: &str, value: &str) -> Result<Self> {
        let headers = self.policies.headers.with(name, value)?;
        Ok(self.derived(|policies| policies.headers = headers))
    }
}

/// # Observing calls
impl Zapmail {
    /// Returns a client with this [`Observer`](crate::observer::Observer) in addition to its existing ones.
    ///
    /// ```
    /// use zapmail_sdk_ext::observer::{CallEnd, Observer};
    ///
    /// struct Purchases;
    ///
    /// impl Observer for Purchases {
    ///     fn call_ended(&self, end: &CallEnd<'_>) {
    ///         println!("{}: {:?}", end.call.operation.id, end.status());
    ///     }
    /// }
    ///
    /// # fn example(zapmail: &zapmail_sdk_ext::Zapmail) {
    /// let buyer = zapmail.allow_spending().with_observer(Purchases);
    /// # }
    /// ```
    #[must_use]
    pub fn with_observer(&self, observer: impl Observer) -> Self {
        let observers = self.policies.observers.with(observer);
        self.derived(|policies| policies.observers = observers)
    }

    pub(crate) fn observers(&self) -> &Observers {
        &self.policies.observers
    }
}

/// # Reading settings
impl Zapmail {
    /// Returns the id of the workspace that calls run in; `None` for the key owner's primary workspace.
    pub fn workspace_id(&self) -> Option<&str> {
        self.policies.scope.id()
    }

    /// Returns the base URL of the service.
    pub fn base_url(&self) -> &str {
        self.raw.base_url()
    }

    /// Returns the rate limiter, to share it with other clients of the same key.
    pub fn rate_limiter(&self) -> &RateLimiter {
        &self.policies.shared.limiter
    }

    /// Returns the underlying raw client, which sends requests under the policies of this client. Its
    /// [`transport`](zapmail_sdk::Client::transport) can be wrapped without losing these policies.
    pub fn raw(&self) -> &Client {
        &self.raw
    }

    /// Returns the id of the workspace, or an error if a setting is invalid.
    pub(crate) fn checked_workspace_id(&self) -> Result<Option<&str>> {
        self.policies.check()?;
        Ok(self.workspace_id())
    }

    #[cfg(feature = "journal")]
    pub(crate) fn in_primary_workspace(&self) -> Self {
        self.derived(|policies| policies.scope = Scope::Primary)
    }

    /// Returns the API key.
    #[cfg(feature = "journal")]
    pub(crate) async fn key(&self) -> Result<ApiKey> {
        self.policies.key().await
    }

    /// Returns the journal of this client, and the key of its next purchase.
    #[cfg(feature = "journal")]
    pub(crate) fn once_settings(&self) -> Option<&Once> {
        self.policies.once.as_ref()
    }

    /// Refuses an operation that needs permission to spend, before any data is read for it.
    #[cfg(feature = "journal")]
    pub(crate) fn check_spending(&self, operation: &'static Operation) -> Result<()> {
        self.policies.check()?;
        self.policies.spending.admit(operation)
    }

    /// Returns a client whose calls may take longer by `extra`, for example to wait for the rate limiter.
    pub(crate) fn with_extra_call_time(&self, extra: Duration) -> Self {
        self.derived(|policies| policies.timeouts.call = policies.timeouts.call.saturating_add(extra))
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        self.policies.timeouts
    }

    pub(crate) fn codes(&self) -> &CodeCache {
        &self.policies.shared.codes
    }
}

/// # Beyond single operations
impl Zapmail {
    /// Creates a request with any method and path, for operations that the API document does not describe. All policies
    /// apply.
    ///
    /// ```no_run
    /// use zapmail_sdk_ext::Zapmail;
    /// use zapmail_sdk_ext::http::Method;
    /// use zapmail_sdk_ext::operations::Effect;
    ///
    /// # async fn example(zapmail: Zapmail, body: serde_json::Value) -> zapmail_sdk_ext::Result<()> {
    /// let request = zapmail.request(Method::POST, "/v2/domains/connect").json(&body).effect(Effect::Write);
    /// let response: serde_json::Value = request.send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn request(&self, method: Method, path: impl Into<String>) -> RequestBuilder {
        RequestBuilder::new(self.raw.clone(), method, path.into())
    }
}

zapmail_sdk::client_methods!(Zapmail);

impl fmt::Debug for Zapmail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Zapmail")
            .field("base_url", &self.base_url())
            .field("has_workspace", &self.workspace_id().is_some())
            .finish_non_exhaustive()
    }
}
