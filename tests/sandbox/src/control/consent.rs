//! The account owner's consent to Zapbox.

use serde::Deserialize;

use super::call::Call;
use crate::envelope::{Answer, Success};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Consent {
    given: bool,
}

pub(super) fn set(call: &Call<'_>) -> Answer {
    let Consent { given } = call.read()?;
    call.service.state().zapbox.consent = given;
    Ok(Success::done(if given { "Consent given" } else { "Consent revoked" }))
}
