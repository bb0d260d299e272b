//! Authenticator codes: several waiters, one request per code, and no expired codes.

use std::time::Duration;

use tokio::time::Instant;
use zapmail_sdk::clock;
use zapmail_sdk_ext::builder::GetAuthenticatorCode;
use zapmail_sdk_ext::{Otp, OtpCode, OtpCodes, OtpTarget, Request, Result, Totp};

use crate::canaries;
use crate::plan::{CodeUsage, Event};
use crate::process::Actor;

/// The service rounds the remaining time up to whole seconds, so a code can expire this many seconds earlier.
const ROUNDING: u64 = 1;

/// The time that the client waits because of codes that are already expired when they arrive.
const EXPIRED_CODES: Duration = Duration::from_secs(5);

pub(super) async fn use_code(actor: &Actor, mailbox: usize, usage: CodeUsage) {
    let world = actor.world();
    let mailboxes = world.accounts[actor.process.account].mailboxes(actor.workspace());
    let with_codes: Vec<_> = mailboxes.iter().filter(|mailbox| mailbox["secret"].is_string()).collect();
    let Some(mailbox) = with_codes.get(mailbox % with_codes.len().max(1)) else { return };
    let text = |name: &str| mailbox[name].as_str().unwrap_or_default().to_owned();
    let (zapmail, call) = actor.call();
    let id = text("id");
    let otp = zapmail.otp(OtpTarget::mailbox(id.as_str()));
    let outcome = match usage {
        CodeUsage::Current => otp.current().await.map(|code| check_code(actor, &id, &code, Duration::ZERO)),
        CodeUsage::ValidFor(time) => otp.valid_for(time).await.map(|code| check_code(actor, &id, &code, time)),
        CodeUsage::Stream(number) => several(actor, &id, otp.codes(), number).await,
        CodeUsage::FromSeed => {
            if let Ok(seed) = Totp::from_seed(text("secret").as_str()) {
                from_seed(actor, &otp.with_seed(seed.clone()), &seed).await;
            }
            return;
        }
    };
    // Without its own request, the call has awaited the request of another call.
    let has_requested = world.records().exchanges.iter().any(|exchange| exchange.call == call);
    if usage == CodeUsage::Current && !has_requested {
        actor.check_time(call, GetAuthenticatorCode::OPERATION, actor.action.call + EXPIRED_CODES);
    }
    actor.claim(call, GetAuthenticatorCode::OPERATION, None, &outcome);
}

async fn several(actor: &Actor, id: &str, mut codes: OtpCodes, number: usize) -> Result<()> {
    let mut last: Option<OtpCode> = None;
    for _ in 0..number {
        let Some(code) = codes.next().await? else { break };
        check_code(actor, id, &code, Duration::ZERO);
        if last.is_some_and(|last| last.expose() == code.expose()) {
            actor.violated("no expired code is returned", "the same code twice");
        }
        last = Some(code);
    }
    Ok(())
}

/// Checks a code that the client has just returned for a mailbox.
fn check_code(actor: &Actor, id: &str, code: &OtpCode, at_least: Duration) {
    let world = actor.world();
    canaries::check(world, "a code", &format!("{code:?}"));
    let violated = |details: &str| actor.violated("no expired code is returned", details);
    let remaining = code.remaining();
    if remaining.is_zero() || remaining < at_least {
        violated(&format!("a code has {remaining:?} left, but {at_least:?} were requested"));
    }
    let account = actor.process.account;
    let now = world.accounts[account].now().as_secs();
    let clock_set_at = world.clock_set_at();
    // A machine whose wall clock was set back cannot detect that it slept.
    let is_misled = world.plan.has(|event| matches!(event, Event::Sleep(_)))
        && world.plan.has(|event| matches!(event, Event::WallClock(_)));
    let records = world.records();
    let mut served = records.exchanges.iter().filter(|exchange| {
        exchange.account == account
            && exchange.subject.as_ref().is_some_and(|subject| subject.ends_with(id))
            && exchange.code.as_ref().is_some_and(|served| served.digits == code.expose())
    });
    // The first exchange counts: the client might have cached the code since then, while another process requested it
    // later.
    let expired = match served.next() {
        None => Some("the service has never returned it".to_owned()),
        Some(_) if is_misled => None,
        // The client cannot know about a change of the service's clock.
        Some(exchange) if clock_set_at.is_some_and(|at| at >= exchange.began_at) => None,
        Some(exchange) => {
            let ends = exchange.code.as_ref().map(|code| code.period_ends).unwrap_or_default();
            let needed = now + at_least.as_secs();
            (needed >= ends + ROUNDING)
                .then(|| format!("it expires at {ends}, the time is {now}, and {at_least:?} were requested"))
        }
    };
    drop(records);
    if let Some(expired) = expired {
        violated(&expired);
    }
}

/// Checks codes that are computed from the seed: the code of the current period, until its end.
async fn from_seed(actor: &Actor, otp: &Otp, seed: &Totp) {
    let violated = |details: &str| actor.violated("no expired code is returned", details);
    let check = |code: &OtpCode| {
        let expected = seed.at(clock::system_time());
        let differs = (expected.expose() != code.expose()) || expected.remaining() != code.remaining();
        if differs {
            violated("a computed code is not the code of the current period");
        }
    };
    match otp.current().await {
        Ok(code) => check(&code),
        Err(error) => violated(&format!("a seed has no code: {error}")),
    }
    let requested_at = (Instant::now(), clock::system_time());
    let outcome = otp.valid_for(Duration::from_secs(20)).await;
    // Not checked if the wall clock was set since, because a code expires by the monotonic clock.
    let was_set = requested_at.1.checked_add(requested_at.0.elapsed()) != Some(clock::system_time());
    match outcome {
        _ if was_set => {}
        Ok(code) => check(&code),
        Err(error) => violated(&format!("a seed has no code that is valid for 20 s: {error}")),
    }
}
