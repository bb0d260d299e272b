//! Authenticator codes: those that any authenticator makes from the seed, at the sandbox's time (RFC 6238).

use serde_json::json;
use totp_rs::{Algorithm, Builder, Secret};

use crate::clock::Moment;
use crate::envelope::{Answer, Refusal, Success, whole_seconds};
use crate::invent::CodeSeed;
use crate::request::Request;
use crate::state::{Provider, State};

/// How long a code lives.
const PERIOD: std::time::Duration = std::time::Duration::from_secs(30);

const DIGITS: u8 = 6;

pub(super) fn get_authenticator_code(state: &mut State, request: &Request) -> Answer {
    let (mailbox, domain) = (request.query.get("mailboxId"), request.query.get("domainId"));
    let seed = match (mailbox, domain) {
        (Some(id), _) => seed_of_mailbox(state, request, id)?,
        (None, Some(id)) => seed_of_admin(state, request, id)?,
        (None, None) => return Err(Refusal::rule("mailboxId or domainId is required")),
    };
    let seed = seed.ok_or_else(|| Refusal::rule("2FA Not set"))?;
    let data = json!({"otp": code(seed, request.now), "expiresIn": expires_in(request.now)});
    // The text is the service's own slip (mailbox.yaml).
    Ok(Success::data("Unique exports fetched successfully", data))
}

/// A mailbox that is not ready has no second factor yet, as its row in the list shows.
fn seed_of_mailbox(state: &State, request: &Request, id: &str) -> Result<Option<CodeSeed>, Refusal> {
    let (_, mailbox) = state.mailbox_by_id(request.workspace, id)?;
    Ok(mailbox.code_seed.filter(|_| mailbox.is_active(request.now)))
}

fn seed_of_admin(state: &State, request: &Request, id: &str) -> Result<Option<CodeSeed>, Refusal> {
    let domain = state.domain(state.domain_by_id(request.workspace, id)?);
    if domain.provider != Some(Provider::Microsoft) {
        return Err(Refusal::rule("Domain id only for MS"));
    }
    Ok(domain.admin.as_ref().and_then(|admin| admin.code_seed))
}

fn code(seed: CodeSeed, now: Moment) -> String {
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(DIGITS)
        .with_step_duration(PERIOD.as_secs())
        .with_secret(Secret::from(seed))
        .build_noncompliant();
    totp.generate(now.since_epoch().as_secs()).to_string()
}

/// Seconds that the present code still lives, 1 to 30; a second that has begun counts whole.
fn expires_in(now: Moment) -> u64 {
    let nanos = now.since_epoch().as_nanos() % PERIOD.as_nanos();
    let lived = std::time::Duration::from_nanos(u64::try_from(nanos).unwrap_or_default());
    whole_seconds(PERIOD - lived)
}

/// A seed as the answers write it.
pub(super) fn base32(seed: CodeSeed) -> String {
    Secret::from(seed).to_base32()
}
