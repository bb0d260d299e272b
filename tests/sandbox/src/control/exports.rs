//! The exports so far.

use serde_json::json;

use super::call::Call;
use crate::envelope::{Answer, Success};

pub(super) fn exports(call: &Call<'_>) -> Answer {
    Ok(Success::data("Exports so far", json!(call.service.state().export_entries())))
}
