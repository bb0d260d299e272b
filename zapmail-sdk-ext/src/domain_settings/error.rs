//! The error of a call that applies settings.

use std::collections::BTreeSet;
use std::fmt;

use zapmail_sdk::Error;
use zapmail_sdk::ids::DomainId;

/// The error of [`Zapmail::set_domain_settings`](crate::Zapmail::set_domain_settings), with the domains that were
/// changed before it.
///
/// `?` converts it into an [`Error`].
///
/// ```no_run
/// use zapmail_sdk_ext::{DomainId, DomainSettings, Zapmail};
///
/// # async fn example(zapmail: Zapmail, domains: Vec<DomainId>, settings: DomainSettings) {
/// if let Err(failed) = zapmail.set_domain_settings(&domains, &settings).await {
///     eprintln!("{failed}");
///     eprintln!("{} domains were changed before the error", failed.changed().len());
/// }
/// # }
/// ```
pub struct DomainSettingsError {
    error: Error,
    changed: BTreeSet<DomainId>,
}

impl DomainSettingsError {
    pub(super) fn new(error: Error, changed: BTreeSet<DomainId>) -> Self {
        Self { error, changed }
    }

    /// Returns the underlying error.
    pub fn error(&self) -> &Error {
        &self.error
    }

    /// Returns the domains that were changed before the error; empty if nothing was sent. If
    /// [`Error::may_have_been_processed`] is `true`, the failed request may have changed others.
    pub fn changed(&self) -> &BTreeSet<DomainId> {
        &self.changed
    }
}

/// An error before anything was changed.
impl From<Error> for DomainSettingsError {
    fn from(error: Error) -> Self {
        Self::new(error, BTreeSet::new())
    }
}

impl From<DomainSettingsError> for Error {
    fn from(failed: DomainSettingsError) -> Self {
        failed.error
    }
}

impl fmt::Display for DomainSettingsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(formatter)
    }
}

impl fmt::Debug for DomainSettingsError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("DomainSettingsError")
            .field("error", &self.error)
            .field("changed", &self.changed)
            .finish()
    }
}

impl std::error::Error for DomainSettingsError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        std::error::Error::source(&self.error)
    }
}
