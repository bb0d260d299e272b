//! Authenticator codes, computed from the seed and the sandbox's time (RFC 6238).

use serde_json::json;
use totp_rs::{Algorithm, Builder, Secret};

use crate::clock::Timestamp;
use crate::envelope::{HandlerResult, Refusal, Success, whole_seconds};
use crate::id_generator::CodeSeed;
use crate::request::Request;
use crate::state::{Provider, State};

/// The lifetime of a code.
const PERIOD: std::time::Duration = std::time::Duration::from_secs(30);

const DIGITS: u8 = 6;

pub(super) fn get_authenticator_code(state: &mut State, request: &Request) -> HandlerResult {
    let (mailbox, domain) = (request.query.get("mailboxId"), request.query.get("domainId"));
    let seed = match (mailbox, domain) {
        (Some(id), _) => seed_of_mailbox(state, request, id)?,
        (None, Some(id)) => seed_of_admin(state, request, id)?,
        (None, None) => return Err(Refusal::rule("mailboxId or domainId is required")),
    };
    let seed = seed.ok_or_else(|| Refusal::rule("2FA Not set"))?;
    let data = json!({"otp": code(seed, request.now), "expiresIn": expires_in(request.now)});
    // The wrong message is the service's own mistake (mailbox.yaml).
    Ok(Success::data("Unique exports fetched successfully", data))
}

/// Returns the seed of a mailbox; `None` until the mailbox is active, as in its row in the list.
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

fn code(seed: CodeSeed, now: Timestamp) -> String {
    let totp = Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(DIGITS)
        .with_step_duration(PERIOD.as_secs())
        .with_secret(Secret::from(seed))
        .build_noncompliant();
    totp.generate(now.since_epoch().as_secs()).to_string()
}

/// Returns the remaining lifetime of the current code in seconds, rounded up: 1 to 30.
fn expires_in(now: Timestamp) -> u64 {
    let nanos = now.since_epoch().as_nanos() % PERIOD.as_nanos();
    let age = std::time::Duration::from_nanos(u64::try_from(nanos).unwrap_or_default());
    whole_seconds(PERIOD - age)
}

/// Returns a seed in Base32, as in the responses.
pub(super) fn base32(seed: CodeSeed) -> String {
    Secret::from(seed).to_base32()
}
