//! The client: the raw one with its policies, for one workspace.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use zapmail_sdk::SharedTransport;

use crate::builder::Builder;
use crate::error::Result;
use crate::otp::{Codes, Otp, OtpTarget};
use crate::policy::{Policy, Rules, Scope};

/// The Zapmail API.
///
/// It derefs to the raw client, so all operations are there as builders; [`Call`](crate::Call) and
/// [`Paged`](crate::Paged) run them. A clone is cheap, and shares connections, quota and codes with the original.
///
/// ```no_run
/// use zapmail_sdk_ext::{Zapmail, prelude::*};
///
/// # async fn example() -> zapmail_sdk_ext::Result<()> {
/// let zapmail = Zapmail::from_env()?;
/// let user = zapmail.get_user().call().await?;
/// println!("{} has {:?} USD", user.id, user.wallet_balance);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Zapmail {
    raw: zapmail_sdk::Client,
    connection: Arc<Connection>,
    scope: Scope,
}

/// What all clones and scopes of a client share.
pub(crate) struct Connection {
    pub base_url: String,
    pub http: reqwest::Client,
    pub rules: Arc<Rules>,
    pub codes: Codes,
}

impl Zapmail {
    /// A client with the settings of the environment.
    ///
    /// | variable | what it sets |
    /// | --- | --- |
    /// | `ZAPMAIL_API_KEY` | the account's key; required |
    /// | `ZAPMAIL_WORKSPACE_KEY` | the workspace that calls run in; without it, the key owner's primary one |
    /// | `ZAPMAIL_BASE_URL` | another service, such as a sandbox |
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) when a variable is missing or wrong; the message names it.
    pub fn from_env() -> Result<Self> {
        Builder::from_env()?.build()
    }

    /// A client with settings of your own.
    ///
    /// ```
    /// use zapmail_sdk_ext::Zapmail;
    ///
    /// let zapmail = Zapmail::builder().api_key("not-a-real-key").build()?;
    /// # Ok::<(), zapmail_sdk_ext::Error>(())
    /// ```
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn new(connection: Arc<Connection>, scope: Scope) -> Self {
        let policy = Policy { rules: Arc::clone(&connection.rules), scope: scope.clone() };
        let raw = zapmail_sdk::Client::new_with_client(
            &connection.base_url,
            connection.http.clone(),
            SharedTransport::new(policy),
        );
        Self { raw, connection, scope }
    }

    /// The same client for another workspace: same connections, same quota, same codes.
    ///
    /// The id is the one that `list_workspaces` returns. One that cannot be an id makes every call fail with
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) before it is sent.
    ///
    /// ```
    /// # fn example(zapmail: &zapmail_sdk_ext::Zapmail) {
    /// let client_north = zapmail.workspace("1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f");
    /// # }
    /// ```
    #[must_use]
    pub fn workspace(&self, id: impl AsRef<str>) -> Self {
        let scope = Scope::workspace(id.as_ref()).unwrap_or_else(Scope::Broken);
        Self::new(Arc::clone(&self.connection), scope)
    }

    /// The workspace that calls run in; `None` for the key owner's primary one.
    pub fn workspace_id(&self) -> Option<&str> {
        self.scope.id()
    }

    /// The same, or what is wrong with it.
    pub(crate) fn checked_workspace(&self) -> Result<Option<&str>> {
        match &self.scope {
            Scope::Broken(error) => Err(error.clone()),
            scope => Ok(scope.id()),
        }
    }

    /// The service that is called.
    pub fn base_url(&self) -> &str {
        &self.connection.base_url
    }

    /// The authenticator codes of a mailbox, or of a domain's admin account.
    ///
    /// Documentation: <https://docs.zapmail.ai/get-authenticator-code-13648760e0>
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use zapmail_sdk_ext::{OtpTarget, Uuid, Zapmail};
    ///
    /// # async fn example(zapmail: Zapmail, id: Uuid) -> zapmail_sdk_ext::Result<()> {
    /// let code = zapmail.otp(OtpTarget::mailbox(id)).fresh(Duration::from_secs(10)).await?;
    /// println!("{} for {:?}", code.expose(), code.remaining());
    /// # Ok(())
    /// # }
    /// ```
    pub fn otp(&self, target: OtpTarget) -> Otp {
        Otp::new(self.clone(), target)
    }

    pub(crate) fn codes(&self) -> &Codes {
        &self.connection.codes
    }
}

impl Deref for Zapmail {
    type Target = zapmail_sdk::Client;

    fn deref(&self) -> &zapmail_sdk::Client {
        &self.raw
    }
}

impl fmt::Debug for Zapmail {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Zapmail")
            .field("base_url", &self.base_url())
            .field("workspace", &self.workspace_id())
            .finish_non_exhaustive()
    }
}
