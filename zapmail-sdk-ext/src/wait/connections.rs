//! The wait until domains are connected.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;
use zapmail_sdk::builder::ListConnectionRequests;
use zapmail_sdk::types::DomainConnectionStatus;
use zapmail_sdk::{Request, Result};

use super::jobs::{ByName, HOUR, MINUTE, PAGE, check_names, combine, domain_names};
use super::{Condition, Wait};
use crate::client::Zapmail;
use crate::names;
use crate::newest::Newest;
use crate::page::Paged;
use crate::rows::is;

/// The final states of a successful connection request.
pub(crate) const CONNECTED: [&str; 2] = ["SUCCESS", "DOMAIN_ALREADY_CONNECTED"];

/// The final states of a failed connection request.
const CONNECTION_FAILED: [&str; 5] =
    ["FAILED", "WORKSPACE_ALREADY_EXISTS", "BLACKLISTED_DOMAIN", "BANNED_DOMAIN", "PERMISSION_REQUIRED"];

/// The state of a connection request if the domain is not registered, or the service has not seen its registration yet.
pub(crate) const NOT_REGISTERED: &str = "DOMAIN_NOT_REGISTERED";

/// The maximum time that a registered domain can be in that state.
pub(crate) const REGISTRATION_TIME: Duration = HOUR;

impl Zapmail {
    /// Waits until these domains are connected. Polls every 1 to 5 minutes. Times out after 48 hours.
    ///
    /// A newly registered domain can be `DOMAIN_NOT_REGISTERED` for up to an hour, until the service has seen its
    /// registration. After an hour, this state is a failure; start the wait again if the domain was registered later.
    ///
    /// Each poll reads the list of connection requests. It also reads the list of domains if names are missing, because
    /// a completed request may no longer be listed. The number of requests does not grow with the number of names.
    ///
    /// ```no_run
    /// # async fn example(zapmail: zapmail_sdk_ext::Zapmail) -> zapmail_sdk_ext::Result<()> {
    /// zapmail.wait_for_connections(&["acme.com", "other.com"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`WaitError`](crate::WaitError), with the state of every name: [`ErrorKind::JobFailed`] if a connection failed
    /// and all are final, [`ErrorKind::Timeout`], [`ErrorKind::Invalid`] if a name is not a domain name, and any error of
    /// a call.
    ///
    /// [`ErrorKind::Invalid`]: crate::ErrorKind::Invalid
    /// [`ErrorKind::JobFailed`]: crate::ErrorKind::JobFailed
    /// [`ErrorKind::Timeout`]: crate::ErrorKind::Timeout
    pub fn wait_for_connections<N: AsRef<str>>(&self, names: &[N]) -> Wait<ByName<DomainConnectionStatus>> {
        let (zapmail, names) = (self.clone(), domain_names(names));
        let poll = move || connections(zapmail.clone(), names.clone());
        Wait::new(ListConnectionRequests::OPERATION, poll, connections_condition())
            .growing_interval(MINUTE, 5 * MINUTE)
            .timeout(48 * HOUR)
    }
}

async fn connections(zapmail: Zapmail, names: Vec<String>) -> Result<ByName<DomainConnectionStatus>> {
    check_names(&names, ListConnectionRequests::OPERATION)?;
    let mut newest = Newest::of(names);
    let mut requests = zapmail.list_connection_requests().limit(PAGE).items();
    while let Some(request) = requests.next().await? {
        if request.deleted_at.is_none() {
            let name = names::domain(request.domain_name.as_deref().unwrap_or_default());
            newest.note(&name, request.created_at, request.status);
        }
    }
    let mut states = newest.into_map();
    if states.values().all(Option::is_some) {
        return Ok(states);
    }
    // The request of a connected domain may not be listed anymore, so missing names are read from the domains.
    let mut domains = zapmail.list_domains().limit(PAGE).items();
    while let Some(domain) = domains.next().await? {
        let active = domain.status.is_some_and(|status| is(status.as_str(), "ACTIVE"));
        let name = names::domain(domain.domain.as_deref().unwrap_or_default());
        if let Some(state) = states.get_mut(&name).filter(|state| active && state.is_none()) {
            *state = Some(DomainConnectionStatus::Success);
        }
    }
    Ok(states)
}

/// Returns a function that evaluates connections, and stores for how long each domain has not been registered.
fn connections_condition() -> impl FnMut(&ByName<DomainConnectionStatus>) -> Condition + Send {
    let mut since = BTreeMap::<String, Instant>::new();
    move |states| {
        let now = Instant::now();
        combine(states, DomainConnectionStatus::as_str, &CONNECTED, |name, state| {
            if is(state, NOT_REGISTERED) {
                return now - *since.entry(name.to_owned()).or_insert(now) >= REGISTRATION_TIME;
            }
            since.remove(name);
            CONNECTION_FAILED.iter().any(|failed| is(state, failed))
        })
    }
}
