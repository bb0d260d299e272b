//! The argument of a control's handler.

use serde::de::DeserializeOwned;

use crate::envelope::Refusal;
use crate::request::Query;
use crate::service::Service;

/// A request that controls the sandbox.
pub(super) struct Call<'a> {
    pub(super) service: &'a Service,
    pub(super) query: Query,
    pub(super) body: &'a [u8],
}

impl Call<'_> {
    /// Reads the body as JSON.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        serde_json::from_slice(self.body).map_err(|error| Refusal::invalid(error.to_string()))
    }
}
