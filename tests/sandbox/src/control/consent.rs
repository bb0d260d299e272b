//! The control that grants or revokes the account owner's consent to Zapbox.

use serde::Deserialize;

use super::call::Call;
use crate::envelope::{HandlerResult, Success};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Consent {
    given: bool,
}

pub(super) fn set(call: &Call<'_>) -> HandlerResult {
    let Consent { given } = call.read()?;
    call.service.state().zapbox_consent = given;
    Ok(Success::done(if given { "Consent granted" } else { "Consent revoked" }))
}
