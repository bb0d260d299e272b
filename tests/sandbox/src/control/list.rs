//! The control that lists all controls.

use serde_json::json;

use super::call::Call;
use super::{BASE_PATH, CONTROLS, Control};
use crate::envelope::{HandlerResult, Success};

pub(super) fn list(_: &Call<'_>) -> HandlerResult {
    let row = |control: &Control| {
        json!({
            "method": control.method,
            "path": format!("{BASE_PATH}/{}", control.path),
            "summary": control.summary,
        })
    };
    Ok(Success::data("Controls of the sandbox", CONTROLS.iter().map(row).collect()))
}
