//! The error of a call that applies settings.

use std::collections::BTreeSet;

use zapmail_sdk::Error;
use zapmail_sdk::ids::DomainId;

use crate::wrapped_error::wraps_error;

/// The error of [`Zapmail::set_domain_settings`](crate::Zapmail::set_domain_settings), with the domains that were
/// changed before it.
///
/// The `?` operator converts it into an [`Error`].
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
#[derive(Debug)]
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

wraps_error!(DomainSettingsError);
